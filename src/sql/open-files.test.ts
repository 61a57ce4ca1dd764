import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FileFormat } from "../formats/file-format.ts";
import type { TableShape } from "../formats/recognise-files.ts";
import type { FilesSource, QueryRequest } from "./query-request.ts";
import { SqlRunner } from "./sql-runner.ts";
import { scratchFolder } from "./sql-for-tests.ts";

const runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 1_000 });
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  scratch = await scratchFolder();
});
afterAll(async () => {
  await runner.close();
  await scratch.remove();
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(scratch.folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

const source = (paths: string[], more: Partial<FilesSource> = {}): FilesSource => ({ kind: "files", dataset: "raw.t", partitionColumns: [], files: paths.map((path) => ({ path })), ...more });
const run = (sql: string, files: FilesSource, request: Partial<QueryRequest> = {}) => runner.run({ sql, resolve: async (references) => ({ sources: references.map(() => files), known: [] }), ...request });
const failure = (promise: Promise<unknown>) => promise.then(() => undefined, (error) => [error.code, error.parts.what, error.parts.where]);

test("files whose format is not said are recognised, and the parent is told what was found", async () => {
  const paths = [await file("airports/a.csv", "code;name;height\nAMS;Schiphol;-3\n"), await file("airports/b.csv", 'code;name;height\nLHR;"Heath;row";25.5\n')];
  let found: TableShape | undefined;
  const { rows, columns, lineage } = await run("select * from raw.t order by code", source(paths, { found: (shape) => (found = shape) }), { lineage: true });
  expect(rows).toEqual([["AMS", "Schiphol", -3], ["LHR", "Heath;row", 25.5]]);
  expect(columns.map(({ type }) => type)).toEqual(["VARCHAR", "VARCHAR", "DOUBLE"]);
  expect(found?.format).toMatchObject({ kind: "csv", delimiter: ";", quote: '"' });
  expect(lineage).toMatchObject({ known: true });
  const again = await run("select count(*) from raw.t", source(paths, { format: found?.format, columns: found?.fields, found: () => expect.unreachable() }));
  expect(again.rows).toEqual([[2]]);
});

test("formats that the engine does not read are read too, and packed files, and names that look like patterns", async () => {
  const log = '10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326\n';
  const logs = await run("select count(*) as n, sum(bytes)::int as bytes from raw.t", source([await file("logs/access.log", log.repeat(30))]));
  expect(logs.rows).toEqual([[30, 30 * 2326]]);
  const odd = await run("select sum(n)::int from raw.t", source([await file("odd/a[1]*?.json.gz", gzipSync('{"n":1}\n{"n":2}\n')), await file("odd/it's.json", '{"n":4}\n{"n":5}\n')]));
  expect(odd.rows).toEqual([[12]]);
});

test("values in the paths are columns, which conditions choose files by", async () => {
  const paths = [await file("events/day=2024-01-01/a.csv", "id,n\n1,10\n"), await file("events/day=2024-01-02/a.csv", "id,n\n2,20\n")];
  const files = { ...source([]), partitionColumns: [{ name: "day", type: "date" as const }], files: paths.map((path, i) => ({ path, partition: { day: `2024-01-0${i + 1}` } })) };
  expect((await run("select * from raw.t order by id", files)).rows).toEqual([[1, 10, "2024-01-01"], [2, 20, "2024-01-02"]]);
  expect((await run("select id from raw.t where day > date '2024-01-01'", files)).rows).toEqual([[2]]);
  const taken = await run("select n, n_partition from raw.t", { ...files, partitionColumns: [{ name: "n", type: "string" }], files: [{ path: paths[0], partition: { n: null } }] });
  expect(taken.rows).toEqual([[10, null]]);
});

test("a bad row fails by file and line, or is left out and counted", async () => {
  const good = Array.from({ length: 20_000 }, (_, i) => `${i},${i * 2}\n`).join("");
  const path = await file("bad/a.csv", `id,n\n${good}x,y\n7,8\n`);
  const shape = { format: { kind: "csv", encoding: "utf-8", compression: "none", delimiter: ",", quote: '"', escape: '"', comment: "", skipLines: 0, header: true, decimal: ".", shortRows: "misfit" } as const, columns: ["id", "n"].map((name) => ({ name, type: { kind: "long" as const, count: 1 } })) };
  expect(await failure(run("select count(*) from raw.t", source([path], shape)))).toEqual(["MR-FORMAT-008", expect.stringContaining("a row does not fit"), `${path}, line or record 20002`]);
  const { rows, stats } = await run("select count(*) from raw.t", source([path], { ...shape, onBadRows: "skip-and-tell" }));
  expect(rows).toEqual([[20_001]]);
  expect(stats.skipped).toEqual([{ dataset: "raw.t", rows: 1, files: 0, first: { file: path, line: 20_002, reason: expect.any(String) } }]);
});

test("a file that cannot be read fails by name, or is left out and counted", async () => {
  const paths = [await file("torn/a.json.gz", gzipSync('{"n":1}\n'.repeat(1000)).subarray(0, 30)), await file("torn/b.json", '{"n":2}\n')];
  const format: FileFormat = { kind: "json", layout: "lines", path: [], records: "object", encoding: "utf-8", compression: "none" };
  const shape = { format, columns: [{ name: "n", type: { kind: "long" as const, count: 1 } }] };
  const gone = join(scratch.folder, "torn/gone.json");
  expect(await failure(run("from raw.t", source([gone], shape)))).toMatchObject(["MR-FORMAT-005", expect.anything(), gone]);
  const { rows, stats } = await run("from raw.t", source([paths[1], gone], { ...shape, onBadRows: "skip-and-tell" }));
  expect(rows).toEqual([[2]]);
  expect(stats.skipped).toMatchObject([{ rows: 0, files: 1, first: { file: gone } }]);
  expect(await failure(run("from raw.t", source([paths[0]])))).toMatchObject([expect.stringMatching(/MR-FORMAT-00[16]/), expect.anything(), expect.stringContaining(paths[0])]);
});

test("a file that changes while it is read is an error, and what came of it is none", async () => {
  const path = await file("growing.csv", `id\n${"1\n".repeat(200_000)}`);
  const stream = await runner.stream({ sql: "select id from raw.t", resolve: async (references) => ({ sources: references.map(() => source([path])), known: [] }) });
  await appendFile(path, "2\n".repeat(10));
  const whole = (async () => {
    for await (const _ of stream.rows);
  })();
  expect(await failure(whole)).toMatchObject(["MR-FORMAT-004", expect.anything(), path]);
});

test("a file must be the one that was meant, and no other can be named", async () => {
  const path = await file("seed.csv", "a\n1\n");
  const files = source([], { files: [{ path, sha256: "0".repeat(64) }] });
  expect(await failure(run("from raw.t", files))).toMatchObject(["MR-FORMAT-004", expect.anything(), path]);
  expect(await failure(run(`select * from read_csv('${path}')`, source([path])))).toMatchObject(["MR-SQL-002", expect.anything(), expect.anything()]);
});

test("no files give no rows where the columns are known, and an error where they are not", async () => {
  const shape = { format: { kind: "parquet", compression: "none" } as const, columns: [{ name: "n", type: { kind: "long" as const, count: 0 } }] };
  expect((await run("from raw.t", source([], shape))).columns).toEqual([{ name: "n", type: "BIGINT" }]);
  expect(await failure(run("from raw.t", source([])))).toMatchObject(["MR-FORMAT-002", expect.anything(), "raw.t"]);
});

test("what is written down for a statement is bounded, and counts as no damage of the file", async () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `10.0.0.${i % 255} - - [10/Oct/2000:13:55:36 -0700] "GET /${(i * 7919) % 100_003} HTTP/1.0" 200 ${i}\n`).join("");
  const files = source([await file("large/access.log", lines)], { onBadRows: "skip-and-tell" });
  expect(await failure(run("select count(*) from raw.t", files, { limits: { spillBytesMax: 100_000 } }))).toMatchObject(["MR-SQL-004", expect.stringContaining("100000 bytes"), "raw.t"]);
  expect((await run("select count(*) from raw.t", files)).rows).toEqual([[40_000]]);
});
