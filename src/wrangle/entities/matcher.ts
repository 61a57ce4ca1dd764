import { MillraceError } from "../../errors.ts";
import type { Cell, Row } from "../steps/cells.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { between, type Match, RecordPairs, type ShareOf } from "./record-pairs.ts";
import type { ReadRules } from "./rules.ts";
import type { EntityModel } from "./trained-model.ts";

export interface MatcherOptions {
  /** The least probability of a match that is given. Default 0.5. */
  probability?: number;
  /** Most rows that a record is compared with. Default 100,000. */
  candidatesMax?: number;
}

export interface EntityMatcherOptions extends MatcherOptions {
  /** Most rows that it is given. They stand in memory: some 400 MB a million. Default 5,000,000. */
  rowsMax?: number;
}

export interface BlockMatcherOptions extends MatcherOptions {
  /**
   * How frequent values are, counted elsewhere: by column, of each value (as a text) the part of the rows with a value that have it, above 0. For comparisons
   * with `frequency`; what is not named counts like any other value.
   */
  frequencies?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const candidatesMaxDefault = 100_000;

/**
 * Finds for single records the rows that they are one with. Rows stand in memory, indexed by each blocking key; a record costs
 * a look-up for each rule and a comparison for each row that is found.
 * What it says is what `pairs` would say of the record and the same rows.
 */
export class EntityMatcher {
  readonly #pairs: RecordPairs;
  readonly #candidatesMax: number;
  readonly #rowsMax: number;
  readonly #rows: Row[] = [];
  readonly #index: Map<string, number[]>[];
  /** Of each comparison that counts frequencies: rows by value, and rows that have one. */
  readonly #frequencies: { rows: Map<string, number>; all: number }[];

  /** @throws MillraceError `MR-WRANGLE-001` when the model does not fit the rules */
  constructor(rules: ReadRules, model: EntityModel, { probability = 0.5, candidatesMax = candidatesMaxDefault, rowsMax = 5_000_000 }: EntityMatcherOptions = {}) {
    this.#pairs = new RecordPairs(rules, model, probability);
    this.#candidatesMax = candidatesMax;
    this.#rowsMax = rowsMax;
    this.#index = rules.block.map(() => new Map());
    this.#frequencies = rules.compare.map(() => ({ rows: new Map(), all: 0 }));
  }

  /** Rows that it has been given. */
  get size(): number {
    return this.#rows.length;
  }

  /**
   * Rows that later records are compared with. The rows are kept as they are, and must not change.
   * @throws MillraceError `MR-WRANGLE-003` for more than `rowsMax` rows; those before are kept
   */
  add(rows: Iterable<Row>): void {
    for (const row of rows) this.#add(row);
  }

  #add(row: Row): void {
    if (this.#rows.length >= this.#rowsMax) throw new MillraceError("MR-WRANGLE-003", { what: `it holds ${this.#rowsMax} rows, and is given more`, where: "the rows that are compared", mend: "use blockMatcher in a stage, which keeps its rows with the stage's state, or raise rowsMax if there is memory" });
    const place = this.#rows.push(row) - 1;
    for (const [rule, key] of this.#pairs.keys(row).entries()) {
      if (key === undefined) continue;
      const places = this.#index[rule].get(key);
      if (places === undefined) this.#index[rule].set(key, [place]);
      else places.push(place);
    }
    for (const [i, { column, frequency }] of this.#pairs.rules.compare.entries()) {
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
    const prepared = this.#pairs.prepare(record);
    const found: Match[] = [];
    for (const [place, rule] of this.#candidates(record)) {
      const row = this.#rows[place];
      const match = this.#pairs.areApart(record, row) ? undefined : this.#pairs.compare<Row>(prepared, row, rule, this.#share);
      if (match !== undefined) found.push(match);
    }
    return found.sort((a, b) => b.weight - a.weight);
  }

  /** Places of rows, with the first rule that finds them. */
  #candidates(record: Row): Map<number, number> {
    const found = new Map<number, number>();
    for (const [rule, key] of this.#pairs.keys(record).entries()) {
      const places = key === undefined ? undefined : this.#index[rule].get(key);
      if (places === undefined) continue;
      if (found.size + places.length > this.#candidatesMax) throw tooMany(this.#pairs.rules, rule, key as string, this.#candidatesMax);
      for (const place of places) if (!found.has(place)) found.set(place, rule + 1);
    }
    return found;
  }

  readonly #share = (i: number, cell: Cell): number => {
    const { rows, all } = this.#frequencies[i];
    return (rows.get(String(cell)) ?? 0) / all;
  };
}

/**
 * Compares records block by block, for a stage that is keyed by blocks and remembers the rows of each: nothing is lost when it
 * ends, and it is spread over processes like any other. No block knows how frequent a value is among all rows: without `frequencies`, `frequency` counts for
 * nothing here.
 */
export class BlockMatcher {
  readonly #pairs: RecordPairs;
  readonly #candidatesMax: number;
  readonly #shareOf: ShareOf;

  /** @throws MillraceError `MR-WRANGLE-001` when the model does not fit the rules */
  constructor(rules: ReadRules, model: EntityModel, { probability = 0.5, candidatesMax = candidatesMaxDefault, frequencies = {} }: BlockMatcherOptions = {}) {
    this.#pairs = new RecordPairs(rules, model, probability);
    this.#candidatesMax = candidatesMax;
    this.#shareOf = countedShares(rules, frequencies);
  }

  /** The blocks that a record is in, at most one for each rule: what a stage is keyed by. */
  blocks(record: object): string[] {
    return this.#pairs.keys(record as Row).flatMap((key, rule) => (key === undefined ? [] : [`${rule + 1}${between}${key}`]));
  }

  /**
   * The rows of a block that a record is likely one with, the likeliest first. A pair that a block of an earlier rule finds is left to that.
   * @throws MillraceError `MR-WRANGLE-003` when there are more than `candidatesMax` rows
   */
  match<R extends object>(block: string, record: object, rows: readonly R[]): Match<R>[] {
    const rule = Number(block.split(between, 1)[0]);
    if (rows.length > this.#candidatesMax) throw tooMany(this.#pairs.rules, rule - 1, block.slice(block.indexOf(between) + 1), this.#candidatesMax);
    const prepared = this.#pairs.prepare(record as Row);
    const earlier = this.#pairs.keys(record as Row).slice(0, rule - 1);
    const isOwn = (row: Row): boolean => !this.#pairs.areApart(prepared.row, row) && !this.#pairs.keys(row).slice(0, rule - 1).some((key, i) => key !== undefined && key === earlier[i]);
    const found = rows.flatMap((row) => (isOwn(row as Row) ? (this.#pairs.compare<R>(prepared, row as R & Row, rule, this.#shareOf) ?? []) : []));
    return found.sort((a, b) => b.weight - a.weight);
  }
}

/** @throws MillraceError `MR-WRANGLE-001` for a column that no comparison asks the frequency of, or a share that is none */
function countedShares({ compare }: ReadRules, frequencies: NonNullable<BlockMatcherOptions["frequencies"]>): ShareOf {
  for (const [column, shares] of Object.entries(frequencies)) {
    if (!compare.some((each) => each.column === column && each.frequency)) throw unfit(`no comparison has a frequency of column ${JSON.stringify(column)}`, "frequencies", "leave it out, or give the comparison frequency: true");
    const wrong = Object.entries(shares).find(([, share]) => !(share > 0 && share <= 1));
    if (wrong !== undefined) throw unfit(`${wrong[1]} is no share of the rows with ${JSON.stringify(wrong[0])}`, `frequencies, column ${JSON.stringify(column)}`, "give a number above 0 and at most 1");
  }
  const byComparison = compare.map(({ column }) => new Map(Object.entries(frequencies[column] ?? {})));
  return (i, cell) => byComparison[i].get(String(cell));
}

function tooMany({ block }: ReadRules, rule: number, key: string, candidatesMax: number): MillraceError {
  return new MillraceError("MR-WRANGLE-003", {
    what: `the record would be compared with more than ${candidatesMax} rows: too many have ${JSON.stringify(key.replaceAll(between, ", ").slice(0, 80))} in common by blocking rule ${rule + 1} (${block[rule].name})`,
    where: "the rows that are compared",
    mend: "make the rule stricter by one more column, make values that stand for none null, or raise candidatesMax",
  });
}
