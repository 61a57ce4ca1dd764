import { MillraceError } from "../../errors.ts";
import type { Cell, Row } from "../steps/cells.ts";
import { levelHolds, Value } from "./levels.ts";
import type { ReadRules } from "./rules.ts";
import { type EntityModel, leastWeight, levelNumber, probabilityOf, readWeights, type Weights } from "./trained-model.ts";

export interface MatcherOptions {
  /** The least probability of a match that is given. Default 0.5. */
  probability?: number;
  /** Most rows that a record is compared with. Default 100,000. */
  candidatesMax?: number;
}

/** A row that a record is likely one with. */
export interface Match {
  row: Row;
  /** The blocking rule by which it was found, from 1. */
  rule: number;
  weight: number;
  probability: number;
  /** What each comparison says: the level by its number (see `entity_pairs`), and the bits that it adds. */
  why: { compared: string; level: number; weight: number }[];
}

/**
 * Finds for single records the rows that they are one with: in TypeScript, in a stage. Rows stand in memory, indexed by each
 * blocking key; a record costs a look-up for each rule and a comparison for each row that is found.
 * What it says is what `pairs` would say of the record and the same rows.
 */
export class EntityMatcher {
  readonly #rules: ReadRules;
  readonly #weights: Weights;
  readonly #least: number;
  readonly #candidatesMax: number;
  readonly #rows: Row[] = [];
  readonly #index: Map<string, number[]>[];
  /** Of each comparison that counts frequencies: rows by value, and rows that have one. */
  readonly #frequencies: { rows: Map<string, number>; all: number }[];

  /** @throws MillraceError `MR-WRANGLE-001` when the model does not fit the rules */
  constructor(rules: ReadRules, model: EntityModel, { probability = 0.5, candidatesMax = 100_000 }: MatcherOptions = {}) {
    this.#rules = rules;
    this.#weights = readWeights(rules, model);
    this.#least = leastWeight(probability);
    this.#candidatesMax = candidatesMax;
    this.#index = rules.block.map(() => new Map());
    this.#frequencies = rules.compare.map(() => ({ rows: new Map(), all: 0 }));
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Rows that later records are compared with. The rows are kept as they are, and must not change. */
  add(rows: Iterable<Row>): void {
    for (const row of rows) this.#add(row);
  }

  #add(row: Row): void {
    const place = this.#rows.push(row) - 1;
    for (const [rule, index] of this.#index.entries()) {
      const key = this.#key(rule, row);
      if (key === undefined) continue;
      const places = index.get(key);
      if (places === undefined) index.set(key, [place]);
      else places.push(place);
    }
    for (const [i, { column, frequency }] of this.#rules.compare.entries()) {
      const cell = row[column];
      if (!frequency || cell === null || cell === undefined) continue;
      const counted = this.#frequencies[i];
      counted.all++;
      counted.rows.set(String(cell), (counted.rows.get(String(cell)) ?? 0) + 1);
    }
  }

  /**
   * The rows that a record is likely one with, the likeliest first. Rows with its own key, or of its own source, are not among them.
   * @throws MillraceError `MR-WRANGLE-003` when it would be compared with more than `candidatesMax` rows
   */
  match(record: Row): Match[] {
    const values = this.#values(record);
    const found: Match[] = [];
    for (const [place, rule] of this.#candidates(record)) {
      const row = this.#rows[place];
      if (this.#isApart(record, row)) continue;
      const match = this.#compare(values, row, rule);
      if (match.weight >= this.#least) found.push(match);
    }
    return found.sort((a, b) => b.weight - a.weight);
  }

  /** Places of rows, with the first rule that finds them. */
  #candidates(record: Row): Map<number, number> {
    const found = new Map<number, number>();
    for (const [rule, index] of this.#index.entries()) {
      const key = this.#key(rule, record);
      const places = key === undefined ? undefined : index.get(key);
      if (places === undefined) continue;
      if (found.size + places.length > this.#candidatesMax) throw this.#tooMany(rule, key as string, places.length);
      for (const place of places) if (!found.has(place)) found.set(place, rule + 1);
    }
    return found;
  }

  #tooMany(rule: number, key: string, count: number): MillraceError {
    const { name } = this.#rules.block[rule];
    return new MillraceError("MR-WRANGLE-003", {
      what: `the record would be compared with more than ${this.#candidatesMax} rows: ${count} of them have ${JSON.stringify(key.replaceAll(between, ", ").slice(0, 80))} in common by blocking rule ${rule + 1} (${name})`,
      where: "matcher",
      mend: "make the rule stricter by one more column, clean values that stand for none, or raise candidatesMax",
    });
  }

  #key(rule: number, row: Row): string | undefined {
    const parts: string[] = [];
    for (const { column, value } of this.#rules.block[rule].parts) {
      const part = value(row[column]);
      if (part === null) return undefined;
      parts.push(String(part));
    }
    return parts.join(between);
  }

  #isApart(record: Row, row: Row): boolean {
    const { key, source } = this.#rules;
    return source === undefined ? row[key] === record[key] : row[source] === record[source];
  }

  #values(row: Row): (Value | undefined)[] {
    return this.#rules.compare.map(({ column }) => valueIn(row[column]));
  }

  #compare(values: readonly (Value | undefined)[], row: Row, rule: number): Match {
    let weight = this.#weights.prior;
    const why = this.#weights.comparisons.map(({ comparison, bits, equalBits }, i) => {
      const [a, b] = [values[i], valueIn(row[comparison.column])];
      if (a === undefined || b === undefined) return { compared: comparison.name, level: -1, weight: 0 };
      const holds = comparison.levels.findIndex((level) => levelHolds(level, a, b));
      const index = holds < 0 ? comparison.levels.length : holds;
      const isCounted = comparison.frequency && comparison.levels[index]?.kind === "exact";
      const bit = isCounted ? bits[index] - equalBits - Math.log2(this.#share(i, b.cell)) : bits[index];
      weight += bit;
      return { compared: comparison.name, level: levelNumber(comparison, index), weight: bit };
    });
    return { row, rule, weight, probability: probabilityOf(weight), why };
  }

  /** The part of rows with a value that have this one. */
  #share(i: number, cell: Cell): number {
    const { rows, all } = this.#frequencies[i];
    return (rows.get(String(cell)) ?? 0) / all;
  }
}

const between = "\u0000";

const valueIn = (cell: Cell | undefined): Value | undefined => (cell === null || cell === undefined ? undefined : new Value(cell));
