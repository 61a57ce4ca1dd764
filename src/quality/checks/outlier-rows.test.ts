import fc from "fast-check";
import { expect, test } from "vitest";
import { outlierMethods } from "../../model/quality/check-decl.ts";
import { outliers } from "../../model/quality/dataset-checks.ts";
import { TestEngine } from "../../wrangle/nested/nested-for-tests.ts";
import { iqr } from "../../statistics/univariate/iqr.ts";
import { modifiedZScore } from "../../statistics/univariate/modified-z-score.ts";
import { zScore } from "../../statistics/univariate/z-score.ts";
import { outlierRowsSql, valuesMin } from "./outlier-rows.ts";

const inMemory = { mad: modifiedZScore, zScore, iqr };

test("a check counts the rows that the detector of that name finds, whatever the values", async () => {
  const engine = await TestEngine.open();
  const value = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -5, max: 5 }) }, { weight: 2, arbitrary: fc.constantFrom(0.5, 40, -90, 1e6) }, { weight: 1, arbitrary: fc.constantFrom(null, Number.NaN, Infinity, -Infinity) });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 30 }), fc.constantFrom("mad", "zScore", "iqr"), async (values, method) => {
      const rows = values.map((each, i) => `(${i}, ${each === null ? "null" : `'${each}'::double`})`);
      await engine.connection.run(`create or replace table t as select * from (values ${["(-1, null::double)", ...rows].join(", ")}) as t(i, v)`);
      const decl = { ...outliers("v", { method }).decl, kind: "outliers", method, threshold: outlierMethods[method] } as never;
      const found = await engine.plain(`select i from (${outlierRowsSql(decl, "t", '"v"')}) order by i`);
      const isEnough = values.filter((each) => each !== null && Number.isFinite(each)).length >= valuesMin[method];
      const expected = isEnough ? [...inMemory[method](Float64Array.from(values, (each) => each ?? Number.NaN)).outliers] : [];
      expect(found.map(({ i }) => Number(i))).toEqual(expected);
    }),
    { numRuns: 120 },
  );
});
