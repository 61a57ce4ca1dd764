import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "@uwdata/flechette";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";
import { Client } from "./client.ts";
import { runQuery, writeResult } from "./commands/sql-output.ts";
import { SqlRunner } from "../sql/sql-runner.ts";

let server: TestServer;
let client: Client;
let folder: string;

beforeAll(async () => {
  server = await startTestServer({ runner: new SqlRunner({ statementsPerProcess: 1_000 }) });
  client = new Client(server);
  folder = await mkdtemp(join(tmpdir(), "millrace-sql-output-"));
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** More than two pages. */
const rows = 120_000;

test("a result of several pages is one file in each form", async () => {
  const query = await runQuery(client, { sql: `select range as n, 'a,' || range as t from range(${rows})`, timeout: "1m" });
  const path = (format: string): string => join(folder, `result.${format}`);
  for (const format of ["json", "csv", "arrow", "parquet"] as const) await writeResult(client, query, format, path(format));
  const json = JSON.parse(await readFile(path("json"), "utf8")) as { rows: object[]; rowCount: number };
  expect([json.rowCount, json.rows.length, json.rows[rows - 1]]).toEqual([rows, rows, { n: rows - 1, t: `a,${rows - 1}` }]);
  const csv = (await readFile(path("csv"), "utf8")).split("\r\n");
  expect([csv.length, csv[0], csv[rows]]).toEqual([rows + 2, "n,t", `${rows - 1},"a,${rows - 1}"`]);
  const arrow = tableFromIPC(await readFile(path("arrow")));
  expect([arrow.numRows, arrow.get(rows - 1)]).toEqual([rows, { n: rows - 1, t: `a,${rows - 1}` }]);
  expect((await readFile(path("parquet"))).byteLength).toBe(query.cost.resultBytes);
});

test("a result without rows is a file all the same", async () => {
  const query = await runQuery(client, { sql: "select 1 as n where false", timeout: "1m" });
  const path = join(folder, "empty");
  await writeResult(client, query, "json", path);
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ columns: [{ name: "n", type: "INTEGER" }], rows: [], rowCount: 0 });
  await writeResult(client, query, "arrow", path);
  expect(tableFromIPC(await readFile(path)).numRows).toBe(0);
});

test("a file that cannot be written says so, and leaves nothing", async () => {
  const query = await runQuery(client, { sql: "select 1 as n", timeout: "1m" });
  await expect(writeResult(client, query, "csv", join(folder, "no", "such", "folder.csv"))).rejects.toMatchObject({ code: "MR-CLI-001" });
  expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a command that is interrupted cancels its query", async () => {
  const stop = new AbortController();
  const running = runQuery(new Client(server, stop.signal), { sql: "select count(*) from range(100000000) a, range(100000000) b where a.range + b.range < 0", timeout: "1m" });
  const failed = expect(running).rejects.toThrow();
  await expect.poll(async () => (await client.queries({ state: "running" })).queries.length).toBe(1);
  stop.abort();
  await failed;
  await expect.poll(async () => (await client.queries({ state: "cancelled" })).queries.length).toBe(1);
});
