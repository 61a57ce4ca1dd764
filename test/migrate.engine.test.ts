import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../scripts/engines/kafka.ts";
import { type PostgresServer, startPostgres } from "../scripts/engines/postgres.ts";
import { type S3Server, startS3 } from "../scripts/engines/s3.ts";
import type { RunDetail, RunView } from "../src/server/dag-control.ts";
import { type ProfilePart, profileParts } from "../src/supervisor/migrate/migration-journal.ts";
import { filesDigest } from "./support/files-digest.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/*
 * A project is brought up embedded, is carried to Kafka, S3 and PostgreSQL by migrations that are killed, and goes on there: with
 * its records, sums, tables and runs, those too that were under way, nothing lost and nothing doubled. Needs all three engines.
 */

/** @param gates - the folder of files that let a DAG go on */
const pipeline = (gates: string): string => `
import { existsSync } from "node:fs";
import { dag, http, sql, stage, sum, table, topic } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), customer: z.string(), amount: z.int() });
export const orders = topic("orders", { schema: Order, key: "customer", partitions: 2 });
export const intake = http("intake", { to: orders });
export const stored = table("shop.orders", { from: orders });
export const totals = topic("totals", { schema: z.object({ customer: z.string(), total: z.number() }), key: "customer", partitions: 2 });
export const add = stage("add", { from: orders, to: totals, by: "customer", aggregate: { total: sum("amount") }, result: ({ customer, total }) => ({ customer, total: total ?? 0 }) });
export const counting = dag("counting", {}, ({ sql }) => {
  sql("count", { query: sql\`select count(*) as orders from \${stored}\` });
});
const isOpen = (): boolean => existsSync(${JSON.stringify(`${gates}/open`)});
export const working = dag("working", { maxActiveRuns: 1 }, ({ task }) => {
  const large = task("large", ({ log }) => { log.info("made before"); return Array.from({ length: 20_000 }, (_, i) => "item " + i); });
  task("work", { large }, async ({ large, signal }) => {
    while (!isOpen()) { signal.throwIfAborted(); await new Promise((done) => setTimeout(done, 50)); }
    return large.length;
  }, { retries: 5, retryDelay: "100ms" });
});
export const failing = dag("failing", {}, ({ task }) => { task("fail", () => { if (!isOpen()) throw new Error("not yet"); return "at last"; }, { retries: 1_000, retryDelay: "5s" }); });
export const looking = dag("looking", {}, ({ sensor }) => { sensor("look", isOpen, { every: "1s" }); });
export const standing = dag("standing", {}, ({ task }) => { task("stand", () => "moved", { pool: "shut" }); });
`;

let s3: S3Server;
let kafka: KafkaServer;
let postgres: PostgresServer;
let project: TemporaryProject;
let millrace: MillraceProcess | undefined;

beforeAll(async () => {
  [s3, kafka, postgres] = await Promise.all([startS3(["lake"]), startKafka(), startPostgres()]);
  process.env.MILLRACE_SECRET_LAKE_KEY = s3.secretAccessKey;
  process.env.MILLRACE_SECRET_STATE_URL = postgres.url();
});
beforeEach(() => {
  project = temporaryProject({});
  project.write("pipeline.ts", pipeline(project.folder));
});
afterEach(async () => {
  await millrace?.stop();
  project.remove();
});
afterAll(async () => {
  for (const name of ["LAKE_KEY", "STATE_URL"]) delete process.env[`MILLRACE_SECRET_${name}`];
  await Promise.all([s3?.stop(), kafka?.stop(), postgres?.stop()]);
});

/** @param place - what is this project's own in each of the servers */
const config = (place: string, parts: readonly ProfilePart[] = profileParts): string => {
  const profile = {
    log: `log: kafkaLog({ brokers: ${JSON.stringify(kafka.brokers)}, prefix: "${place}." })`,
    files: `files: s3Files({ at: "s3://lake/${place}", connection: store })`,
    state: `state: postgresState({ url: secret("state-url"), schema: "${place}" })`,
  };
  return `
import { connection, defineProject, kafkaLog, postgresState, s3Files, secret } from "millrace";
export const store = connection("store", { endpoint: "${s3.endpoint}", accessKeyId: "${s3.accessKeyId}", secretAccessKey: secret("lake-key") });
export const others = [kafkaLog, postgresState, s3Files];
export default defineProject({ name: "shop", profile: { ${parts.map((part) => profile[part]).join(", ")} } });
`;
};

const start = async (): Promise<MillraceProcess> => (millrace = await MillraceProcess.start(project.folder, project.data));
const customers = 5;

/** Orders from one number to another; the amount of each is its number. */
async function post(from: number, to: number): Promise<void> {
  const records = Array.from({ length: to - from }, (_, i) => ({ id: `o${from + i}`, customer: `c${(from + i) % customers}`, amount: from + i }));
  const answer = await millrace!.post("/ingest/intake", records);
  expect(answer.status, await answer.clone().text()).toBe(200);
}

const rows = async (sql: string): Promise<unknown[][]> => (await millrace!.sql(sql)).rows;

/** All orders below `count` are in the table, once, and in the sums. */
async function requireAll(count: number): Promise<void> {
  await until(async () => Number((await rows(`select count(*) from shop.orders`))[0][0]) >= count);
  const sums = Array.from({ length: customers }, (_, c) => Array.from({ length: count }, (_, n) => n).filter((n) => n % customers === c).reduce((a, b) => a + b, 0));
  const totals = `select customer, max(total) from topics."totals" group by customer order by customer`;
  await until(async () => JSON.stringify((await rows(totals)).map(([, total]) => Number(total))) === JSON.stringify(sums));
  expect((await rows(`select count(*), count(distinct id), sum(amount) from shop.orders`))[0].map(Number)).toEqual([count, count, (count * (count - 1)) / 2]);
  expect((await rows(`select count(*), count(distinct id) from topics."orders"`))[0].map(Number)).toEqual([count, count]);
}

async function trigger(dag: string): Promise<string> {
  return (await jsonAnswer<{ id: string }>(millrace!.post(`/api/v1/dags/${dag}/runs`, {}))).id;
}

const runOf = (id: string): Promise<RunDetail> => jsonAnswer(millrace!.request(`/api/v1/runs/${id}`));

async function run(): Promise<void> {
  const id = await trigger("counting");
  await until(async () => (await runOf(id)).state === "success");
}

const runs = async (): Promise<string[]> => (await jsonAnswer<{ runs: RunView[] }>(millrace!.request("/api/v1/runs"))).runs.map(({ id, state }) => `${id} ${state}`).sort();

/** Runs in each state that a run can be in when it is carried. @returns their ids, by what they wait for */
async function begin(): Promise<{ working: string; queued: string; failing: string; looking: string; standing: string }> {
  await jsonAnswer(millrace!.request("/api/v1/pools/shut", { method: "PUT", body: JSON.stringify({ slots: 0 }) }));
  const ids = { working: await trigger("working"), queued: await trigger("working"), failing: await trigger("failing"), looking: await trigger("looking"), standing: await trigger("standing") };
  const has = (id: string, state: string): Promise<void> => until(async () => (await runOf(id)).tasks.some((task) => task.state === state));
  await Promise.all([has(ids.working, "running"), has(ids.failing, "up_for_retry"), has(ids.looking, "deferred"), has(ids.standing, "scheduled")]);
  expect((await runOf(ids.queued)).state).toBe("queued");
  return ids;
}

/** They go on where they were, and end once. */
async function endAll(ids: Awaited<ReturnType<typeof begin>>): Promise<void> {
  expect((await runOf(ids.queued)).state).toBe("queued");
  expect((await runOf(ids.standing)).tasks).toMatchObject([{ state: "scheduled" }]);
  project.write("open", "");
  await jsonAnswer(millrace!.request("/api/v1/pools/shut", { method: "PUT", body: JSON.stringify({ slots: 1 }) }));
  for (const id of Object.values(ids)) await until(async () => (await runOf(id)).state === "success");
  for (const id of [ids.working, ids.queued]) expect((await runOf(id)).tasks).toMatchObject([{ task: "large", state: "success", attempts: 1 }, { task: "work", result: 20000 }]);
  expect((await runOf(ids.failing)).tasks).toMatchObject([{ result: "at last" }]);
  expect((await runOf(ids.standing)).tasks).toMatchObject([{ attempts: 1 }]);
  expect(await jsonAnswer(millrace!.request(`/api/v1/runs/${ids.working}/tasks/large/log`))).toMatchObject({ ended: true, lines: [expect.anything()] });
}

/** @param killAt - what is said last */
async function migrate(killAt?: string): Promise<number | null> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", new URL("./support/migrate-child.ts", import.meta.url).pathname, project.folder, project.data], { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (killAt !== undefined && line.startsWith(killAt)) child.kill("SIGKILL");
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

test("a project is carried up by a migration that is killed three times, and goes on where it was", { timeout: 900_000 }, async () => {
  await start();
  await post(0, 400);
  await requireAll(400);
  await run();
  const unfinished = await begin();
  const before = await runs();
  await millrace!.stop();
  const embedded = await filesDigest(project.data, ["lake", "state.db"]);

  project.write("millrace.config.ts", config("shop"));
  for (const killAt of ["log orders", "files shop", "state entry"]) {
    expect(await migrate(killAt)).toBe(null);
    await expect(start()).rejects.toThrow("MR-MIGRATE-003");
  }
  expect(await migrate()).toBe(0);
  expect(await filesDigest(project.data, ["lake", "state.db"])).toBe(embedded);

  await start();
  await requireAll(400);
  expect(await runs()).toEqual(before);
  await endAll(unfinished);
  await post(400, 600);
  await requireAll(600);
  await run();
  expect(await runs()).toHaveLength(before.length + 1);
});

test("each part is carried alone, one after the other, with a project that works in between, and a kill in each", { timeout: 900_000 }, async () => {
  const kills: Record<ProfilePart, string> = { log: "log totals", files: "files shop", state: "state run" };
  await start();
  await post(0, 100);
  await requireAll(100);
  const unfinished = await begin();
  for (const [i, part] of profileParts.entries()) {
    await millrace!.stop();
    project.write("millrace.config.ts", config("alone", profileParts.slice(0, i + 1)));
    expect(await migrate(kills[part])).toBe(null);
    await expect(start()).rejects.toThrow("MR-MIGRATE-003");
    expect(await migrate()).toBe(0);
    await start();
    await requireAll(100 * (i + 1));
    await post(100 * (i + 1), 100 * (i + 2));
    await requireAll(100 * (i + 2));
  }
  await endAll(unfinished);
  await run();
});
