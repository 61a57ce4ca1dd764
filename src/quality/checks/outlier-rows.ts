import type { CheckOf } from "../../model/quality/check-decl.ts";
import { madToSigma, meanDeviationToSigma } from "../../statistics/deviation.ts";

/*
 * Outliers of one column, as the engine computes them over any number of rows. The figures are those of src/statistics: what a
 * check counts, `millrace detect` finds.
 */

/**
 * A statement with the rows whose value lies too far from the others. Infinities are outliers and never count; NaN, like a null,
 * is not judged. Among fewer values than the
 * method needs nothing is far from the others.
 *
 * @param rows - to select from
 * @param column - quoted, numeric
 */
export function outlierRowsSql({ method, threshold }: CheckOf<"outliers">, rows: string, column: string): string {
  const value = `cast(${column} as double)`;
  const { figures, beyond } = methods[method](threshold);
  return `with measured_values as (select ${value} as v from ${rows} where isfinite(${value})), measured as (select * from (${figures}) where (select count(*) from measured_values) >= ${valuesMin[method]})
select judged.* from ${rows} as judged, measured where isinf(cast(judged.${column} as double)) or (isfinite(cast(judged.${column} as double)) and (${beyond(`cast(judged.${column} as double)`)}))`;
}

interface Method {
  /** A SELECT of one row: what values are judged by. */
  figures: string;
  /** SQL: whether a value lies beyond. */
  beyond(value: string): string;
}

/** As the detectors have it. */
export const valuesMin = { mad: 3, zScore: 2, iqr: 4 } as const;

/** A scale of 0 says that the others are all the centre: any other value is then infinitely far. */
const far = (threshold: number) => (value: string): string => `${value} <> centre and abs(${value} - centre) > ${threshold} * scale`;

const methods: Record<CheckOf<"outliers">["method"], (threshold: number) => Method> = {
  mad: (threshold) => ({
    figures: `select m as centre, case when d > 0 then d * ${madToSigma} else ${meanDeviationToSigma} * (select avg(abs(v - m)) from measured_values) end as scale from (select median(v) as m, mad(v) as d from measured_values)`,
    beyond: far(threshold),
  }),
  // In units of the largest one: squares of the largest and the smallest numbers are none.
  zScore: (threshold) => ({
    figures: "select most * avg(v / most) as centre, most * stddev_samp(v / most) as scale from measured_values, (select nullif(max(abs(v)), 0) as most from measured_values) group by most",
    beyond: far(threshold),
  }),
  iqr: (threshold) => ({
    figures: "select quantile_cont(v, 0.25) as q1, quantile_cont(v, 0.75) as q3 from measured_values",
    beyond: (value) => `${value} < q1 - ${threshold} * (q3 - q1) or ${value} > q3 + ${threshold} * (q3 - q1)`,
  }),
};
