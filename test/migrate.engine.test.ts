import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../scripts/engines/kafka.ts";
import { type PostgresServer, startPostgres } from "../scripts/engines/postgres.ts";
import { type S3Server, startS3 } from "../scripts/engines/s3.ts";
import { filesDigest } from "./support/files-digest.ts";
import { jsonAnswer } from "./support/json-answer.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/*
 * A project is brought up embedded, is carried to Kafka, S3 and PostgreSQL by a migration that is killed three times, and
 * goes on there: with its records, sums, tables and runs, nothing lost and nothing doubled. Needs all three engines.
 */

const pipeline = `
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
  project = temporaryProject({ "pipeline.ts": pipeline });
}, 120_000);
afterAll(async () => {
  for (const name of ["LAKE_KEY", "STATE_URL"]) delete process.env[`MILLRACE_SECRET_${name}`];
  await millrace?.stop();
  await Promise.all([s3?.stop(), kafka?.stop(), postgres?.stop()]);
  project?.remove();
});

const config = (): string => `
import { connection, defineProject, kafkaLog, postgresState, s3Files, secret } from "millrace";
const store = connection("store", { endpoint: "${s3.endpoint}", accessKeyId: "${s3.accessKeyId}", secretAccessKey: secret("lake-key") });
export default defineProject({ name: "shop", profile: {
  log: kafkaLog({ brokers: ${JSON.stringify(kafka.brokers)}, prefix: "shop." }),
  files: s3Files({ at: "s3://lake/shop", connection: store }),
  state: postgresState({ url: secret("state-url") }),
} });
`;

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

async function run(): Promise<void> {
  const { id } = await jsonAnswer<{ id: string }>(millrace!.post("/api/v1/dags/counting/runs", {}));
  await until(async () => (await jsonAnswer<{ state: string }>(millrace!.request(`/api/v1/runs/${id}`))).state === "success");
}

const runs = async (): Promise<string[]> => (await jsonAnswer<{ runs: { id: string; state: string }[] }>(millrace!.request("/api/v1/runs"))).runs.map(({ id, state }) => `${id} ${state}`).sort();

/** @param killAt - what is said last */
async function migrate(killAt?: string): Promise<number | null> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", new URL("./support/migrate-child.ts", import.meta.url).pathname, project.folder, project.data], { stdio: ["ignore", "pipe", "inherit"] });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (killAt !== undefined && line.startsWith(killAt)) child.kill("SIGKILL");
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

test("a project is carried up by a migration that is killed three times, and goes on where it was", { timeout: 300_000 }, async () => {
  await start();
  await post(0, 400);
  await requireAll(400);
  await run();
  const before = await runs();
  await millrace!.stop();
  const embedded = await filesDigest(project.data, ["lake", "state.db"]);

  project.write("millrace.config.ts", config());
  for (const killAt of ["log orders", "files shop", "state entry"]) {
    expect(await migrate(killAt)).toBe(null);
    await expect(start()).rejects.toThrow("MR-MIGRATE-003");
  }
  expect(await migrate()).toBe(0);
  expect(await filesDigest(project.data, ["lake", "state.db"])).toBe(embedded);

  await start();
  await requireAll(400);
  expect(await runs()).toEqual(before);
  await post(400, 600);
  await requireAll(600);
  await run();
  expect(await runs()).toHaveLength(before.length + 1);
});
