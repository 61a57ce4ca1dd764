import { once } from "node:events";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ErrorJson } from "../src/errors.ts";
import { signJson } from "../src/log/signed-json.ts";
import type { LogPage, RunDetail } from "../src/server/dag-control.ts";
import type { WorkerJson } from "../src/server/routes/workers.ts";
import { sqliteState } from "../src/state/sqlite.ts";
import { version } from "../src/supervisor/version.ts";
import { connectPlane, joinPlane, planeAddress } from "../src/supervisor/workers/plane-connection.ts";
import { signingKey } from "../src/supervisor/workers/signing-key.ts";
import { until } from "./support/millrace-process.ts";
import { joining, WorkerBed } from "./support/worker-bed.ts";

/*
 * Processes on other machines, as they meet a control plane: over TLS, with folders of their own and nothing of its disk. One
 * Millrace serves all tests; each has its own worker.
 */

let bed: WorkerBed;

beforeAll(async () => {
  bed = await WorkerBed.up(`
    export const train = dag("train", {}, ({ task, shell }) => {
      const rows = task("rows", () => Array.from({ length: 20_000 }, (_, i) => "row " + i));
      const fit = task("fit", { rows }, ({ rows, log }) => {
        log.info("fitting", { rows: rows.length });
        return { place: place(), rows };
      }, { pool: "gpu" });
      task("read", { fit }, ({ fit }) => fit.place + " " + fit.rows.at(-1));
      shell("program", { command: ["sh", "-c", "pwd; echo said"], pool: "gpu" });
    });
  `);
});
afterAll(() => bed?.close());

const stage = async () => (await bed.millrace.status()).stages.find(({ name }) => name === "copy");

test("a stage runs where a worker is; killed, nothing of it is lost or doubled", async () => {
  expect(bed.millrace.address).toMatch(/^https:/);
  await bed.post(0, 500);
  expect(await stage()).toMatchObject({ state: "starting", instances: [], reason: expect.stringContaining("millrace worker --stage copy") });
  const { secret } = await bed.token({ stage: "copy" }, "1h");
  let worker = bed.worker(secret);
  await until(async () => (await bed.records("done")) > 0);
  await worker.kill();
  await bed.post(500, 500);
  worker = bed.worker(secret);
  await until(async () => (await bed.records("done")) === 1_000);
  const { rows } = await bed.millrace.sql(`select count(*), count(distinct id), count(distinct amount), min(place) from topics."done"`);
  expect(rows[0].slice(0, 3)).toEqual([1_000, 1_000, 1_000]);
  expect(rows[0][3]).toContain("/data/releases/");
  await until(async () => (await stage())?.state === "running");
  expect(await stage()).toMatchObject({ lagRecords: 0, instances: [{ machine: hostname(), restarts: 0 }] });
  await bed.millrace.post("/api/v1/stages/copy/pause", { reason: "a look" });
  expect(await stage()).toMatchObject({ state: "paused", instances: [] });
  await bed.post(1_000, 10);
  await bed.millrace.post("/api/v1/stages/copy/resume", {});
  await until(async () => (await bed.records("done")) === 1_010);
});

test("tasks of a pool run where its workers are, with what they read, make and say", async () => {
  expect((await bed.millrace.request("/api/v1/pools/gpu", { method: "PUT", body: JSON.stringify({ slots: 4 }) })).ok).toBe(true);
  const { secret, token } = await bed.token({ pool: "gpu" });
  const worker = bed.worker(secret);
  const { id } = (await (await bed.millrace.post("/api/v1/dags/train/runs", {})).json()) as RunDetail;
  const path = `/api/v1/runs/${encodeURIComponent(id)}`;
  await until(async () => (await bed.get<RunDetail>(path)).state !== "running");
  const { state, tasks } = await bed.get<RunDetail>(path);
  const resultOf = (name: string) => tasks.find(({ task }) => task === name)?.result;
  expect(state, JSON.stringify(tasks)).toBe("success");
  expect(resultOf("read")).toMatch(/^\/.*millrace-worker-.*\/data\/releases\/.* row 19999$/);
  expect(resultOf("program")).toBe("said");
  const { lines } = await bed.get<LogPage>(`${path}/tasks/fit/log`);
  expect(JSON.stringify(lines)).toContain("fitting");
  const { workers: listed } = await bed.get<{ workers: WorkerJson[] }>("/api/v1/workers");
  expect(listed.find(({ pool }) => pool === "gpu")).toMatchObject({ machine: hostname(), connected: true, working: 0, version, token: token.id });
  expect(await (await bed.millrace.request("/metrics")).text()).toContain('millrace_workers{pool="gpu"} 1');
  await bed.millrace.post(`/api/v1/workers/tokens/${token.id}/revoke`, {});
  expect(await worker.ended).toBe(1);
  expect(worker.said).toContain("revoked");
});

test("an identity opens what its stage reads and writes, for as long as it lasts, and nothing else", async () => {
  const address = planeAddress(bed.millrace.address, readFileSync(bed.caFile));
  const { secret, token } = await bed.token({ stage: "copy" });
  await expect(joinPlane(address, secret, { ...joining, version: "0.0.1" })).rejects.toMatchObject({ code: "MR-WORKER-001", message: expect.stringMatching(`0\\.0\\.1.*${version}`) });
  await expect(joinPlane(address, secret, { ...joining, purpose: { pool: "gpu" } })).rejects.toMatchObject({ code: "MR-WORKER-003" });
  await expect(joinPlane(address, `${secret.slice(0, -1)}_`, joining)).rejects.toMatchObject({ code: "MR-HTTP-001" });
  const { identity, worker } = await joinPlane(address, secret, joining);
  const log = await bed.logOf(identity);
  const at = (topic: string) => ({ partitions: [{ topic, partition: 0, offset: 0 }], bytesMax: 1e6, waitMs: 0 });
  expect((await log.fetch(at("orders"))).entries.length).toBeGreaterThan(0);
  for (const topic of ["secrets", "done"]) await expect(log.fetch(at(topic))).rejects.toMatchObject({ code: "MR-LOG-008" });
  await expect(log.deleteTopic("orders")).rejects.toMatchObject({ code: "MR-LOG-008" });
  // Neither of the two is a token of the project's.
  for (const opened of [identity, secret]) expect((await bed.millrace.request("/api/v1/status", { headers: { authorization: `Bearer ${opened}` } })).status).toBe(401);
  const state = await sqliteState(join(bed.project.data, "state.db"));
  const key = await signingKey(state);
  await state.close();
  const over = signJson({ kind: "identity", worker, token: token.id, until: Date.now() - 1 }, key);
  await expect(connectPlane(address, "log", over)).rejects.toMatchObject({ code: "MR-HTTP-001", message: expect.stringContaining("was good until") });
  await expect(connectPlane(address, "log", signJson({ kind: "identity", worker, token: token.id, until: Date.now() + 1e6 }, "another key"))).rejects.toMatchObject({ code: "MR-HTTP-001" });
  await expect(connectPlane({ url: address.url }, "log", identity)).rejects.toMatchObject({ code: "MR-WORKER-004", message: expect.stringContaining("self-signed") });
  const open = await connectPlane(address, "log", identity);
  const cut = once(open, "close");
  await bed.millrace.post(`/api/v1/workers/tokens/${token.id}/revoke`, {});
  await cut;
  await expect(connectPlane(address, "link", identity)).rejects.toMatchObject({ code: "MR-HTTP-001", message: expect.stringContaining("revoked") });
});

test("what cannot go to another machine gets no token", async () => {
  for (const purpose of [{ stage: "intake" }, { pool: "default" }]) {
    const answer = await bed.millrace.post("/api/v1/workers/tokens", purpose);
    expect([answer.status, ((await answer.json()) as { error: ErrorJson }).error.code]).toEqual([422, "MR-WORKER-003"]);
  }
  expect((await bed.millrace.post("/api/v1/workers/tokens", { stage: "copy", pool: "gpu" })).status).toBe(400);
  expect((await bed.millrace.post("/api/v1/workers/tokens", { stage: "none" })).status).toBe(404);
});
