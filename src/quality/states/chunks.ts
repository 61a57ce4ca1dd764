/** Items in their order, at most so many together, and of at most so much weight. */
export function chunks<T>(items: readonly T[], size: number, weightOf: (item: T) => number = () => 0, weightMax = Number.POSITIVE_INFINITY): T[][] {
  const made: T[][] = [];
  let weight = 0;
  for (const item of items) {
    weight += weightOf(item);
    const last = made.at(-1);
    if (last === undefined || last.length === size || weight > weightMax) {
      made.push([item]);
      weight = weightOf(item);
    } else last.push(item);
  }
  return made;
}
