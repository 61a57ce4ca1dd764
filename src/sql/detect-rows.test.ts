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
