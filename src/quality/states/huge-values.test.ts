import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Duckdb, sqlText } from "../../lake/duckdb.ts";
import { outOfMemory } from "../../sql/engine-error.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import { columnProfile } from "../profile/column-profile.ts";
import { findingsOf } from "../profile/findings.ts";
import type { ColumnProfile, Finding } from "../profile/profile.ts";
import { measureColumns, stateOf } from "./collect-states.ts";
import { profiledColumns } from "./profiled-column.ts";

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-huge-"));
  file = join(folder, "rows.parquet");
  const duckdb = new Duckdb({ memoryLimit: "2GiB", threads: 2 });
  const connection = await duckdb.connect();
  await connection.run(`copy (select i as id, case when i = 700 then ' ' || repeat('xy', 20000000) when i % 7 = 0 then null else 'note ' || i % 50 end as note, ['a', 'b'][1 + i % 2] as kind from range(1000) as t(i)) to ${sqlText(file)} (format parquet, compression zstd)`);
  connection.closeSync();
  await duckdb.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const columns = profiledColumns([{ name: "id", type: "BIGINT" }, { name: "note", type: "VARCHAR" }, { name: "kind", type: "VARCHAR" }], 10).columns;

/** The profile of all columns by an engine that has so much memory, and its findings of the second. */
async function profiledWith(memoryLimit: string, nulls?: Record<string, number>): Promise<{ profiles: ColumnProfile[]; findings: Finding[] }> {
  const duckdb = new Duckdb({ memoryLimit, threads: 2 });
  const connection = await duckdb.connect();
  // Nothing goes to disk, as where a statement has spilt all that it may.
  await connection.run("set max_temp_directory_size = '0KiB'");
  const run = async (sql: string): Promise<QueryValue[][]> => {
    try {
      return (await connection.runAndReadAll(sql)).getRowsJson() as QueryValue[][];
    } catch (error) {
      throw /out of memory/i.test(String(error)) ? outOfMemory() : error;
    }
  };
  await connection.run(`create view part0 as select * from read_parquet(${sqlText(file)})`);
  const [measured] = await measureColumns(run, columns, { parts: ["part0"], rows: 1_000, columnar: true, valuesMax: 4_096, nulls: (_, { path }) => nulls?.[path[0]] });
  const states = columns.map(({ kind }, i) => stateOf(kind, measured[i]));
  connection.closeSync();
  await duckdb.close();
  return { profiles: columns.map((column, i) => columnProfile(column, states[i])), findings: findingsOf(columns[1], states[1]) };
}

test("a text of 40 MB is counted with its length, and left out where values are shown", async () => {
  const { profiles, findings } = await profiledWith("130MiB");
  const [id, note, kind] = profiles;
  expect([id.min, id.max, id.distinct.value, kind.frequent?.values]).toEqual(["0", "999", 1_000, [{ value: "a", count: 500 }, { value: "b", count: 500 }]]);
  expect(note).toMatchObject({ rows: 1_000, nulls: 142, lengths: { min: 6, max: 40_000_001 }, distinct: { exact: false } });
  expect(note.distinct.value).toBeGreaterThan(48);
  expect(note.distinct.value).toBeLessThan(54);
  expect([note.min?.length, note.min?.slice(0, 5), note.max]).toEqual([200, " xyxy", "note 9"]);
  expect(note.frequent?.complete).toBe(false);
  expect(note.frequent?.values.every(({ value }) => value.startsWith("note "))).toBe(true);
  expect(findings.map((finding) => [finding.kind, finding.rows?.value])).toContainEqual(["long-texts", 1]);
});

test("where one look at it is too much, what is known without reading is told, and other columns are whole", async () => {
  const { profiles, findings } = await profiledWith("36MiB", { note: 142 });
  const [id, note, kind] = profiles;
  expect([id.min, id.max, kind.frequent?.complete]).toEqual(["0", "999", true]);
  expect(note).toMatchObject({ rows: 1_000, nulls: 142, min: null, max: null, lengths: null, nature: null, distinct: { exact: false, method: "of what could be read: 858 values could not" } });
  expect(findings).toMatchObject([{ kind: "unread-values", rows: { value: 858 } }]);
  const unknown = await profiledWith("36MiB");
  expect(unknown.profiles[1]).toMatchObject({ rows: 1_000, nulls: 0, distinct: { exact: false, method: "of what could be read: 1000 values could not" } });
});
