import { afterAll, beforeAll, expect, test } from "vitest";
import { query } from "../../lake/lake-for-tests.ts";
import { startTestServer, type TestServer } from "../../../test/support/test-server.ts";
import { grownTable, runPython } from "./engines-for-tests.ts";

/** Needs a Python with DuckDB and its Iceberg extension as packages; MILLRACE_PYTHON names it. */
const python = process.env.MILLRACE_PYTHON ?? "python3";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

test("DuckDB's Iceberg extension reads and writes tables of ours and of its own, and we read what it has left", async () => {
  const { lake } = server.control;
  const { table } = await grownTable(lake);

  const seen = await runPython(python, "duckdb_walk.py", [`${server.url}/iceberg`, server.token]);
  const unchanged = [3, 4, 5, 6, 7, 8];
  expect(seen).toEqual({
    tables: [["ours", "events"]],
    again: [[3]],
    ours: [[1, "2001-01-01 10:00:00+00", "ü", null], [2, "2001-01-02 10:00:00+00", null, null], [3, "2001-01-02 11:00:00+00", "x", 1.5]],
    "ours, one day": [[2], [3]],
    "ours, first": [[2]],
    "ours, after": [[1, "ü", null], [2, null, null], [3, "x", 1.5], [10, "duckdb", null]],
    changed: [[1, "changed"], ...unchanged.map((i) => [i, `n${i}`])],
    last: [
      [1, "changed", "1.50", "2001-01-02", 1, 2],
      ...unchanged.map((i) => [i, `n${i}`, `${i}.50`, `2001-01-0${i + 1}`, i, 2]),
      [20, "kept", null, null, null, null],
    ],
  });
  expect(await query(table, (from) => `select id::int as id, text, more from ${from} order by id`)).toEqual([
    { id: 1, text: "ü", more: null },
    { id: 2, text: null, more: null },
    { id: 3, text: "x", more: 1.5 },
    { id: 10, text: "duckdb", more: null },
  ]);
  expect(await table.positions()).toEqual([{ topic: "in", partition: 0, offset: 3 }]);
  // What it deletes and changes it writes as positions.
  const theirs = await lake.table("lab.t");
  const rows = await query(theirs, (from) => `select id::int, name, d::varchar, day::varchar, place.lat::int, len(place.tags)::int from ${from} order by id`);
  expect(rows.map((row) => Object.values(row))).toEqual(seen.last);
  expect(await lake.tables()).toEqual(["lab.t", "ours.events"]);
});
