/** Pairs that show one combination of levels. */
export interface Pattern {
  /** For each comparison the index of its level, from the strictest to "else"; -1 where nothing can be said. */
  levels: readonly number[];
  pairs: number;
}

/** What one training has found. */
export interface Expectation {
  /** The part of these pairs that are one. */
  matching: number;
  /** For each comparison the shares of its levels among pairs that are one. */
  m: number[][];
  rounds: number;
  /** False: after the last round the numbers still moved. */
  converged: boolean;
}

export interface ExpectationOptions {
  /** For each comparison the shares of its levels among pairs that are not one: they are known. */
  u: readonly (readonly number[])[];
  /** Comparisons that say nothing here: all pairs agree in them, for that is how they were found. */
  without: ReadonlySet<number>;
  /** Default 200. */
  roundsMax?: number;
  /** A share that moves by less than this stands still. Default 0.00001. */
  still?: number;
}

/** The part of the pairs that are one, before anything is known of them. */
const firstMatching = 0.1;
/** How often values are equal where rows are one, before anything is known. */
const firstExact = 0.9;
/** Pairs that every level is taken to have been seen in, so that none is held to be impossible. */
const unseenPairs = 0.5;

/**
 * Learns how pairs that are one differ from all others, though nobody says which are: by turns it reckons for each pattern how
 * likely its pairs are one, and from that how often each level holds among such. It looks at patterns and their counts alone,
 * of which there are some hundreds, however many pairs there are.
 *
 * @see Dempster, Laird and Rubin 1977; Winkler, "Using the EM algorithm for weight computation in the Fellegi-Sunter model", 1988
 */
export function expectationMaximisation(patterns: readonly Pattern[], { u, without, roundsMax = 200, still = 1e-5 }: ExpectationOptions): Expectation {
  const compared = u.map((_, i) => i).filter((i) => !without.has(i));
  let m = u.map((shares) => firstShares(shares.length));
  let matching = firstMatching;
  for (let round = 1; round <= roundsMax; round++) {
    const likely = patterns.map((pattern) => likelihood(pattern, m, u, matching, compared));
    const next = u.map((shares, i) => (without.has(i) ? m[i] : sharesOf(patterns, likely, i, shares.length)));
    const nextMatching = partOf(patterns, likely);
    const moved = Math.max(Math.abs(nextMatching - matching), ...compared.flatMap((i) => next[i].map((share, level) => Math.abs(share - m[i][level]))));
    [m, matching] = [next, nextMatching];
    if (moved < still) return { matching, m, rounds: round, converged: true };
  }
  return { matching, m, rounds: roundsMax, converged: false };
}

function firstShares(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? firstExact : (1 - firstExact) / (count - 1)));
}

/**
 * How likely the pairs of a pattern are one.
 * @param matching - the part of all pairs that are
 * @param compared - the comparisons that count
 */
export function likelihood({ levels }: Pattern, m: readonly (readonly number[])[], u: readonly (readonly number[])[], matching: number, compared: readonly number[]): number {
  let odds = Math.log(matching / (1 - matching));
  for (const i of compared) if (levels[i] >= 0) odds += Math.log(m[i][levels[i]] / u[i][levels[i]]);
  return 1 / (1 + Math.exp(-odds));
}

function partOf(patterns: readonly Pattern[], likely: readonly number[]): number {
  const all = patterns.reduce((sum, { pairs }) => sum + pairs, 0);
  const matching = patterns.reduce((sum, { pairs }, at) => sum + pairs * likely[at], 0);
  return (matching + unseenPairs) / (all + 2 * unseenPairs);
}

/**
 * How the levels of a comparison share the pairs, each pair as much as it weighs.
 * @param weights - for each pattern, from 0 to 1
 */
export function sharesOf(patterns: readonly Pattern[], weights: readonly number[], comparison: number, count: number): number[] {
  const sums = new Array<number>(count).fill(unseenPairs);
  for (const [at, { levels, pairs }] of patterns.entries()) if (levels[comparison] >= 0) sums[levels[comparison]] += pairs * weights[at];
  const all = sums.reduce((sum, each) => sum + each, 0);
  return sums.map((each) => each / all);
}
