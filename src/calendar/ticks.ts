/**
 * Instants in order, in whole milliseconds since 1970. Most series have no end, so they are asked for one at a time. The
 * same question has the same answer whenever it is asked.
 */
export interface Ticks {
  /** The first tick after `after`, itself not among them. Undefined when none comes, or none in reach. */
  tickAfter(after: number): number | undefined;
  /** The last tick at or before `until`. Undefined when there is none, or none in reach. */
  tickUntil(until: number): number | undefined;
}
