/**
 * Bytes that must be put in, taken out, replaced, or swapped with their neighbour, to make one text of the other; between two
 * that are swapped others may be put in. As DuckDB's `damerau_levenshtein`, it looks at UTF-8 bytes.
 *
 * @param most - the answer may stop being exact beyond it: it is then any greater number
 * @example damerau(utf8("ca"), utf8("abc"), 10) // 2
 * @see Lowrance and Wagner, "An extension of the string-to-string correction problem", 1975
 */
export function damerau(a: Uint8Array, b: Uint8Array, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  const width = b.length + 2;
  const costs = new Uint32Array((a.length + 2) * width);
  const far = a.length + b.length;
  for (let i = 0; i <= a.length + 1; i++) {
    costs[i * width] = far;
    costs[i * width + 1] = Math.max(0, i - 1);
  }
  for (let j = 0; j <= b.length + 1; j++) {
    costs[j] = far;
    if (j > 0) costs[width + j] = j - 1;
  }
  // The row behind the last one of `a` in which each byte stood.
  const rowOf = new Uint32Array(256);
  for (let i = 1; i <= a.length; i++) {
    let columnOf = 0;
    for (let j = 1; j <= b.length; j++) {
      const row = rowOf[b[j - 1]];
      const column = columnOf;
      const same = a[i - 1] === b[j - 1];
      if (same) columnOf = j;
      const replaced = costs[i * width + j] + (same ? 0 : 1);
      const put = costs[(i + 1) * width + j] + 1;
      const taken = costs[i * width + j + 1] + 1;
      const swapped = costs[row * width + column] + (i - row - 1) + 1 + (j - column - 1);
      costs[(i + 1) * width + j + 1] = Math.min(replaced, put, taken, swapped);
    }
    rowOf[a[i - 1]] = i;
  }
  return costs[(a.length + 1) * width + b.length + 1];
}
