/*
 * The hash of `murmur3.ts` as SQL, so that rows are put into buckets without leaving DuckDB. Arithmetic is in 64 bits
 * without sign, cut to 32 where it may have grown beyond. The result is that of `murmur3`, taken without sign.
 */

const low32 = "4294967295::ubigint";

/** @param value - an expression of type BIGINT, hashed as its eight bytes */
export function murmur3LongSql(value: string): string {
  const low = `(${value} & 4294967295)::ubigint`;
  const high = `((${value} >> 32) & 4294967295)::ubigint`;
  return finish(mixBlock(mixBlock("0::ubigint", low), high), "8::ubigint");
}

/** @param hex - an expression of type VARCHAR: the bytes in hexadecimal */
export function murmur3HexSql(hex: string): string {
  const bytes = `(strlen(${hex}) // 2)`;
  // Zeros at the end fill up the last word, which has no more than three of the bytes.
  const filled = `(${hex} || '000000')`;
  const words = `list_transform(range(${bytes} // 4), lambda i: ${wordAt(filled, "i")})`;
  const hash = `list_reduce(${words}, lambda hash, word: ${mixBlock("hash", "word")}, 0::ubigint)`;
  return finish(`xor(${hash}, ${scramble(wordAt(filled, `(${bytes} // 4)`))})`, `${bytes}::ubigint`);
}

/** Four bytes, the lowest first, as a number. */
function wordAt(hex: string, index: string): string {
  const bytes = [7, 5, 3, 1].map((at) => `substr(${hex}, 8 * ${index} + ${at}, 2)`);
  return `('0x' || ${bytes.join(" || ")})::ubigint`;
}

function scramble(word: string): string {
  return multiplied(rotated(multiplied(word, 0xcc9e2d51), 15), 0x1b873593);
}

function mixBlock(hash: string, word: string): string {
  return `((${rotated(`xor(${hash}, ${scramble(word)})`, 13)} * 5 + ${0xe6546b64}::ubigint) & ${low32})`;
}

function finish(hash: string, bytes: string): string {
  return folded(multiplied(folded(multiplied(folded(`xor(${hash}, ${bytes})`, 16), 0x85ebca6b), 13), 0xc2b2ae35), 16);
}

function multiplied(value: string, by: number): string {
  return `((${value} * ${by}::ubigint) & ${low32})`;
}

function rotated(value: string, bits: number): string {
  return `(((${value} << ${bits}) & ${low32}) | (${value} >> ${32 - bits}))`;
}

function folded(value: string, bits: number): string {
  return `xor(${value}, ${value} >> ${bits})`;
}
