/** Random numbers that a seed decides wholly: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform, 0 inclusive to 1 exclusive, in steps of 2^-32. */
  uniform(): number;
  /** A whole number, 0 to `bound - 1`, each as likely as the next to within 2^-32 x bound. */
  below(bound: number): number;
}

/**
 * The generator xoshiro128** of Blackman and Vigna (2021, "Scrambled linear pseudorandom number generators"), its state filled from the seed by
 * splitmix32. Not for secrets.
 *
 * @param seed - any integer; its lowest 32 bits count
 */
export function seededRandom(seed: number): Random {
  let fill = seed | 0;
  const splitmix = (): number => {
    fill = (fill + 0x9e3779b9) | 0;
    let z = fill ^ (fill >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  const next = (): number => {
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return scrambled >>> 0;
  };
  const uniform = (): number => next() / 0x1_0000_0000;
  return { uniform, below: (bound) => Math.floor(uniform() * bound) };
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/**
 * `count` different whole numbers of 0 to `bound - 1`, in random order (Fisher and Yates' shuffle, broken off). Uses `pool`, which holds every number
 * once in any order, and leaves it so.
 */
export function sampleWithout(random: Random, pool: Uint32Array, count: number): Uint32Array {
  for (let i = 0; i < count; i++) {
    const j = i + random.below(pool.length - i);
    const chosen = pool[j];
    pool[j] = pool[i];
    pool[i] = chosen;
  }
  return pool.slice(0, count);
}

/** The whole numbers 0 to `count - 1`. */
export function indices(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}
