import { afterAll, beforeAll, expect, test } from "vitest";
import { batchOf, query } from "../../lake/lake-for-tests.ts";
import type { Column } from "../../model/manifest.ts";
import { startTestServer, type TestServer } from "../../../test/support/test-server.ts";
import { runPython } from "./engines-for-tests.ts";

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

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "at", type: "timestamp", nullable: false },
  { name: "text", type: "string", nullable: true },
];
const more: Column = { name: "more", type: "number", nullable: true };

test("Spark walks through all that a catalog is for, over tables of ours and of its own, and we read what it has left", { timeout: 300_000 }, async () => {
  const { lake } = server.control;
  const partitionBy = [{ column: "at", transform: "day" as const }];
  const table = await lake.createTable({ name: "ours.events", columns, partitionBy });
  server.control.current.tables["ours.events"] = { ...server.control.current.tables["sales.daily"], name: "ours.events" };
  const write = async (of: Column[], rows: object[], from: number) => {
    const writer = await table.writer();
    await writer.add(batchOf(of, rows));
    await writer.commit({ advance: [{ topic: "in", partition: 0, from, to: from + rows.length }] });
    await writer.close();
  };
  await write(columns, [{ id: 1, at: "2001-01-01T10:00:00.000Z", text: "ü" }, { id: 2, at: "2001-01-02T10:00:00.000Z", text: null }], 0);
  await lake.createTable({ name: "ours.events", columns: [...columns, more], partitionBy });
  await write([...columns, more], [{ id: 3, at: "2001-01-02T11:00:00.000Z", text: "x", more: 1.5 }], 2);

  const seen = await runPython(python, "spark_walk.py", [`${server.url}/iceberg`, server.token, jar]);
  const { last, ...steps } = seen;
  console.log(JSON.stringify(seen));
  expect(await table.positions()).toEqual([{ topic: "in", partition: 0, offset: 3 }]);
  await write([...columns, more], [{ id: 12, at: "2001-01-05T10:00:00.000Z", text: null, more: null }], 3);
  expect(await query(table, (from) => `select id::int as id, text, more, remark from ${from} order by id`)).toEqual(
    [...seen["ours, after"], [12, null, null, null]].map(([id, text, more, remark]: unknown[]) => ({ id, text, more, remark })),
  );
  const theirs = await lake.table("lab.t");
  console.log(await query(theirs, (from) => `select id::int as id, title, n::double as n, f, d::varchar as d, day, note, place, m['a'] as a from ${from} order by id`));
  console.log(await query(theirs, (from) => `select count(*)::int as n from ${from}`, (await theirs.metadata()).refs.first["snapshot-id"]));
  expect(steps).toBeDefined();
});
