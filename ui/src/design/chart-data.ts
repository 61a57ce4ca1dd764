export type Values = (number | null)[];

/** A busy machine takes its readings late. */
const lateMs = 5_000;

/** Where points are missing a line must break: a point without values goes between. @param stepMs - the usual distance of two points */
export function withGaps(at: readonly number[], series: readonly Values[], stepMs: number): { at: number[]; series: Values[] } {
  const gaps = at.flatMap((time, i) => (i > 0 && time - at[i - 1] > stepMs + lateMs ? [i] : []));
  if (gaps.length === 0) return { at: [...at], series: series.map((values) => [...values]) };
  const filled = <T>(list: readonly T[], gap: (i: number) => T): T[] => list.flatMap((value, i) => (gaps.includes(i) ? [gap(i), value] : [value]));
  return { at: filled(at, (i) => at[i - 1] + stepMs), series: series.map((values) => filled(values, () => null)) };
}

/** The place of the last point that has a value. */
export const lastKnown = (values: Values): number => values.findLastIndex((value) => value !== null);
