/** What a common beginning is worth, for each of its bytes, of which four count. */
const prefixScale = 0.1;
const prefixMax = 4;
/** Below it a common beginning counts for nothing. */
const boostFrom = 0.7;

/**
 * How alike two texts are, from 0 to 1, more so when they begin alike: bytes that stand near one another in both, less those
 * out of order. As DuckDB's `jaro_winkler_similarity`, it looks at UTF-8 bytes, and two empty texts are not alike.
 *
 * @example jaroWinkler(utf8("MARTHA"), utf8("MARHTA")) // 0.9611
 */
export function jaroWinkler(a: Uint8Array, b: Uint8Array): number {
  const alike = jaro(a, b);
  if (alike <= boostFrom) return alike;
  const ends = Math.min(a.length, b.length, prefixMax);
  let same = 0;
  while (same < ends && a[same] === b[same]) same++;
  return alike + same * prefixScale * (1 - alike);
}

function jaro(a: Uint8Array, b: Uint8Array): number {
  if (a.length === 0 || b.length === 0) return 0;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const takenOfB = new Uint8Array(b.length);
  const matchedOfA: number[] = [];
  for (let i = 0; i < a.length; i++) {
    const end = Math.min(b.length, i + reach + 1);
    for (let j = Math.max(0, i - reach); j < end; j++) {
      if (takenOfB[j] !== 0 || a[i] !== b[j]) continue;
      takenOfB[j] = 1;
      matchedOfA.push(a[i]);
      break;
    }
  }
  const matches = matchedOfA.length;
  if (matches === 0) return 0;
  const swapped = Math.floor(outOfOrder(matchedOfA, b, takenOfB) / 2);
  return (matches / a.length + matches / b.length + (matches - swapped) / matches) / 3;
}

/** Places at which the matched bytes of both, each in its own order, differ. */
function outOfOrder(matchedOfA: readonly number[], b: Uint8Array, takenOfB: Uint8Array): number {
  let place = 0;
  let differ = 0;
  for (let j = 0; j < b.length; j++) {
    if (takenOfB[j] !== 0 && matchedOfA[place++] !== b[j]) differ++;
  }
  return differ;
}
