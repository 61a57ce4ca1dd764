import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type S3Server, startS3 } from "../../../scripts/engines/s3.ts";
import { jsonAnswer } from "../../../test/support/json-answer.ts";
import { MillraceProcess, until } from "../../../test/support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "../../../test/support/temporary-project.ts";
import { s3Client } from "../../files/s3-client.ts";
import type { S3Port } from "../../files/s3-port.ts";
import type { ReleasePlan, RunDetail, RunView } from "../../server/dag-control.ts";

/* A project over buckets, from its declarations to rows. Needs versitygw; MILLRACE_S3_BIN names the folder of its program. */

const pipeline = (endpoint: string, accessKeyId: string): string => `
import { connection, crawler, externalTable, files, secret, sourceFolder, sql, table, topic } from "millrace";
import { z } from "zod";
const raw = connection("raw", { endpoint: "${endpoint}", accessKeyId: "${accessKeyId}", secretAccessKey: secret("raw-key") });
export const shop = sourceFolder("shop", { at: "s3://company/shop/*", connection: raw });
export const logs = crawler("logs", { at: "s3://company/logs", connection: raw });
export const airports = externalTable("raw.airports", { at: "s3://company/airports/*.csv", connection: raw });
export const absent = externalTable("raw.absent", { at: "s3://no-such-bucket/x", connection: raw });
export const clicks = topic("clicks", { schema: z.object({ id: z.int() }) });
export const replay = files("replay", { to: clicks, path: "s3://company/clicks/*.csv", connection: raw });
export const perCountry = table("marts.per_country", { sql: sql\`select country, count(*) as n from \${airports} group by country\` });
`;

let server: S3Server;
let bucket: S3Port;
let project: TemporaryProject;
let millrace: MillraceProcess;
beforeAll(async () => {
  server = await startS3(["company"]);
  const { endpoint, accessKeyId, secretAccessKey } = server;
  bucket = await s3Client({ bucket: "company", connection: { endpoint, accessKeyId, secretAccessKey } });
  await store("shop/orders/1.csv", "id,amount\n1,10\n2,20\n");
  await store("shop/users/1.json", '{"id":1,"name":"Ann"}\n{"id":2,"name":"Bo"}\n');
  await store("airports/a.csv", "code,country\nAMS,NL\nRTM,NL\n");
  await store("logs/day=2026-01-01/a.log", '10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326\n'.repeat(5));
  await store("clicks/1.csv", "id\n1\n2\n");
  await store("clicks/2.csv", "id\n3\n");
  await store("loose/a.csv", "a,b\n1,2\n3,4\n");
  // As a project gets its secrets; and as Amazon's tools find theirs.
  Object.assign(process.env, { MILLRACE_SECRET_RAW_KEY: secretAccessKey, AWS_ENDPOINT_URL_S3: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
  project = temporaryProject({ "pipeline.ts": pipeline(endpoint, accessKeyId) });
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  for (const name of ["MILLRACE_SECRET_RAW_KEY", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) delete process.env[name];
  await millrace?.stop();
  project?.remove();
  await server?.stop();
});

async function store(key: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await bucket.delete(key);
  await bucket.putNew(key, { bytes: bytes.length, read: async (start, end) => bytes.subarray(start, end) }, "test");
}

const sql = async (text: string) => (await jsonAnswer<{ rows: unknown[][] }>(millrace.post("/api/v1/sql", { sql: text }))).rows;

async function run(dag: string): Promise<string[]> {
  const { id } = await jsonAnswer<RunView>(millrace.post(`/api/v1/dags/${dag}/runs`, {}));
  const look = () => jsonAnswer<RunDetail>(millrace.request(`/api/v1/runs/${id}`));
  await until(async () => !["queued", "running"].includes((await look()).state));
  return (await look()).tasks.map(({ task, state, error }) => `${task}: ${error ? `${error.code} ${error.what}` : state}`).sort();
}

test("a plan shows what would be found in the bucket and loaded", async () => {
  const { sources } = await jsonAnswer<ReleasePlan>(millrace.post("/api/v1/releases/apply", { dryRun: true }));
  expect(sources).toMatchObject([{ name: "shop", at: "s3://company/shop", error: null }]);
  expect(sources[0].tables.map(({ into, format, load }) => [into, format, load.newFiles])).toEqual([["shop.orders", "csv", 1], ["shop.users", "json", 1]]);
});

test("a source folder in a bucket is loaded, and follows what comes", async () => {
  expect(await run("shop")).toEqual(["changes: success", "crawl: success", "tables.load: success", "tables.load: success"]);
  expect(await sql("select _file, id, amount from shop.orders order by id")).toEqual([["orders/1.csv", 1, 10], ["orders/1.csv", 2, 20]]);
  expect(await sql("select _file, name from shop.users order by id")).toEqual([["users/1.json", "Ann"], ["users/1.json", "Bo"]]);
  await store("shop/orders/1.csv", "id,amount\n1,11\n");
  await store("shop/orders/2.csv", "id,amount\n3,30\n");
  await run("shop");
  expect(await sql("select _file, id, amount from shop.orders order by id")).toEqual([["orders/1.csv", 1, 11], ["orders/2.csv", 3, 30]]);
  // As they lie there.
  expect(await sql("select id, amount from shop_raw.orders order by id")).toEqual([[1, 11], [3, 30]]);
});

test("tables of a crawler, and tables that are declared, are read where they are, as they are then", async () => {
  expect(await run("logs")).toEqual(["crawl: success"]);
  expect(await sql("select day, count(*)::int, sum(bytes)::int from logs.logs group by day")).toEqual([["2026-01-01", 5, 5 * 2326]]);
  expect(await sql("select code from raw.airports order by code")).toEqual([["AMS"], ["RTM"]]);
  await store("airports/b.csv", "code,country\nLHR,GB\n");
  await run("models");
  expect(await sql("select * from marts.per_country order by country")).toEqual([["GB", 1], ["NL", 2]]);
  await expect(sql("from raw.absent")).rejects.toThrow(/MR-CONNECT-004.*no such bucket/s);
});

test("a replay of objects ends when all are read", async () => {
  await until(async () => JSON.stringify(await sql("select sum(id)::int, count(*)::int from topics.clicks")) === "[[6,3]]");
  await until(async () => !readdirSync(join(project.data, "spool")).some((name) => name.startsWith("objects")));
});

test("any bucket is crawled without a declaration, with the keys that Amazon's tools would find", async () => {
  const report = await jsonAnswer<{ tables: { name: string; action: string }[] }>(millrace.post("/api/v1/crawls", { target: "s3://company/loose", into: "loose" }));
  expect(report.tables).toMatchObject([{ name: "loose.a", action: "new" }]);
  expect(await sql("select sum(a)::int, sum(b)::int from loose.a")).toEqual([[4, 6]]);
});
