import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunDetail } from "../src/server/dag-control.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { until } from "./support/millrace-process.ts";
import { TcpProxy } from "./support/tcp-proxy.ts";
import { WorkerBed } from "./support/worker-bed.ts";
import { stallMs } from "./support/stall.ts";

/* What becomes of work on other machines when one side is killed, or the network between the two is cut. */

let bed: WorkerBed;

beforeAll(async () => {
  bed = await WorkerBed.up(`
    import { setTimeout as wait } from "node:timers/promises";
    export const long = dag("long", { params: z.object({ trace: z.string() }), defaults: { retries: 2, retryDelay: "100ms" } }, ({ task }) => {
      task("fit", async ({ attempt, params }) => {
        appendFileSync(params.trace, attempt + " ");
        while (!existsSync(params.trace + ".go")) await wait(50);
        return place();
      }, { pool: "gpu" });
    });
  `);
  await bed.millrace.request("/api/v1/pools/gpu", { method: "PUT", body: JSON.stringify({ slots: 4 }) });
});
afterAll(() => bed?.close());

/** Begins the task that waits for its word to go on. */
async function begin(name: string) {
  const trace = join(bed.project.folder, name);
  const run = await jsonAnswer<RunDetail>(bed.millrace.post("/api/v1/dags/long/runs", { params: { trace } }));
  const look = () => bed.get<RunDetail>(`/api/v1/runs/${encodeURIComponent(run.id)}`);
  return {
    trace,
    attempts: () => (existsSync(trace) ? readFileSync(trace, "utf8").trim().split(" ") : []),
    go: () => bed.project.write(`${name}.go`, ""),
    ended: async () => {
      await until(async () => (await look()).state !== "running");
      return look();
    },
  };
}

async function nothingLostOrDoubled(count: number): Promise<void> {
  await until(async () => (await bed.records("done")) >= count);
  const { rows } = await bed.millrace.sql(`select count(*), count(distinct id), sum(amount) from topics."done"`);
  expect(rows[0].map(Number)).toEqual([count, count, (count * (count - 1)) / 2]);
}

test("workers and control planes killed in turn: each record is there once", async () => {
  const { secret } = await bed.token({ stage: "copy" });
  let worker = bed.worker(secret);
  let sent = 0;
  const send = async () => {
    await bed.post(sent, 1_000);
    sent += 1_000;
  };
  for (let n = 0; n < 6; n++) {
    await send();
    await until(async () => (await bed.records("done")) > sent - 1_000);
    await send();
    if (n % 2 === 0) {
      await worker.kill();
      worker = bed.worker(secret);
    } else await bed.killPlane();
  }
  await nothingLostOrDoubled(sent);
});

test("a task whose worker is killed is done again by another; one whose control plane is killed goes on", async () => {
  const { secret } = await bed.token({ pool: "gpu" });
  const first = bed.worker(secret);
  const lost = await begin("lost");
  await until(() => lost.attempts().length === 1);
  await first.kill();
  bed.worker(secret);
  await until(() => lost.attempts().length === 2);
  lost.go();
  const ended = await lost.ended();
  expect([ended.state, ended.tasks[0].attempts]).toEqual(["success", 2]);
  const kept = await begin("kept");
  await until(() => kept.attempts().length === 1);
  await bed.killPlane();
  kept.go();
  expect([(await kept.ended()).state, kept.attempts()]).toEqual(["success", ["1"]]);
});

test("a network that is cut for some seconds costs time and nothing else", async () => {
  const { port } = new URL(bed.millrace.address);
  const proxy = await TcpProxy.before(Number(port));
  const address = `https://127.0.0.1:${proxy.port}`;
  const before = await bed.records("done");
  await bed.killPlane();
  const [copies, tasks] = [bed.worker((await bed.token({ stage: "copy" })).secret, { address }), bed.worker((await bed.token({ pool: "gpu" })).secret, { address })];
  await until(() => copies.said.includes("has joined") && tasks.said.includes("has joined"));
  const run = await begin("cut");
  await until(() => run.attempts().length === 1);
  proxy.fault = () => "lose";
  await bed.post(before, 1_000);
  run.go();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  proxy.fault = () => "pass";
  const healedAt = performance.now();
  await nothingLostOrDoubled(before + 1_000);
  expect(performance.now() - healedAt).toBeLessThan(15_000 + stallMs);
  expect((await run.ended()).state).toBe("success");
  await Promise.all([copies.stop(), tasks.stop()]);
  proxy.stop();
});
