import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import type { FetchedFiles, FilesSource, FoundFile, QueryRequest } from "./query-request.ts";
import { scratchFolder } from "./sql-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";

/* Files that lie elsewhere: statements read copies of them, and nobody is told of the copies. */

const runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 100 });
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  scratch = await scratchFolder();
});
afterAll(async () => {
  await runner.close();
  await scratch.remove();
});

const texts: Record<string, string> = { "far://a.csv": "id,n\n1,10\n2,20\n", "far://b.csv": "id,n\n3,30\nx,y\n", "far://torn.csv": "id,n\n\"" };
const shape = { format: { kind: "csv", encoding: "utf-8", compression: "none", delimiter: ",", quote: '"', escape: '"', comment: "", skipLines: 0, header: true, decimal: ".", shortRows: "misfit" } as const, columns: ["id", "n"].map((name) => ({ name, type: { kind: "long" as const, count: 1 } })) };
const gone = (path: string) => new MillraceError("MR-FORMAT-005", { what: "it is not there any more", where: path, mend: "look" });
let held = 0;

async function fetch(paths: readonly string[]): Promise<FetchedFiles> {
  held++;
  const files = paths.map(async (path, i) => {
    if (!(path in texts)) return gone(path);
    const copy = join(scratch.folder, `copy-${path.length}-${i}`);
    await writeFile(copy, texts[path]);
    return { path: copy, version: `version of ${path}` };
  });
  return { files: await Promise.all(files), release: () => void held-- };
}

const source = (paths: string[], more: Partial<FilesSource> = {}): FilesSource => ({ kind: "files", dataset: "raw.t", partitionColumns: [], files: paths.map((path) => ({ path })), fetch, ...shape, ...more });
const run = (sql: string, files: FilesSource, request: Partial<QueryRequest> = {}) => runner.run({ sql, resolve: async (references) => ({ sources: references.map(() => files), known: [] }), ...request });
const failure = (promise: Promise<unknown>) => promise.then(() => undefined, (error) => [error.code, error.parts.where]);

test("a statement reads copies, which are let go when it has ended, well or not", async () => {
  expect((await run("select sum(n)::int from raw.t", source(["far://a.csv"]))).rows).toEqual([[30]]);
  expect(await failure(run("select n from raw.t", source(["far://b.csv"])))).toEqual(["MR-FORMAT-008", "far://b.csv, line or record 3"]);
  expect(await failure(run("select ('x' || id)::int from raw.t", source(["far://a.csv"])))).toMatchObject(["MR-SQL-005", expect.anything()]);
  expect(held).toBe(0);
});

test("a file that cannot be had fails by its own name, or is left out and counted", async () => {
  const files = ["far://a.csv", "far://none.csv", "far://b.csv"];
  expect(await failure(run("from raw.t", source(files)))).toEqual(["MR-FORMAT-005", "far://none.csv"]);
  const { rows, stats } = await run("select sum(n)::int from raw.t", source(files, { onBadRows: "skip-and-tell" }));
  expect(rows).toEqual([[60]]);
  expect(stats.skipped).toMatchObject([{ files: 1, first: { file: "far://none.csv" } }, { rows: 1, first: { file: "far://b.csv", line: 3 } }]);
  expect(held).toBe(0);
});

test("where each file counts, each is accounted for in the version that its copy is of", async () => {
  let found: FoundFile[] = [];
  const each = (rows: "fitting" | "misfits") => source(["far://a.csv", "far://b.csv", "far://none.csv", "far://torn.csv"], { perFile: { fileColumn: "_file", rows }, onFiles: (all) => (found = all) });
  expect((await run("select _file, sum(n)::int from raw.t group by all order by all", each("fitting"))).rows).toEqual([["far://a.csv", 30], ["far://b.csv", 30]]);
  expect(found).toMatchObject([
    { path: "far://a.csv", version: "version of far://a.csv", misfits: 0 },
    { path: "far://b.csv", version: "version of far://b.csv", misfits: 1 },
    { path: "far://none.csv", error: { code: "MR-FORMAT-005", where: "far://none.csv" } },
    { path: "far://torn.csv", version: "version of far://torn.csv" },
  ]);
  const { rows } = await run("select _file, raw from raw.t where raw is not null order by all", each("misfits"));
  expect(rows).toContainEqual(["far://b.csv", "x,y"]);
  expect(held).toBe(0);
});

test("a statement that is cancelled while its files are on their way lets them go when they come", async () => {
  const stop = new AbortController();
  const arrived = Promise.withResolvers<void>();
  const slow = source(["far://a.csv"], {
    fetch: async (paths) => {
      stop.abort(new Error("enough"));
      const found = await fetch(paths);
      return { ...found, release: () => (found.release(), arrived.resolve()) };
    },
  });
  await expect(run("from raw.t", slow, { signal: stop.signal })).rejects.toThrow("enough");
  await arrived.promise;
  expect(held).toBe(0);
});
