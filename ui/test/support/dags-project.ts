/** DAGs with all that a page of DAGs must show: parameters, a map with failures, branches, an approval, a task that goes on until it is told, one whose first attempt fails, and text that means harm. */
export const dagsProject = `
import { existsSync } from "node:fs";
import { dag } from "millrace";
import { z } from "zod";

const hostile = "<script>window.harmed = true</script><img src=x onerror='window.harmed = true'>\\u202Egnp.exe\\u001b[2J\\u0000";

const Params = z.object({ customer: z.string().min(2).default("ada"), limit: z.int().min(1).max(10).default(5), dry: z.boolean().default(false), mode: z.enum(["full", "delta"]).default("full"), files: z.array(z.string()).default([]) });

export const invoice = dag("invoice", { params: Params, description: hostile, tags: ["money", "by-hand"] }, ({ task, branch, approval }) => {
  const pick = task("pick", ({ params, log }) => (log.info("picked", { customer: params.customer }), params));
  const way = branch("way", { pick }, ({ pick }) => (pick.mode === "full" ? "whole" : "part"), { choices: ["whole", "part"] });
  const whole = task("whole", () => "all rows", { after: [way] });
  const part = task("part", () => "some rows", { after: [way] });
  const yes = approval("send-it", { prompt: "Send the invoice?", after: [whole, part], trigger: "none_failed_min_one_success" });
  task("send", ({ log }) => (log.warn(hostile), { text: hostile, long: "x".repeat(2_000) }), { after: [yes] });
});

export const many = dag("many", { tags: ["maps"] }, ({ task, map }) => {
  const items = task("items", () => Array.from({ length: 1_200 }, (_, i) => i));
  const each = map("each", items, (item, { task }) => task("work", { item }, ({ item, log }) => {
    log.info("item " + item);
    if (item % 100 === 7 && !existsSync("mended")) throw new Error("item " + item + " is broken " + hostile);
    return item;
  }));
  task("sum", { each }, ({ each }) => each.length);
});

export const patient = dag("patient", {}, ({ task }) => {
  const wait = task("wait", async ({ log, signal }) => {
    for (let line = 0; !existsSync("go-on"); line++) {
      signal.throwIfAborted();
      if (line < 3_000) log.info("line " + line);
      await new Promise((done) => setTimeout(done, 20));
    }
    log.error("told to go on");
    return "done";
  });
  task("after", { wait }, ({ wait }) => wait);
});

// Its first attempt of each task fails; its runs go on until they are let go.
export const twice = dag("twice", { schedule: "@daily", start: "2024-03-01", end: "2024-03-10", catchup: "none" }, ({ task }) => {
  const once = task("once", ({ attempt, log }) => {
    log.info("this is attempt " + attempt);
    if (attempt === 1) throw new Error("the first attempt breaks");
    return { attempt };
  }, { retries: 1, retryDelay: "10ms" });
  const held = task("held", { once }, async ({ once, signal }) => {
    while (!existsSync("let-go")) {
      signal.throwIfAborted();
      await new Promise((done) => setTimeout(done, 20));
    }
    return once.attempt;
  });
  task("end", { held }, ({ held }) => held);
});

export const days = dag("days", { schedule: "@daily", start: "2024-02-01", end: "2024-02-20", catchup: "none" }, ({ task }) => {
  task("day", ({ interval }) => interval.start);
});
`;
