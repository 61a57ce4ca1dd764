/** Half-open spans of time, in order, none touching another. */
export type IntervalSet = [start: number, end: number][];

/** The set with one more span, merged with those that it meets. */
export function withInterval(set: IntervalSet, start: number, end: number): IntervalSet {
  if (start >= end) return set;
  const before = set.filter(([, until]) => until < start);
  const after = set.filter(([from]) => from > end);
  const met = set.slice(before.length, set.length - after.length);
  return [...before, [Math.min(start, met[0]?.[0] ?? start), Math.max(end, met.at(-1)?.[1] ?? end)], ...after];
}

/** Whether all of a span is in the set; an empty span is when its instant is, or ends one. */
export function covers(set: IntervalSet, start: number, end: number): boolean {
  return set.some(([from, until]) => from <= start && end <= until);
}
