const encoder = new TextEncoder();

/**
 * Changes that make one text of another: a byte of UTF-8 put in, taken out or replaced, or two neighbours that change places
 * (Damerau-Levenshtein, unrestricted), as the engine counts them. Letters that are not of ASCII count for up to three.
 */
export function editDistance(one: string, other: string): number {
  const [a, b] = [encoder.encode(one), encoder.encode(other)];
  const width = b.length + 2;
  const most = a.length + b.length;
  const table = new Uint32Array((a.length + 2) * width);
  const at = (i: number, j: number): number => (i + 1) * width + j + 1;
  table[0] = most;
  for (let i = 0; i <= a.length; i++) [table[at(i, -1)], table[at(i, 0)]] = [most, i];
  for (let j = 0; j <= b.length; j++) [table[at(-1, j)], table[at(0, j)]] = [most, j];
  // Where each byte last stood in `one`.
  const last = new Uint32Array(256);
  for (let i = 1; i <= a.length; i++) {
    let lastMatch = 0;
    for (let j = 1; j <= b.length; j++) {
      const [k, l] = [last[b[j - 1]], lastMatch];
      const isSame = a[i - 1] === b[j - 1];
      if (isSame) lastMatch = j;
      table[at(i, j)] = Math.min(table[at(i - 1, j - 1)] + (isSame ? 0 : 1), table[at(i, j - 1)] + 1, table[at(i - 1, j)] + 1, table[at(k - 1, l - 1)] + (i - k - 1) + 1 + (j - l - 1));
    }
    last[a[i - 1]] = i;
  }
  return table[at(a.length, b.length)];
}
