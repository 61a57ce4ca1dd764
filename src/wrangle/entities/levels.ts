import { unfit } from "../nested/wrangle-error.ts";
import type { Cell } from "../steps/cells.ts";
import { editDistance } from "../steps/clean/edit-distance.ts";
import { jaroWinkler } from "./similarity/jaro-winkler.ts";
import { tokenOverlap, tokenOverlapSql, tokens, tokensSql } from "./similarity/tokens.ts";

/**
 * How alike two values are.
 *
 * | level | holds for |
 * |---|---|
 * | `"exact"` | equal values |
 * | `{ jaroWinkler: 0.9 }` | texts at least so alike, 0 to 1, where a common beginning counts more |
 * | `{ damerau: 1 }` | texts at most so many letters apart: put in, left out, replaced, swapped. Letters are bytes of UTF-8 |
 * | `{ words: 0.5 }` | texts whose words are the same to at least this part, in any order |
 * | `{ within: 5 }` | numbers at most so far apart |
 * | `{ ratio: 0.1 }` | numbers at most so far apart, as a part of the greater one |
 * | `{ days: 31 }` | dates and times at most so far apart |
 *
 * Texts of more than 1,000 bytes are alike only when they are equal.
 */
export type Level = "exact" | { readonly jaroWinkler: number } | { readonly damerau: number } | { readonly words: number } | { readonly within: number } | { readonly ratio: number } | { readonly days: number };

/** Two values that are compared, as SQL. Neither is null. */
export interface Sides {
  l: string;
  r: string;
}

/** What a level looks at. */
interface LevelKind {
  /** Types of columns that it fits, as the engine writes them. */
  fits: RegExp;
  /** For people. */
  takes: string;
  bounds: [min: number, max: number];
  label(bound: number): string;
  /** What is measured of two values, once for all levels of this kind; null where none of them can hold. */
  measureSql(sides: Sides, widest: number): string;
  holdsSql(measure: string, bound: number): string;
  /** The same for values at hand. */
  holds(a: Value, b: Value, bound: number): boolean;
}

/** A value that is compared, and what was made of it, which is kept for as long as it is. */
export class Value {
  readonly cell: Cell;
  #utf8: Uint8Array | undefined;
  #words: Set<string> | undefined;

  constructor(cell: Cell) {
    this.cell = cell;
  }

  get text(): string {
    return String(this.cell);
  }

  get utf8(): Uint8Array {
    return (this.#utf8 ??= new TextEncoder().encode(this.text));
  }

  get words(): Set<string> {
    return (this.#words ??= tokens(this.text));
  }

  get number(): number {
    return Number(this.cell);
  }

  /** Microseconds since 1970; NaN for what is no time. */
  get time(): number {
    return microseconds(this.text);
  }
}

const bytesMax = 1_000;
const texts = /^VARCHAR$/;
const numbers = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\))$/;
const times = /^(DATE|TIMESTAMP.*)$/;
const dayUs = 86_400e6;

const short = ({ l, r }: Sides, measure: string): string => `case when strlen(${l}) <= ${bytesMax} and strlen(${r}) <= ${bytesMax} then ${measure} end`;
const areShort = (a: Value, b: Value): boolean => a.utf8.length <= bytesMax && b.utf8.length <= bytesMax;
const apart = ({ l, r }: Sides): string => `abs(cast(${l} as DOUBLE) - cast(${r} as DOUBLE))`;

/**
 * False only of texts that are more than `most` letters apart, and known at a thirtieth of what it costs to count those. Of two
 * that are not, Jaro finds all letters of the longer one again but at most so many, for none has moved further than it looks;
 * and of those that it finds at most half are out of order.
 */
function mayBeNear({ l, r }: Sides, most: number): string {
  const longest = `greatest(strlen(${l}), strlen(${r}))`;
  const jaroMin = `(2 * (${longest} - ${most}) / ${longest} + 0.5) / 3 - 1e-9`;
  return `abs(strlen(${l}) - strlen(${r})) <= ${most} and (${longest} < ${2 * most + 4} or jaro_similarity(${l}, ${r}) >= ${jaroMin})`;
}

const kinds: Record<string, LevelKind> = {
  jaroWinkler: {
    ...{ fits: texts, takes: "text", bounds: [0, 1] },
    label: (bound) => `Jaro-Winkler >= ${bound}`,
    measureSql: (sides) => short(sides, `jaro_winkler_similarity(${sides.l}, ${sides.r})`),
    holdsSql: (measure, bound) => `${measure} >= ${bound}::DOUBLE`,
    holds: (a, b, bound) => areShort(a, b) && jaroWinkler(a.utf8, b.utf8) >= bound,
  },
  damerau: {
    ...{ fits: texts, takes: "text", bounds: [1, 100] },
    label: (bound) => `Damerau-Levenshtein <= ${bound}`,
    measureSql: (sides, widest) => short(sides, `case when ${mayBeNear(sides, widest)} then damerau_levenshtein(${sides.l}, ${sides.r}) end`),
    holdsSql: (measure, bound) => `${measure} <= ${bound}`,
    holds: (a, b, bound) => areShort(a, b) && Math.abs(a.utf8.length - b.utf8.length) <= bound && editDistance(a.text, b.text) <= bound,
  },
  words: {
    ...{ fits: texts, takes: "text", bounds: [0, 1] },
    label: (bound) => `common words >= ${bound}`,
    measureSql: (sides) => short(sides, tokenOverlapSql(tokensSql(sides.l), tokensSql(sides.r))),
    holdsSql: (measure, bound) => `${measure} >= ${bound}::DOUBLE`,
    holds: (a, b, bound) => areShort(a, b) && tokenOverlap(a.words, b.words) >= bound,
  },
  within: {
    ...{ fits: numbers, takes: "a number", bounds: [0, 1e300] },
    label: (bound) => `within ${bound}`,
    measureSql: apart,
    // In SQL NaN is the greatest number, in JavaScript it is no match for any.
    holdsSql: (measure, bound) => `${measure} <= ${bound}::DOUBLE`,
    holds: (a, b, bound) => Math.abs(a.number - b.number) <= bound,
  },
  ratio: {
    ...{ fits: numbers, takes: "a number", bounds: [0, 1] },
    label: (bound) => `within ${bound * 100} %`,
    measureSql: (sides) => `${apart(sides)} / nullif(greatest(abs(cast(${sides.l} as DOUBLE)), abs(cast(${sides.r} as DOUBLE))), 0)`,
    holdsSql: (measure, bound) => `${measure} <= ${bound}::DOUBLE`,
    holds: (a, b, bound) => Math.abs(a.number - b.number) / Math.max(Math.abs(a.number), Math.abs(b.number)) <= bound,
  },
  days: {
    ...{ fits: times, takes: "a date or a time", bounds: [0, 1e6] },
    label: (bound) => `within ${bound} days`,
    measureSql: ({ l, r }) => `abs(epoch_us(cast(${l} as TIMESTAMP)) - epoch_us(cast(${r} as TIMESTAMP)))`,
    holdsSql: (measure, bound) => `${measure} <= ${bound * dayUs}::DOUBLE`,
    holds: (a, b, bound) => Math.abs(a.time - b.time) <= bound * dayUs,
  },
};

/** A level that was read. */
export interface ReadLevel {
  kind: string;
  bound: number;
  /** For people. */
  label: string;
}

/** @throws MillraceError `MR-WRANGLE-001` */
export function readLevel(given: unknown, where: string): ReadLevel {
  if (given === "exact") return { kind: "exact", bound: 0, label: "exact" };
  const [[kind, bound] = [], ...more] = typeof given === "object" && given !== null ? (Object.entries(given) as [string, unknown][]) : [];
  if (kind === undefined || more.length > 0 || !Object.hasOwn(kinds, kind)) throw unfit(`${JSON.stringify(given)} is no level`, where, `write "exact", or one of ${Object.keys(kinds).map((name) => `{ ${name}: … }`).join(", ")}`);
  const { bounds: [min, max], label } = kinds[kind];
  if (typeof bound !== "number" || !(bound >= min && bound <= max) || (kind === "damerau" && !Number.isInteger(bound))) throw unfit(`${kind} cannot be ${JSON.stringify(bound)}`, where, `give a ${kind === "damerau" ? "whole " : ""}number from ${min} to ${max}`);
  return { kind, bound, label: label(bound) };
}

/** @throws MillraceError `MR-WRANGLE-001` when a level cannot look at values of this type */
export function checkLevelType({ kind }: ReadLevel, type: string, column: string, where: string): void {
  if (kind === "exact" || kinds[kind].fits.test(type)) return;
  throw unfit(`${kind} takes ${kinds[kind].takes}, and column ${JSON.stringify(column)} is ${type}`, where, "compare it by another level, or cast the column first");
}

/** What must be measured for some levels, each once, by its kind. */
export function measuresOf(levels: readonly ReadLevel[], sides: Sides): Map<string, string> {
  const widest = (kind: string) => Math.max(...levels.filter((level) => level.kind === kind).map(({ bound }) => bound));
  return new Map(levels.filter(({ kind }) => kind !== "exact").map(({ kind }) => [kind, kinds[kind].measureSql(sides, widest(kind))]));
}

/** Whether a level holds. @param measure - what was measured of its kind */
export function levelSql({ kind, bound }: ReadLevel, { l, r }: Sides, measure: string | undefined): string {
  return kind === "exact" ? `${l} = ${r}` : kinds[kind].holdsSql(measure as string, bound);
}

export function levelHolds({ kind, bound }: ReadLevel, a: Value, b: Value): boolean {
  return kind === "exact" ? sameValue(a.cell, b.cell) : kinds[kind].holds(a, b, bound);
}

/** As the engine has it: NaN is equal to itself, and 0 to -0. */
function sameValue(a: Cell, b: Cell): boolean {
  if (typeof a === "object" || typeof b === "object") return JSON.stringify(a) === JSON.stringify(b);
  return a === b || (a !== a && b !== b);
}

/** Of a date or a time as the engine prints it; NaN where there is no day of that name. */
function microseconds(text: string): number {
  const [, date, time = "00:00:00", fraction = ""] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:Z|\+00(?::00)?)?)?$/.exec(text) ?? [];
  const ms = date === undefined ? Number.NaN : Date.parse(`${date}T${time}Z`);
  // The 30th of February is read as the 2nd of March.
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(date as string) ? Number.NaN : ms * 1_000 + Number(fraction.padEnd(6, "0"));
}
