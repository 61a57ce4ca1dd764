import { unfit } from "../nested/wrangle-error.ts";
import type { ReadComparison, ReadRules } from "./rules.ts";

/**
 * What was learned of how rows that are one resemble each other, as Fellegi and Sunter have it: plain data, to be printed,
 * looked at by a person, and kept as code.
 */
export interface EntityModel {
  /** The part of all pairs that are one, over 0 and below 1. */
  readonly prior: number;
  /** By the comparison's name: how often its levels hold, from the strictest to "else". Each list adds up to 1. */
  readonly levels: Readonly<Record<string, LevelShares>>;
}

export interface LevelShares {
  /** Among pairs that are one. */
  readonly m: readonly number[];
  /** Among pairs that are not. */
  readonly u: readonly number[];
}

/** What a comparison adds to the weight of a pair. */
export interface ComparisonWeights {
  comparison: ReadComparison;
  /** In bits, by level, from the strictest to "else". */
  bits: number[];
  /** Bits that an equal value adds, to which those of its rareness come: log2(1 / its share of all values) less this. */
  equalBits: number;
}

/** A model as it is reckoned with. */
export interface Weights {
  /** Bits before anything was compared: mostly far below 0. */
  prior: number;
  comparisons: ComparisonWeights[];
}

/**
 * The weights of a model.
 * @throws MillraceError `MR-WRANGLE-001` for a model that does not fit the rules, or whose numbers cannot be
 */
export function readWeights(rules: ReadRules, given: unknown): Weights {
  if (given === undefined) throw unfit("there is no model", "model", "train one: await found.train(…), and keep what it prints as code");
  const { prior, levels } = (typeof given === "object" && given !== null ? given : {}) as { prior?: unknown; levels?: unknown };
  if (typeof prior !== "number" || !(prior > 0 && prior < 1)) throw unfit(`the prior is ${JSON.stringify(prior)}`, "model", "give the part of all pairs that are one: a number over 0 and below 1");
  const byName = (typeof levels === "object" && levels !== null ? levels : {}) as Record<string, unknown>;
  const comparisons = rules.compare.map((comparison) => weightsOf(comparison, Object.hasOwn(byName, comparison.name) ? byName[comparison.name] : undefined));
  const stray = Object.keys(byName).find((name) => !rules.compare.some((comparison) => comparison.name === name));
  if (stray !== undefined) throw unfit(`the model knows ${JSON.stringify(stray)}, which is not compared`, "model", "train it anew for these rules");
  return { prior: Math.log2(prior / (1 - prior)), comparisons };
}

function weightsOf(comparison: ReadComparison, given: unknown): ComparisonWeights {
  const { m, u } = (given ?? {}) as { m?: unknown; u?: unknown };
  const count = comparison.levels.length + 1;
  for (const [name, shares] of Object.entries({ m, u })) {
    if (!isShares(shares, count)) throw unfit(`${name} of ${JSON.stringify(comparison.name)} is no list of ${count} shares over 0`, "model", "train it anew for these rules: a share for each level and one for else");
  }
  const [of, other] = [m as number[], u as number[]];
  const exact = comparison.levels.findIndex(({ kind }) => kind === "exact");
  return { comparison, bits: of.map((share, i) => Math.log2(share / other[i])), equalBits: exact < 0 ? 0 : -Math.log2(other[exact]) };
}

const isShares = (shares: unknown, count: number): shares is number[] => Array.isArray(shares) && shares.length === count && shares.every((share) => typeof share === "number" && share > 0 && share <= 1);

/**
 * The level of a comparison, by its number: from as many as there are levels, for the strictest, to 0 for "else"; -1 where a
 * null says nothing.
 */
export const levelNumber = (comparison: ReadComparison, index: number): number => comparison.levels.length - index;

/** The weight of a probability, in bits. */
export const leastWeight = (probability: number): number => Math.log2(probability / (1 - probability));

/** The probability of a weight. */
export const probabilityOf = (weight: number): number => 1 / (1 + 2 ** -weight);

/** The model as TypeScript: its numbers with what they mean beside them. */
export function printModel(model: EntityModel, rules: ReadRules): string {
  const rows = rules.compare.map(({ name, levels }) => {
    const { m, u } = model.levels[name];
    const bits = m.map((share, i) => signed(Math.log2(share / u[i])));
    return `    // ${[...levels.map(({ label }) => label), "else"].map((label, i) => `${label}: ${bits[i]}`).join(", ")}\n    ${JSON.stringify(name)}: { m: [${m.map(shortNumber).join(", ")}], u: [${u.map(shortNumber).join(", ")}] },`;
  });
  return `{\n  prior: ${shortNumber(model.prior)},\n  levels: {\n${rows.join("\n")}\n  },\n}`;
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));
const signed = (bits: number): string => `${bits < 0 ? "" : "+"}${bits.toFixed(1)} bits`;
