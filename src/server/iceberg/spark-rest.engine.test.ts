import { afterAll, beforeAll, expect, test } from "vitest";
import { query } from "../../lake/lake-for-tests.ts";
import { startTestServer, type TestServer } from "../../../test/support/test-server.ts";
import { grownTable, runPython } from "./engines-for-tests.ts";

/**
 * Needs a Python with PySpark, which MILLRACE_SPARK_PYTHON names, a Java for it, and the jar of Iceberg's runtime for that version
 * of Spark, which MILLRACE_ICEBERG_JAR names.
 */
const python = process.env.MILLRACE_SPARK_PYTHON ?? "python3";
const jar = process.env.MILLRACE_ICEBERG_JAR ?? "iceberg-spark-runtime.jar";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test("Spark walks through all that a catalog is for, over tables of ours and of its own, and we read what it has left", { timeout: 600_000 }, async () => {
  const { lake } = server.control;
  const { table, write } = await grownTable(lake);
  server.control.current.tables["ours.events"] = { ...server.control.current.tables["sales.daily"], name: "ours.events" };

  const seen = await runPython(python, "spark_walk.py", [`${server.url}/iceberg`, server.token, jar]);
  const { last, ...steps } = seen;
  expect(steps).toEqual({
    ours: [[1, "2001-01-01 10:00:00", "ü", null], [2, "2001-01-02 10:00:00", null, null], [3, "2001-01-02 11:00:00", "x", 1.5]],
    "ours, one day": [[2], [3]],
    "ours, first": [[2]],
    "ours, after": [[1, "merged", null, null], [3, "x", 1.5, "seen"], [10, "spark", null, null], [11, "new", 7.5, null]],
    namespaces: [[["lab"], ["ours"]], [["lab.deep"]]],
    tables: [["lab", "t", false]],
    filled: [[8, 36, "8.00", 4, 8]],
    changed: [[1, "changed"], [3, "n3"], [4, "n4"], [5, "n5"], [6, "n6"], [7, "n7"], [20, "over"]],
    columns: [["day", "date"], ["note", "int"], ["id", "bigint"], ["title", "string"], ["n", "bigint"], ["f", "double"], ["d", "decimal(12,2)"], ["place", "struct<lat:double,tags:array<string>,lon:double>"], ["m", "map<string,int>"]],
    grown: [[1, "changed", 1, null, null], [30, "later", 9_000_000_000, 5, 2.5]],
    refs: [["first", "TAG"], ["main", "BRANCH"], ["work", "BRANCH"]],
    travel: [[[8]], [[9]], [[8]], [[8]]],
    "at a time": [[8]],
    forward: [[9]],
    copied: [[9]],
    replaced: [["20", 1], ["30", 1], ["40", 1], ["6", 1], ["7", 1]],
    emptied: [[0]],
    kept: [[3]],
    "merge on read": [[[9, 1]], [[1]]],
    cities: [["New York", 1], ["a/b!", 2], ["Zürich", 3], [null, 4], ["", 5]],
    renamed: [[5]],
    left: [["lab", "cities", false], ["lab", "mor", false], ["lab", "t", false]],
    refused: ["ICE-006", "ICE-004", "ICE-001", "ICE-005"],
  });
  expect(await table.positions()).toEqual([{ topic: "in", partition: 0, offset: 3 }]);
  await write([{ id: 12, at: "2001-01-05T10:00:00.000Z", text: null, more: null }], 3);
  expect(await query(table, (from) => `select id::int as id, text, more, remark from ${from} order by id`)).toEqual(
    [...steps["ours, after"], [12, null, null, null]].map(([id, text, more, remark]: unknown[]) => ({ id, text, more, remark })),
  );
  const theirs = await lake.table("lab.t");
  const read = await query(theirs, (from) => `select id::int, title, n::double, f, d::varchar, day, note, place.lat, place.lon, len(place.tags)::int, m['a'] from ${from} order by id`);
  // Spark says -1 of a list that is not there.
  expect(read.map((row) => Object.values(row))).toEqual(last.map((row: unknown[]) => row.map((value, i) => (i === 9 && value === -1 ? null : value))));
  expect(read).toHaveLength(9);
  expect(await query(theirs, (from) => `select count(*)::int as n from ${from}`, (await theirs.metadata()).refs.first["snapshot-id"])).toEqual([{ n: 8 }]);
  const marked = await lake.table("lab.mor");
  expect(await query(marked, (from) => `select count(*)::int as n, count(*) filter (name = 'u')::int as u, list(id::int order by id) as ids from ${from}`)).toEqual([{ n: 9, u: 1, ids: [0, 1, 2, 4, 5, 6, 7, 8, 9] }]);
  const cities = await lake.table("lab.cities");
  expect(await query(cities, (from) => `select city, n from ${from} order by n`)).toEqual(steps.cities.map(([city, n]: unknown[]) => ({ city, n })));
  // What is Spark's to write is ours to keep up.
  await marked.maintain({ smallFilesMax: 1, keep: 1, olderThanMs: 0 });
  await cities.maintain({ smallFilesMax: 1, keep: 1, olderThanMs: 0 });
  expect(await query(marked, (from) => `select count(*)::int as n from ${from}`)).toEqual([{ n: 9 }]);
  expect(await marked.files()).toHaveLength(1);
  expect(await query(cities, (from) => `select sum(n)::int as n from ${from}`)).toEqual([{ n: 15 }]);
  expect(await theirs.removeOrphans(0)).toBe(0);
});
