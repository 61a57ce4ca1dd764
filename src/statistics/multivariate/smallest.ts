/**
 * The indices of the `count` smallest values, ascending; of equal ones those that come first. Time grows with the values (Hoare's selection), whatever
 * their order.
 *
 * @param scratch - as long as `values`; overwritten
 */
export function indicesOfSmallest(values: Float64Array, count: number, scratch: Float64Array): Uint32Array {
  scratch.set(values);
  const limit = select(scratch, count - 1);
  let below = 0;
  for (const value of values) if (value < limit) below++;
  const chosen = new Uint32Array(count);
  let [at, ties] = [0, count - below];
  for (let i = 0; i < values.length && at < count; i++) if (values[i] < limit || (values[i] === limit && ties-- > 0)) chosen[at++] = i;
  return chosen;
}

/** The value that would be at `rank` if the values were sorted. Changes their order. */
function select(values: Float64Array, rank: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = medianOfThree(values[low], values[(low + high) >>> 1], values[high]);
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const value = values[i];
      values[i++] = values[j];
      values[j--] = value;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank];
}

const medianOfThree = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
