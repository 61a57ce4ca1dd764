/** Four classes double the time: what is told of a class is at most a fifth off. */
const classesPerDoubling = 4;
/** The last ends at twelve days; what takes longer is in it too. */
export const waitClasses = 30 * classesPerDoubling + 1;

const endMs = (index: number): number => 2 ** (index / classesPerDoubling);

/** How long records have waited: how many of them, class by class. The first class ends at one millisecond. */
export class Waits {
  readonly #counts: number[] = [];

  /** @param ms - one that is below zero, as clocks of two machines may give, counts as none */
  note(ms: number, records: number): void {
    if (records === 0) return;
    const index = ms <= 1 ? 0 : Math.min(waitClasses - 1, Math.ceil(Math.log2(ms) * classesPerDoubling));
    while (this.#counts.length <= index) this.#counts.push(0);
    this.#counts[index] += records;
  }

  /** A copy, as long as its last class that has any. */
  get counts(): number[] {
    return [...this.#counts];
  }
}

export const addedWaits = (a: readonly number[], b: readonly number[]): number[] => combined(a, b, (one, other) => one + other);

/** Those that came between two looks; of a process that was started anew in between, none for what went back. */
export const waitsSince = (before: readonly number[], now: readonly number[]): number[] => combined(now, before, (one, other) => Math.max(0, one - other));

const combined = (a: readonly number[], b: readonly number[], of: (a: number, b: number) => number): number[] => Array.from({ length: Math.max(a.length, b.length) }, (_, i) => of(a[i] ?? 0, b[i] ?? 0));

/**
 * The time within which a share of the records came through, milliseconds: their class is exact, the place within it supposed even.
 * @returns null where there are none
 */
export function waitQuantile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = total * share;
  const index = counts.findIndex((count) => count > 0 && (left -= count) <= 0);
  const from = index === 0 ? 0 : endMs(index - 1);
  return from + (endMs(index) - from) * (1 + left / counts[index]);
}
