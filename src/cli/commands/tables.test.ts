import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../../test/support/test-server.ts";
import { query, stagedRows } from "../../lake/lake-for-tests.ts";
import type { Table } from "../../lake/table.ts";
import { tableInfo, tableStatus } from "../../supervisor/table-status.ts";
import { runCliProcess } from "../testing.ts";

/* Versions of a table of a real lake, and the names that they are given. */

let server: TestServer;
let project: string;
let table: Table;

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), "millrace-tables-"));
  await mkdir(join(project, ".millrace"));
  await writeFile(join(project, "pipeline.ts"), "");
  await writeFile(join(project, ".millrace", "control.json"), JSON.stringify({ url: server.url, pid: process.pid, startedAt: new Date().toISOString() }));
  await writeFile(join(project, ".millrace", "token"), server.token);
  table = await server.control.lake.openOrCreate("sales.n", [{ id: 1, name: "n", required: false, type: "long" }]);
  for (const n of [1, 2]) await (await table.append({ files: [await stagedRows(table, `select ${n}::bigint as n`)], attempt: `a${n}` })).publish();
  server.control.tables = async () => [tableStatus(table.name, await table.metadata())];
  server.control.table = async () => tableInfo(table.name, await table.metadata(), undefined);
});
afterAll(async () => {
  await server?.close();
  await rm(project, { recursive: true, force: true });
});

const cli = (...args: string[]) => runCliProcess([...args, "--project", project]);

test("a version is given a name, stays while it has it, and loses it", async () => {
  const [first, second] = (await table.snapshots()).map((snapshot) => String(snapshot["snapshot-id"]));
  expect((await cli("tables", "list")).stdout).toMatch(new RegExp(`^sales\\.n +2 +2 +${second}$`, "m"));
  expect(await cli("tables", "tag", "sales.n", "eoy", "--at", first)).toMatchObject({ code: 0, stdout: `Version ${first} of sales.n is called eoy.\n` });
  const again = JSON.parse((await cli("tables", "tag", "sales.n", "newest", "--keep-for", "30d", "--json")).stdout);
  expect(again.refs).toEqual([{ name: "eoy", kind: "tag", snapshot: first }, { name: "newest", kind: "tag", snapshot: second }]);
  expect((await table.metadata()).refs.newest).toEqual({ "snapshot-id": BigInt(second), type: "tag", "max-ref-age-ms": 30 * 86_400_000 });

  const shown = (await cli("tables", "show", "sales.n", "--limit", "1")).stdout;
  expect(shown).toMatch(new RegExp(`^${second} .* append +2 +2 +newest$`, "m"));
  expect(shown).toMatch(new RegExp(`^eoy +a tag +${first}$`, "m"));

  await table.expire({ keep: 1, olderThanMs: 0 });
  expect(await query(table, (from) => `select n::int as n from ${from}`, BigInt(first))).toEqual([{ n: 1 }]);
  expect((await cli("tables", "untag", "sales.n", "eoy")).stdout).toBe("No version of sales.n is called eoy any more.\n");
  await table.expire({ keep: 1, olderThanMs: 0 });
  expect((await table.snapshots()).map((snapshot) => String(snapshot["snapshot-id"]))).toEqual([second]);
});

test("names that cannot be given or taken back are refused, and branches stay", async () => {
  await table.createBranch("work");
  const tag = (body: object) => server.call("POST", "/api/v1/tables/sales.n/tag", body);
  const untag = (name: string) => server.call("POST", "/api/v1/tables/sales.n/untag", { tag: name });
  const codes = async (...asked: Promise<{ body: { error: { code: string } } }>[]) => (await Promise.all(asked)).map(({ body }) => body.error.code);
  expect(await codes(tag({ tag: "work" }), tag({ tag: "main" }), tag({ tag: "x", version: "17" }), tag({ tag: "x", version: "nobody" }), tag({ tag: "x", keepFor: "soon" }), tag({ tag: "" }))).toEqual(["MR-LAKE-006", "MR-LAKE-006", "MR-LAKE-001", "MR-LAKE-001", "MR-MODEL-005", "MR-HTTP-006"]);
  expect(await codes(untag("work"), untag("main"), untag("__proto__"))).toEqual(["MR-LAKE-001", "MR-LAKE-001", "MR-LAKE-001"]);
  expect((await server.call("POST", "/api/v1/tables/sales.none/tag", { tag: "x" })).body.error.code).toBe("MR-LAKE-001");
  expect(Object.keys((await table.metadata()).refs)).toEqual(expect.arrayContaining(["main", "work"]));
  expect((await table.metadata()).refs).not.toHaveProperty("x");
});
