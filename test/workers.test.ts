import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunDetail } from "../src/server/dag-control.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";
import { selfSigned, WorkerProcess } from "./support/worker-process.ts";

/*
 * Processes on other machines, as they meet a control plane: over TLS, with folders of their own and nothing of its disk. One
 * Millrace serves all tests; each has its own worker.
 */

let project: TemporaryProject;
let millrace: MillraceProcess;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  project = temporaryProject({
    "millrace.config.ts": `import { defineProject } from "millrace";
      export default defineProject({ http: { tls: { cert: "tls/cert.pem", key: "tls/key.pem" } }, workers: { stages: ["copy"], pools: ["gpu"] } });`,
    "pipeline.ts": `
      import { dag, http, stage, topic } from "millrace";
      import { z } from "zod";
      import { place } from "./place.ts";
      const Order = z.object({ id: z.string(), amount: z.number() });
      const Done = z.object({ id: z.string(), amount: z.number(), place: z.string() });
      export const orders = topic("orders", { schema: Order, key: "id", partitions: 4 });
      export const done = topic("done", { schema: Done, key: "id", partitions: 4 });
      export const secrets = topic("secrets", { schema: Order });
      export const intake = http("intake", { to: orders });
      export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit({ ...order, place: place() }) });
      export const train = dag("train", { defaults: { retries: 1, retryDelay: "100ms" } }, ({ task, shell }) => {
        const rows = task("rows", () => Array.from({ length: 20_000 }, (_, i) => "row " + i));
        const fit = task("fit", { rows }, ({ rows, log }) => {
          log.info("fitting", { rows: rows.length });
          return { place: place(), rows, length: rows.length };
        }, { pool: "gpu" });
        task("read", { fit }, ({ fit }) => fit.place + " " + fit.rows.at(-1));
        shell("program", { command: ["sh", "-c", "pwd && echo said"], pool: "gpu" });
      });
    `,
    "place.ts": "export const place = (): string => import.meta.dirname;\n",
  });
  const { cert, key } = selfSigned(join(project.folder, "tls"));
  expect(readFileSync(cert, "utf8") + readFileSync(key, "utf8")).toContain("PRIVATE KEY");
  millrace = await MillraceProcess.start(project.folder, project.data);
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await millrace?.stop();
  project?.remove();
});

async function tokenFor(purpose: { stage: string } | { pool: string }, lasts?: string): Promise<{ secret: string; token: { id: string } }> {
  const answer = await millrace.post("/api/v1/workers/tokens", { ...purpose, ...(lasts && { for: lasts }) });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return (await answer.json()) as { secret: string; token: { id: string } };
}

function join_(secret: string): WorkerProcess {
  const worker = new WorkerProcess({ address: millrace.address, secret, caFile: join(project.folder, "tls", "cert.pem"), modulesFrom: project.folder });
  workers.push(worker);
  return worker;
}

const post = (from: number, count: number) => millrace.post("/ingest/intake", Array.from({ length: count }, (_, i) => ({ id: `o${from + i}`, amount: from + i })));
const records = async (topic: string) => (await millrace.status()).topics.find(({ name }) => name === topic)?.records ?? 0;
const stage = async () => (await millrace.status()).stages.find(({ name }) => name === "copy");

test("a stage runs where a worker is; killed at any moment, nothing of it is lost or doubled", async () => {
  expect(millrace.address).toMatch(/^https:/);
  await post(0, 500);
  expect(await stage()).toMatchObject({ state: "starting", instances: [], reason: expect.stringContaining("millrace worker --stage copy") });
  const { secret } = await tokenFor({ stage: "copy" }, "1h");
  let worker = join_(secret);
  for (let n = 1; n <= 3; n++) {
    await until(async () => (await records("done")) >= n * 500);
    await worker.kill();
    await post(n * 500, 500);
    worker = join_(secret);
  }
  await until(async () => (await records("done")) === 2_000);
  const { rows } = await millrace.sql(`select count(*), count(distinct id), count(distinct amount), min(place) from topics."done"`);
  expect(rows[0].slice(0, 3)).toEqual([2_000, 2_000, 2_000]);
  expect(String(rows[0][3])).toContain("millrace-worker-");
});

test("tasks of a pool run where its workers are, with what they read, make and say; a killed one's are done again", async () => {
  expect((await millrace.request("/api/v1/pools/gpu", { method: "PUT", body: JSON.stringify({ slots: 4 }) })).ok).toBe(true);
  const { secret } = await tokenFor({ pool: "gpu" });
  let worker = join_(secret);
  console.log(JSON.stringify((await millrace.status()).problems), await (await millrace.post("/api/v1/dags/train/runs", {})).text());
  const { id } = (await (await millrace.post("/api/v1/dags/train/runs", {})).json()) as { id: string };
  console.log(id);
  const run = async () => (await (await millrace.request(`/api/v1/runs/${encodeURIComponent(id)}`)).json()) as RunDetail;
  await until(async () => (await run()).state !== "running");
  console.log(JSON.stringify(await run()).slice(0, 3000));
  console.log(worker.said);
});
