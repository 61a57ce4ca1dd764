import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FilesSource, FoundFile } from "./query-request.ts";
import { scratchFolder } from "./sql-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";

const runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 100 });
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  scratch = await scratchFolder();
});
afterAll(async () => {
  await runner.close();
  await scratch.remove();
});

async function file(name: string, content: string | Uint8Array): Promise<{ path: string; name: string }> {
  const path = join(scratch.folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return { path, name };
}

const csv: Pick<FilesSource, "format" | "columns"> = {
  format: { kind: "csv", delimiter: ",", quote: '"', escape: '"', comment: "", skipLines: 0, header: true, decimal: ".", shortRows: "misfit", encoding: "utf-8", compression: "none" },
  columns: [{ name: "id", type: { kind: "long", count: 0 } }, { name: "name", type: { kind: "string", count: 0 } }],
};

async function run(sql: string, files: FilesSource["files"], more: Partial<FilesSource> = {}): Promise<{ rows: unknown[][]; found: FoundFile[] }> {
  let found: FoundFile[] = [];
  const source: FilesSource = { kind: "files", ...csv, partitionColumns: [], files, perFile: { fileColumn: "_file", rows: "fitting" }, onFiles: (all) => (found = all), ...more };
  const { rows } = await runner.run({ sql, resolve: async (references) => ({ sources: references.map(() => source), known: [] }) });
  return { rows, found };
}
const misfits: Partial<FilesSource> = { perFile: { fileColumn: "_file", rows: "misfits" } };

test("each file is accounted for: its rows name it, its misfits are counted, one that cannot be read holds up no other", async () => {
  const files = [await file("a/1.csv", "id,name\n1,ann\n2,bob\n"), await file("a/2.csv", "id,name\n3,cid\nx,dan\n"), await file("a/3.csv.gz", gzipSync("id,name\n5,eve\n").subarray(0, 20)), await file("a/4.csv", ""), { path: join(scratch.folder, "a/none.csv"), name: "a/none.csv" }];
  const { rows, found } = await run("select * from raw.t order by id", files);
  expect(rows).toEqual([["a/1.csv", 1, "ann"], ["a/1.csv", 2, "bob"], ["a/2.csv", 3, "cid"]]);
  expect(found.map(({ misfits, error, version }) => [misfits, error?.code, version !== undefined])).toEqual([[0, undefined, true], [1, undefined, true], [0, "MR-FORMAT-006", true], [0, "MR-FORMAT-002", true], [0, "MR-FORMAT-005", false]]);
  const bad = await run("select _file, line, raw, reason is not null from raw.t order by _file", files, misfits);
  expect(bad.rows).toEqual([["a/2.csv", 3, "x,dan", true], ["a/3.csv.gz", null, null, true], ["a/4.csv", null, null, true], ["a/none.csv", null, null, true]]);
});

test("a file that is not the one that was meant gives no rows, and says so", async () => {
  const [one] = [await file("b/1.csv", "id,name\n1,ann\n")];
  const { version } = (await run("select 1 as one from raw.t", [one])).found[0];
  await appendFile(one.path, "2,bob\n");
  const { rows, found } = await run("select * from raw.t", [{ ...one, version }]);
  expect(rows).toEqual([]);
  expect(found[0].error?.code).toBe("MR-FORMAT-004");
});

test("partitions stay columns, a column of the files that is called like ours is kept, and no files give the columns", async () => {
  const columns: FilesSource["columns"] = [...(csv.columns ?? []), { name: "_FILE", type: { kind: "string", count: 0 } }];
  const files = [{ ...(await file("c/day=2026-01-01/1.csv", "id,name,_FILE\n1,ann,x\n")), partition: { day: "2026-01-01" } }];
  const { rows } = await run("select _file, id, _FILE_in_file, day from raw.t", files, { columns, partitionColumns: [{ name: "day", type: "date" }] });
  expect(rows).toEqual([["c/day=2026-01-01/1.csv", 1, "x", "2026-01-01"]]);
  expect((await run("select count(*) from raw.t where _file is null", [])).rows).toEqual([[0]]);
  expect((await run("select count(*) from raw.t where reason is null", [], misfits)).rows).toEqual([[0]]);
});

test("hundreds of files are one statement, within its memory", async () => {
  const files = await Promise.all(Array.from({ length: 400 }, (_, i) => file(`d/${i}.csv`, `id,name\n${i},n${i}\n`)));
  const { rows } = await run("select count(*), sum(id)::int, count(distinct _file) from raw.t", files);
  expect(rows).toEqual([[400, 79_800, 400]]);
});
