import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type S3Server, startS3 } from "../../../scripts/engines/s3.ts";
import { FaultProxy } from "../../files/fault-proxy-for-tests.ts";
import { folderFiles } from "../../files/folder.ts";
import { s3Client } from "../../files/s3-client.ts";
import type { S3Port } from "../../files/s3-port.ts";
import { Lake } from "../../lake/lake.ts";
import { connection } from "../../model/secret.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { sqliteState } from "../../state/sqlite.ts";
import { mortal } from "./mortal-for-tests.ts";
import { SourceBed } from "./source-bed-for-tests.ts";

/** Needs versitygw; MILLRACE_S3_BIN names the folder of its program. Keys come as secrets, as in a project. */
const runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 1_000 });
let server: S3Server;
let proxy: FaultProxy;
let bucket: S3Port;
beforeAll(async () => {
  server = await startS3(["company"]);
  proxy = await FaultProxy.before(server.endpoint);
  const { endpoint, accessKeyId, secretAccessKey } = server;
  process.env.MILLRACE_SECRET_RAW_KEY = secretAccessKey;
  bucket = await s3Client({ bucket: "company", connection: { endpoint, accessKeyId, secretAccessKey } });
});
afterAll(async () => {
  delete process.env.MILLRACE_SECRET_RAW_KEY;
  await runner.close();
  proxy?.stop();
  await server?.stop();
});

const raw = () => connection("raw", { endpoint: proxy.endpoint, accessKeyId: server.accessKeyId, secretAccessKey: "{{ secrets.raw-key }}" });
const rows = (file: number, from: number, to: number): string => `file,n\n${Array.from({ length: to - from }, (_, i) => `${file},${from + i}\n`).join("")}`;
const sums = (bed: SourceBed) => bed.sql("select file, count(*), count(distinct n), sum(n)::int from jira.t group by all order by all");

async function freshBed(): Promise<SourceBed> {
  const bed = await SourceBed.make(runner);
  onTestFinished(() => bed.remove());
  return bed;
}

/** In place of what is there. */
async function store(objects: Record<string, string>): Promise<void> {
  for (const [key, text] of Object.entries(objects)) {
    const bytes = Buffer.from(text);
    await bucket.delete(key);
    await bucket.putNew(key, { bytes: bytes.length, read: async (start, end) => bytes.subarray(start, end) }, "test");
  }
}

test("a source folder in a bucket loads, loads what is new or changed alone, and ends between any two writes without loss", async () => {
  const bed = await freshBed();
  const options = { at: "s3://company/one/*", connection: raw() };
  await store({ "one/t/1.csv": rows(1, 0, 5), "one/t/2.csv": rows(2, 0, 5) });
  expect(await bed.run(options)).toMatchObject({ "jira.t": { rows: 10, files: { loaded: 2 } } });
  const asked: string[] = [];
  proxy.fault = ({ method, url }) => (asked.push(`${method} ${url?.includes("list-type") ? "list" : url}`), "pass");
  expect(await bed.run(options)).toEqual({});
  expect(new Set(asked)).toEqual(new Set(["GET list"]));

  await store({ "one/t/1.csv": rows(1, 5, 9), "one/t/3.csv": rows(3, 0, 4) });
  await bed.crawl(options);
  const state = await sqliteState(join(bed.root, "state.db"));
  onTestFinished(() => state.close());
  const seen = new Set<string>();
  for (let calls = 0; ; calls++) {
    const life = { calls };
    const lake = new Lake({ files: mortal(folderFiles(join(bed.root, "lake")), ["putIfAbsent", "adopt", "delete"], life), state: mortal(state, ["compareAndSwap"], life) });
    const [table] = await bed.tables(options);
    const ended = await bed.loadOne(table, { lake }).then(() => true, () => false);
    await lake.close();
    seen.add(JSON.stringify(await sums(bed)));
    if (ended && life.calls > 0) break;
  }
  const whole = [[1, 4, 4, 26], [2, 5, 5, 10], [3, 4, 4, 6]];
  expect([...seen].map((each) => JSON.parse(each))).toEqual([[[1, 5, 5, 10], [2, 5, 5, 10]], [[1, 5, 5, 10], ...whole.slice(1)], whole]);
});

const child = fileURLToPath(new URL("./load-child-for-tests.ts", import.meta.url));

test("a process that is killed with kill -9 while it downloads and loads comes to the same rows", async () => {
  const bed = await freshBed();
  const options = { at: "s3://company/two/*", connection: raw() };
  const files = 6;
  await store(Object.fromEntries(Array.from({ length: files }, (_, i) => [`two/t/${i}.csv`, rows(i, 0, 1_000)])));
  await bed.run(options);
  await store(Object.fromEntries(Array.from({ length: files }, (_, i) => [`two/t/${i}.csv`, rows(i, 0, 1_000 + i)])));
  await bed.crawl(options);
  const codes: (number | null)[] = [];
  for (const loads of [1, 2, files + 1]) codes.push(await killedAt(bed.root, options.at, loads));
  expect(codes).toEqual([null, null, 0]);
  expect(await sums(bed)).toEqual(Array.from({ length: files }, (_, i) => [i, 1_000 + i, 1_000 + i, ((1_000 + i) * (999 + i)) / 2]));
  expect(await bed.load(options)).toEqual({});
});

/** Kills a process at a moment of its `loads`-th load. @returns its exit code; null when it was killed */
async function killedAt(root: string, at: string, loads: number): Promise<number | null> {
  const loading = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", child, root, JSON.stringify({ at, connection: raw().settings })], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(loading, "exit");
  let begun = 0;
  for await (const _ of createInterface(loading.stdout)) if (++begun === loads) setTimeout(() => loading.kill("SIGKILL"), Math.random() * 200);
  return (await exited)[0] as number | null;
}
