import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { rateText } from "../src/design/format.ts";
import { expectNoTrouble, launch, visit } from "./support/browser.ts";

const project = temporaryProject({
  "pipeline.ts": `import { dag, http, stage, topic } from "millrace";
import { z } from "zod";
const Number = z.object({ n: z.int() });
export const numbers = topic("numbers", { schema: Number });
export const doubled = topic("doubled", { schema: Number });
export const intake = http("intake", { to: numbers });
export const double = stage("double", { from: numbers, to: doubled, run: (record, emit) => emit({ n: record.n * 2 }) });
export const report = dag("report", {}, ({ task }) => {
  task("count", () => 42);
});
`,
});
let browser: Browser;
let millrace: MillraceProcess;
beforeAll(async () => {
  browser = await launch();
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  await millrace.stop();
  project.remove();
});

const open = async (path: string): Promise<Page> => {
  const { page, go } = await visit(browser, millrace);
  await go(path);
  await page.getByText("live", { exact: true }).waitFor();
  return page;
};

test("what goes along an edge is seen as it is, and no longer when it has stopped", async () => {
  const there = await visit(browser, millrace);
  const { page } = there;
  await there.go("/graph");
  const along = page.locator('[data-id="topic:numbers stage:double"]');
  const seen = async (): Promise<string> => (await along.locator("text").allTextContents()).join("");
  const told = async (): Promise<string> => {
    const { recordsInPerSecond } = (await (await millrace.request("/api/v1/stages/double")).json()) as { recordsInPerSecond: number };
    return recordsInPerSecond === 0 ? "" : rateText(recordsInPerSecond);
  };
  await along.waitFor({ state: "attached" });
  expect(await seen()).toBe("");
  const rates = new Set<string>();
  await until(async () => {
    await millrace.post("/ingest/intake", Array.from({ length: 100 * (1 + rates.size) }, (_, n) => ({ n })));
    const [before, shown, after] = [await told(), await seen(), await told()];
    // Only what is the same in the interface and on the page counts.
    if (shown !== "" && (shown === before || shown === after)) rates.add(shown);
    return rates.size >= 3;
  });
  await until(async () => (await told()) === "" && (await seen()) === "");
  expectNoTrouble(there);
});

test("a line that is open and silent is not taken for live: the page says so, and is live again when the server goes on", async () => {
  const page = await open("/topics/numbers");
  const records = async (): Promise<number> => (await millrace.status()).topics.find(({ name }) => name === "numbers")?.records ?? 0;
  const before = await records();
  /** Without what stands in small letters behind it. */
  const shown = () => page.locator("dl > div").filter({ has: page.getByText("Records", { exact: true }) }).locator("dd").evaluate((figure) => figure.firstChild?.textContent);
  await expect.poll(shown).toBe(before.toLocaleString("en"));
  millrace.signal("SIGSTOP");
  try {
    await page.getByRole("alert").getByText("Not current").waitFor();
    expect(await page.getByText("live", { exact: true }).count()).toBe(0);
  } finally {
    millrace.signal("SIGCONT");
  }
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByText("Not current").waitFor({ state: "detached" });
  await millrace.post("/ingest/intake", [{ n: 1 }, { n: 2 }]);
  await expect.poll(shown).toBe((before + 2).toLocaleString("en"));
});

test("killed and back: pages of all kinds say that they are not current, and are again, with what happened meanwhile", async () => {
  const [graph, dag, sql, stages] = await Promise.all([open("/graph?focus=topic:numbers"), open("/dags/report"), open(`/sql?text=${encodeURIComponent("select 6 * 7 as answer")}`), open("/stages")]);
  const records = async (): Promise<number> => (await millrace.status()).topics.find(({ name }) => name === "numbers")?.records ?? 0;
  const figure = graph.getByRole("complementary", { name: "topic numbers" });
  const before = await records();
  await figure.getByText(before.toLocaleString("en"), { exact: true }).first().waitFor();
  const { id: earlier } = (await (await millrace.post("/api/v1/dags/report/runs", {})).json()) as { id: string };
  await until(async () => (await millrace.status()).idle);
  const others = await Promise.all(
    [["/stages/double", "Over time"], ["/catalog/topic/numbers", "n"], ["/quality", "Quality"], ["/plan", "The folder is what runs"], [`/runs/${encodeURIComponent(earlier)}`, "count"]].map(async ([path, part]) => {
      const page = await open(path);
      await page.locator("main").getByText(part, { exact: true }).or(page.locator("main").getByText(`${part}.`)).first().waitFor();
      return page;
    }),
  );
  await millrace.killAll();
  for (const page of [graph, dag, sql, ...others]) await page.getByRole("alert").getByText("Not current").waitFor();
  // What is asked of a server that is gone is not taken for done.
  await sql.getByRole("button", { name: "Run", exact: true }).click();
  await sql.getByRole("status").getByText("The statement was not run.").waitFor();
  // A page whose script is not there yet comes by itself when the server is back.
  await stages.getByRole("link", { name: "Quality" }).click();
  await stages.getByRole("heading", { name: "Not loaded" }).waitFor();
  millrace = await MillraceProcess.start(project.folder, project.data, { port: Number(new URL(millrace.url).port) });
  for (const page of [graph, dag, sql, ...others]) {
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByText("Not current").waitFor({ state: "detached" });
  }
  await stages.getByRole("heading", { name: "Quality", level: 1 }).waitFor();
  await millrace.post("/ingest/intake", [{ n: 1 }, { n: 2 }, { n: 3 }]);
  await figure.getByText((before + 3).toLocaleString("en"), { exact: true }).first().waitFor();
  const { id } = (await (await millrace.post("/api/v1/dags/report/runs", {})).json()) as { id: string };
  await dag.locator(`a[href*="${encodeURIComponent(id)}"]`).first().waitFor();
  await sql.getByRole("button", { name: "Run", exact: true }).click();
  await sql.locator('[role=row][aria-rowindex="2"] > [role=gridcell][aria-colindex="2"]').getByText("42", { exact: true }).waitFor();
});
