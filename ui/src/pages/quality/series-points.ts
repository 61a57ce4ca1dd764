import type { Answer } from "../../api/types.ts";
import type { Anomaly } from "./quality-rows.ts";

export type Measured = Answer<"/api/v1/watch/{dataset}">["versions"];

export interface SeriesPoint {
  /** Milliseconds since 1970. */
  at: number;
  value: number;
  /** What was not as usual there. */
  odd?: Anomaly;
}

/** Figures that were measured, those first with which something was wrong. */
export function metricsOf(versions: Measured, anomalies: readonly Anomaly[]): string[] {
  const odd = new Set(anomalies.map(({ metric }) => metric));
  const all = [...new Set(versions.flatMap(({ values }) => Object.keys(values)))];
  return all.sort((a, b) => Number(odd.has(b)) - Number(odd.has(a)));
}

/** One figure over the versions, with the anomalies at their points. An anomaly of a version that is no longer among them is left out. */
export function seriesPoints(versions: Measured, anomalies: readonly Anomaly[], metric: string): SeriesPoint[] {
  const odd = new Map(anomalies.filter((each) => each.metric === metric).map((each) => [Date.parse(each.at), each]));
  return versions.flatMap(({ at, values }) => (Object.hasOwn(values, metric) ? [{ at: Date.parse(at), value: values[metric], odd: odd.get(Date.parse(at)) }] : []));
}
