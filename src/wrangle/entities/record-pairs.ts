import type { Cell, Row } from "../steps/cells.ts";
import { levelHolds, Value } from "./levels.ts";
import type { ReadRules } from "./rules.ts";
import { type EntityModel, leastWeight, levelNumber, probabilityOf, readWeights, type Weights } from "./trained-model.ts";

/** A row that a record is likely one with. */
export interface Match<R = Row> {
  row: R;
  /** The blocking rule by which it was found, from 1. */
  rule: number;
  weight: number;
  probability: number;
  /** What each comparison says: the level by its number, from 0 for "else" up to how many there are, -1 for a null; and the bits that it adds. */
  why: { compared: string; level: number; weight: number }[];
}

/** The part of rows with a value that have this one; undefined where nobody has counted. */
export type ShareOf = (comparison: number, cell: Cell) => number | undefined;

/** A record as it is compared with many. */
export interface PreparedRecord {
  row: Row;
  values: readonly (Value | undefined)[];
}

/** Blocks and compares single records: the form in TypeScript of what `entity_pairs` does in SQL. */
export class RecordPairs {
  readonly rules: ReadRules;
  readonly #weights: Weights;
  readonly #least: number;

  /** @throws MillraceError `MR-WRANGLE-001` when the model does not fit the rules */
  constructor(rules: ReadRules, model: EntityModel, probability: number) {
    this.rules = rules;
    this.#weights = readWeights(rules, model);
    this.#least = leastWeight(probability);
  }

  /** For each blocking rule the key of a row; undefined where the rule does not find it. */
  keys(row: Row): (string | undefined)[] {
    return this.rules.block.map(({ parts }) => {
      const values = parts.map(({ column, value }) => value(row[column]));
      return values.includes(null) ? undefined : values.map(String).join(between);
    });
  }

  /** Whether the two are never a pair: one row, or rows of one source. */
  areApart(a: Row, b: Row): boolean {
    const { key, source } = this.rules;
    return source === undefined ? a[key] === b[key] : a[source] === b[source];
  }

  prepare(row: Row): PreparedRecord {
    return { row, values: this.rules.compare.map(({ column }) => valueIn(row[column])) };
  }

  /** The pair, when it is likely enough. */
  compare<R>({ values }: PreparedRecord, row: R & Row, rule: number, shareOf: ShareOf): Match<R> | undefined {
    let weight = this.#weights.prior;
    const why = this.#weights.comparisons.map(({ comparison, bits, equalBits }, i) => {
      const [a, b] = [values[i], valueIn(row[comparison.column])];
      if (a === undefined || b === undefined) return { compared: comparison.name, level: -1, weight: 0 };
      const holds = comparison.levels.findIndex((level) => levelHolds(level, a, b));
      const index = holds < 0 ? comparison.levels.length : holds;
      const share = comparison.frequency && comparison.levels[index]?.kind === "exact" ? shareOf(i, b.cell) : undefined;
      const added = share === undefined ? bits[index] : bits[index] - equalBits - Math.log2(share);
      weight += added;
      return { compared: comparison.name, level: levelNumber(comparison, index), weight: added };
    });
    return weight >= this.#least ? { row, rule, weight, probability: probabilityOf(weight), why } : undefined;
  }
}

/** Stands between the parts of a key. */
export const between = "\u0000";

const valueIn = (cell: Cell | undefined): Value | undefined => (cell === null || cell === undefined ? undefined : new Value(cell));
