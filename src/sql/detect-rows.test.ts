import { afterAll, expect, test } from "vitest";
import { detectSql } from "../quality/detect/detect-sql.ts";
import type { DetectSpec } from "../quality/detect/detect.ts";
import { datasetsOf, flights, resolveFrom } from "./sql-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";

const runner = new SqlRunner({ statementsPerProcess: 1_000 });
afterAll(() => runner.close());
const resolve = resolveFrom(datasetsOf({ "main.flights": flights }));

test("outliers are found where the statement runs, groups by themselves, labels as texts", async () => {
  const spec: DetectSpec = { method: "mad", options: { threshold: 20 }, columns: ["delay"], by: ["origin"], label: ["origin", "destination"] };
  const rows = "(select * from flights where origin in ('ABE', 'ABI'))";
  const detected = await runner.detect({ sql: detectSql(spec, rows), resolve }, spec);
  const plain = await runner.run({ sql: `with chosen as (from ${rows}), g as (select origin, median(delay) as m, mad(delay) as d from chosen group by all) select origin, count(*), count_if(abs(0.6745 * (delay - m) / d) > 20) from chosen join g using (origin) group by all order by all`, resolve });
  expect(detected.detections.map(({ group, rows, outliers }) => [group.origin, rows, outliers])).toEqual(plain.rows);
  expect(detected.detections[0].found[0]).toMatchObject({ label: { origin: "ABE" }, values: { delay: expect.any(Number) } });
});

test("more rows than a detector holds are refused, and so is a method that there is not", async () => {
  const spec: DetectSpec = { method: "mad", options: {}, columns: ["delay"], by: [], label: [] };
  await expect(runner.detect({ sql: detectSql(spec, "flights"), resolve }, spec)).rejects.toMatchObject({ code: "MR-QUALITY-005" });
  await expect(runner.detect({ sql: "select 1::double", resolve }, { ...spec, method: "none" })).rejects.toMatchObject({ code: "MR-QUALITY-005" });
});

test("of a text of megabytes the beginning tells which row and which group it is; as a number it is no value", async () => {
  const spec: DetectSpec = { method: "mad", options: {}, columns: ["n", "body"], by: ["body"], label: ["body"] };
  const rows = "(select case when i = 99 then 1000 else i % 5 end as n, repeat('ab', 5_000_000 * (i // 99)::bigint) || 'x' as body from range(100) as t(i))";
  const detected = await runner.detect({ sql: detectSql(spec, rows), resolve, limits: { memoryBytes: 512 * 1024 ** 2 } }, spec);
  expect([...detected.detections, ...detected.notJudged].map(({ column, group, rows: count }) => [column, group.body?.length, count])).toEqual(expect.arrayContaining([["n", 200, 1], ["n", 1, 99], ["body", 200, 1]]));
  const labelled: DetectSpec = { ...spec, columns: ["n"], by: [] };
  expect((await runner.detect({ sql: detectSql(labelled, rows), resolve, limits: { memoryBytes: 512 * 1024 ** 2 } }, labelled)).detections[0].found).toMatchObject([{ row: 99, values: { n: 1000 }, label: { body: "ab".repeat(100) } }]);
  const tight = { sql: detectSql(spec, rows.replace("5_000_000", "150_000_000")), resolve, limits: { memoryBytes: 256 * 1024 ** 2 } };
  await expect(runner.detect(tight, spec)).rejects.toMatchObject({ code: "MR-SQL-004" });
});
