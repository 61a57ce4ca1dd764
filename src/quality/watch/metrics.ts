import type { DatasetFacts } from "../checks/dataset-facts.ts";

/*
 * What is watched of every table without anybody's asking: figures that its manifests say, so that nothing is read for them.
 */

/** One figure of a version. */
export interface Metric {
  /** `rows`, `added rows`, or `nulls of <column>`. */
  name: string;
  /** As people know it: rows, a share from 0 to 1. */
  value: number;
}

/** Columns of a wide table whose nulls are watched. */
const columnsMax = 200;

/**
 * The figures of a version.
 * @param rowsBefore - of the version that was looked at last; undefined of the first
 */
export function metricsOf({ rows, columns }: Pick<DatasetFacts, "rows" | "columns">, rowsBefore: number | undefined): Metric[] {
  const metrics: Metric[] = [{ name: "rows", value: rows }];
  if (rowsBefore !== undefined) metrics.push({ name: "added rows", value: rows - rowsBefore });
  if (rows === 0) return metrics;
  for (const [name, { nulls }] of [...columns].slice(0, columnsMax)) if (nulls !== undefined) metrics.push({ name: `nulls of ${name}`, value: nulls / rows });
  return metrics;
}

/** The scale on which a metric is judged: counts by how many times they are greater, shares as they are. */
export function judgedValue({ name, value }: Metric): number {
  return isShare(name) ? value : Math.sign(value) * Math.log1p(Math.abs(value));
}

/** What a judged value is, as people know it. */
export function knownValue(name: string, judged: number): number {
  return isShare(name) ? judged : Math.sign(judged) * Math.expm1(Math.abs(judged));
}

/** The least scale, however still a metric is, on which `judgedValue` deviates: of counts about a tenth of them, of shares half a hundredth. */
export const scaleMinOf = (name: string): number => (isShare(name) ? 0.005 : 0.1);

const isShare = (name: string): boolean => name.startsWith("nulls of ");
