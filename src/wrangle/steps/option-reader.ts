import { nearest } from "../../model/names.ts";
import { unfit } from "../nested/wrangle-error.ts";

/** What a list or a table of values in options may hold. */
export type Scalar = string | number | boolean | null;

/**
 * The options of a step, each read once and by its type: they may come from a statement that somebody has written. What
 * nobody has read is not known, and refused by `end`.
 */
export class OptionReader {
  readonly #where: string;
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  /** @param where - the step, for people */
  constructor(where: string, given: Readonly<Record<string, unknown>>) {
    this.#where = where;
    this.#given = given;
  }

  /** Names of columns, at least one, none twice. */
  columns(name: string): string[] {
    const value = this.#take(name);
    const list = typeof value === "string" ? [value] : value;
    if (!isTexts(list) || list.length === 0 || new Set(list).size < list.length) throw this.#unfit(name, value, "name each column once: [\"a\", \"b\"]");
    return list;
  }

  /** Names of columns; none when the option is absent. */
  maybeColumns(name: string): string[] {
    return this.has(name) ? this.columns(name) : [];
  }

  text(name: string, fallback?: string): string {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== "string") throw this.#unfit(name, value, "give a text");
    return value;
  }

  texts(name: string, fallback?: readonly string[]): string[] {
    const value = this.#take(name) ?? fallback;
    if (!isTexts(value)) throw this.#unfit(name, value, "give a list of texts");
    return [...value];
  }

  scalars(name: string, fallback?: readonly Scalar[]): Scalar[] {
    const value = this.#take(name) ?? fallback;
    if (!Array.isArray(value) || !value.every(isScalar)) throw this.#unfit(name, value, "give a list of texts, numbers, true, false or null");
    return [...value];
  }

  number(name: string, { min = -Infinity, max = Infinity, whole = false, fallback }: { min?: number; max?: number; whole?: boolean; fallback?: number } = {}): number {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== "number" || Number.isNaN(value) || value < min || value > max || (whole && !Number.isSafeInteger(value))) {
      throw this.#unfit(name, value, `give a ${whole ? "whole " : ""}number${Number.isFinite(min) ? ` from ${min}` : ""}${Number.isFinite(max) ? ` to ${max}` : ""}`);
    }
    return value;
  }

  flag(name: string, fallback = false): boolean {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== "boolean") throw this.#unfit(name, value, "give true or false");
    return value;
  }

  oneOf<const T extends string>(name: string, words: readonly T[], fallback?: T): T {
    const value = this.#take(name) ?? fallback;
    if (!words.includes(value as T)) throw this.#unfit(name, value, `use one of ${words.join(", ")}`);
    return value as T;
  }

  scalar(name: string, fallback?: Scalar): Scalar {
    const value = this.has(name) ? this.#take(name) : fallback;
    if (!isScalar(value)) throw this.#unfit(name, value, "give a text, a number, true, false or null");
    return value;
  }

  /** Values by name. */
  table(name: string, fallback?: Readonly<Record<string, Scalar>>): Record<string, Scalar> {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.values(value).every(isScalar)) throw this.#unfit(name, value, "give values by name: { a: 1 }");
    return value as Record<string, Scalar>;
  }

  /** Options inside of an option. */
  inner(name: string): OptionReader {
    const value = this.#take(name) ?? {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.#unfit(name, value, "give options by name: { a: 1 }");
    return new OptionReader(`${this.#where}, ${name}`, value as Record<string, unknown>);
  }

  /** A list of whatever the step reads by itself. */
  list(name: string): unknown[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) throw this.#unfit(name, value, "give a list");
    return value;
  }

  /** What the step reads by itself, by names that are free. */
  entries(name: string): [name: string, value: unknown][] {
    const value = this.#take(name);
    if (typeof value !== "object" || value === null || Array.isArray(value) || Object.keys(value).length === 0) throw this.#unfit(name, value, "give something by name: { total: … }");
    return Object.entries(value);
  }

  /** A function; undefined in the data of a step, which says only that there is one. */
  code(name: string): ((...given: never[]) => unknown) | undefined {
    const value = this.#take(name);
    return typeof value === "function" ? (value as () => unknown) : undefined;
  }

  isTable(name: string): boolean {
    const value = this.#take(name);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  isList(name: string): boolean {
    return Array.isArray(this.#take(name));
  }

  has(name: string): boolean {
    this.#read.add(name);
    return this.#given[name] !== undefined;
  }

  /** @throws MillraceError `MR-WRANGLE-001` for an option that the step does not know */
  end(): void {
    const stray = Object.keys(this.#given).find((name) => !this.#read.has(name));
    if (stray === undefined) return;
    const known = [...this.#read];
    const near = nearest(stray, known);
    throw unfit(`there is no option ${JSON.stringify(stray)}`, this.#where, near === undefined ? `use one of ${known.join(", ")}` : `write ${near}`);
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#given[name];
  }

  #unfit(name: string, value: unknown, mend: string): Error {
    return unfit(value === undefined ? `${name} is missing` : `${name} cannot be ${JSON.stringify(value)}`, this.#where, mend);
  }
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === "string");
const isScalar = (value: unknown): value is Scalar => value === null || ["string", "number", "boolean"].includes(typeof value);
