import type { Batch, BatchColumn, Header, Vector } from "./batch.ts";
import { isoTimestamp } from "./timestamp.ts";

/** Gives record `index` of a batch as a plain object of the user's own types. Each call makes a new object. */
export type RowReader = (index: number) => Record<string, unknown>;

/** Whether `record` says the same as record `index` of a batch. */
export type RowMatcher = (record: Record<string, unknown>, index: number) => boolean;

type Factory<T> = (vectors: Vector[], iso: typeof isoTimestamp) => T;

/** Compiled code by the shape of what it reads. */
class Compiled<T> {
  readonly #factories = new Map<string, Factory<T>>();
  readonly #write: (columns: BatchColumn[], optional: ReadonlySet<string>) => string;

  constructor(write: (columns: BatchColumn[], optional: ReadonlySet<string>) => string) {
    this.#write = write;
  }

  for(columns: BatchColumn[], optional: ReadonlySet<string>): T {
    const vectors = columns.map((column) => column.vector);
    const signature = JSON.stringify(columns.map(({ name, type }, i) => [name, type, vectors[i].kind, vectors[i].valid !== undefined, optional.has(name)]));
    let factory = this.#factories.get(signature);
    if (!factory) {
      // Shapes are few; a reader of everything must not fill the memory with those that it met once.
      if (this.#factories.size >= factoriesMax) this.#factories.clear();
      factory = new Function("v", "iso", `"use strict"; ${columns.map(setupCode).join(" ")} ${this.#write(columns, optional)}`) as Factory<T>;
      this.#factories.set(signature, factory);
    }
    return factory(vectors, isoTimestamp);
  }
}

const factoriesMax = 1_000;
const readers = new Compiled<RowReader>((columns, optional) => `return (i) => ({ ${columns.map((column, c) => fieldCode(column, c, optional)).join(", ")} });`);
const matchers = new Compiled<RowMatcher>((columns) => `return (r, i) => ${["true", ...columns.map(matchCode)].join(" && ")};`);

/**
 * A reader for the records of `batch`.
 *
 * The reader is compiled for the batch's columns and kept: an object literal with known fields is made some ten times
 * faster than one filled by a loop over the columns. Names are quoted as JSON, so that no name can become code.
 *
 * @param optional - fields that read as `undefined`, not `null`, where the batch holds a null
 * @param fields - the only fields that the records get; the other columns are not even decoded. Default: all
 */
export function rowReader(batch: Batch, optional: ReadonlySet<string> = none, fields?: ReadonlySet<string>): RowReader {
  return readers.for(fields ? batch.columns.filter(({ name }) => fields.has(name)) : batch.columns, optional);
}

/** Tells whether a record that was read from `batch` has been changed since. Fields that are no columns do not count. */
export function rowMatcher(batch: Batch): RowMatcher {
  return matchers.for(batch.columns, none);
}

const none: ReadonlySet<string> = new Set();

function setupCode({ vector }: BatchColumn, c: number): string {
  const values = vector.kind === "str" ? `const d${c} = v[${c}].dictionary.values, a${c} = v[${c}].codes;` : `const a${c} = v[${c}].values;`;
  return vector.valid ? `${values} const n${c} = v[${c}].valid;` : values;
}

function fieldCode({ name, type, vector }: BatchColumn, c: number, optional: ReadonlySet<string>): string {
  const value = valueCode(type, c);
  const guarded = vector.valid ? `n${c}[i] ? ${value} : ${optional.has(name) ? "undefined" : "null"}` : value;
  return `[${JSON.stringify(name)}]: ${guarded}`.replace(/^\["([A-Za-z$][\w$]*)"\]/, "$1");
}

function matchCode({ name, type, vector }: BatchColumn, c: number): string {
  const field = `r[${JSON.stringify(name)}]`;
  // The text of a JSON value is that which `JSON.stringify` once made of it.
  const same = type === "json" ? `JSON.stringify(${field}) === d${c}[a${c}[i]]` : `${field} === ${valueCode(type, c)}`;
  return vector.valid ? `(n${c}[i] ? ${same} : ${field} === null || ${field} === undefined)` : same;
}

function valueCode(type: string, c: number): string {
  switch (type) {
    case "boolean":
      return `a${c}[i] === 1`;
    case "timestamp":
      return `iso(a${c}[i])`;
    case "json":
      return `JSON.parse(d${c}[a${c}[i]])`;
    case "string":
    case "date":
      return `d${c}[a${c}[i]]`;
    default:
      return `a${c}[i]`;
  }
}

/** The headers of record `index`; none where it has none. */
export function headersAt(batch: Batch, index: number): Header[] {
  const { headers } = batch;
  if (!headers || (headers.valid && !headers.valid[index])) return [];
  return JSON.parse(headers.dictionary.at(headers.codes[index])) as Header[];
}

/** The key of record `index`, or null. */
export function keyAt(batch: Batch, index: number): string | null {
  const { keys } = batch;
  if (!keys || (keys.valid && !keys.valid[index])) return null;
  return keys.dictionary.at(keys.codes[index]);
}
