import { afterAll, beforeAll, expect, test } from "vitest";
import { batchOf, query } from "../../lake/lake-for-tests.ts";
import type { Column } from "../../model/manifest.ts";
import { startTestServer, type TestServer } from "../../../test/support/test-server.ts";
import { grownTable, runPython } from "./engines-for-tests.ts";

/** Needs a Python with `pyiceberg[pyarrow,pyiceberg-core]`; MILLRACE_PYTHON names it. */
const python = process.env.MILLRACE_PYTHON ?? "python3";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const run = (program: string) => runPython(python, program, [`${server.url}/iceberg`, server.token]);

test("PyIceberg walks through all that a catalog is for, and we read what it has left", async () => {
  const seen = await run("pyiceberg_walk.py");
  const { last, ...steps } = seen;
  expect(steps).toEqual({
    namespaces: [[["shop"]], [["shop", "eu"]], { owner: "ada" }],
    properties: [["owner"], ["team"], { team: "a" }],
    twice: true,
    created: [[["shop", "eu", "orders"]], true, false, "table {\n  1: id: required long\n  2: name: optional string\n  3: amount: optional int\n  4: day: optional date\n}"],
    deleted: [1, 2, 3],
    overwritten: [[1, "n1", 10], [2, "n2", 10], [3, "n3", 33]],
    upserted: [1, 1, [[1, "n1", 10], [2, "n2", 22], [3, "n3", 33], [9, "n9", 22]]],
    // Ids 5 and 10 are two columns that had the name "note", one after the other.
    columns: [[4, "day", "date"], [1, "id", "long"], [2, "title", "string"], [3, "amount", "long"], [6, "place", "struct<7: lat: optional double, 8: tags: optional list<string>>"], [10, "note", "int"]],
    spec: [[1000, "by_day", "day"]],
    grown: [[1, "n1", 10, null], [2, "n2", 22, null], [3, "n3", 33, null], [9, "n9", 22, null], [20, null, 2 ** 40, 7]],
    refs: [["first", "tag", true], ["main", "branch", false], ["try", "branch", false]],
    branch: [5, 6],
    past: [4, 4, true],
    expired: 2,
    set: ["red", null],
    copied: 5,
    renamed: [false, 5],
    dropped: true,
    full: true,
    registered: 5,
    purged: true,
  });
  const table = await server.control.lake.table("shop.eu.orders");
  expect(await query(table, (from) => `select day, id::int as id, title, amount::double as amount, place, note from ${from} order by id`)).toEqual(
    last.map(([day, id, title, amount, place, note]: unknown[]) => ({ day, id, title, amount, place, note })).sort((a: { id: number }, b: { id: number }) => a.id - b.id),
  );
  expect(await query(table, (from) => `select count(*)::int as n from ${from}`, (await table.metadata()).refs.first["snapshot-id"])).toEqual([{ n: 4 }]);
  expect(await server.control.lake.tables()).toEqual(["shop.eu.orders"]);
});

test("PyIceberg reads and writes a table of ours beside us, and where it stands in its input is kept", async () => {
  const { lake } = server.control;
  const { table, write } = await grownTable(lake);

  const seen = await run("pyiceberg_ours.py");
  expect(seen).toEqual({
    before: [[1, "2001-01-01 10:00:00+00:00", "ü", null], [2, "2001-01-02 10:00:00+00:00", null, null], [3, "2001-01-02 11:00:00+00:00", "x", 1.5]],
    files: [1, 2],
    first: 2,
    after: [1, 3, 4],
  });
  expect(await table.positions()).toEqual([{ topic: "in", partition: 0, offset: 3 }]);
  await write([{ id: 5, at: "2001-01-05T10:00:00.000Z", text: null, more: null }], 3);
  expect(await query(table, (from) => `select id::int as id, text, more, remark from ${from} order by id`)).toEqual([
    { id: 1, text: "ü", more: null, remark: null },
    { id: 3, text: "x", more: 1.5, remark: null },
    { id: 4, text: null, more: 2.5, remark: "theirs" },
    { id: 5, text: null, more: null, remark: null },
  ]);
});

test("PyIceberg's writers race with one another and with ours, and no row is lost", { timeout: 300_000 }, async () => {
  const [writers, appends] = [4, 15];
  const of: Column[] = [{ name: "writer", type: "integer", nullable: false }, { name: "n", type: "integer", nullable: false }];
  const table = await server.control.lake.createTable({ name: "race.t", columns: of, partitionBy: [] });
  const ours = async () => {
    const writer = await table.writer();
    for (let n = 0; n < appends; n++) {
      await writer.add(batchOf(of, [{ writer: 0, n }]));
      await writer.commit({ advance: [{ topic: "in", partition: 0, from: n, to: n + 1 }] });
    }
    await writer.close();
  };
  const theirs = Array.from({ length: writers }, (_, i) => runPython(python, "pyiceberg_race.py", [`${server.url}/iceberg`, server.token, String(i + 1), String(appends)]));
  await Promise.all([ours(), ...theirs]);
  expect(await query(table, (from) => `select writer::int as writer, count(*)::int as rows, count(distinct n)::int as different from ${from} group by all order by all`)).toEqual(
    Array.from({ length: writers + 1 }, (_, writer) => ({ writer, rows: appends, different: appends })),
  );
  expect(await table.snapshots()).toHaveLength((writers + 1) * appends);
  expect(await table.positions()).toEqual([{ topic: "in", partition: 0, offset: appends }]);
});
