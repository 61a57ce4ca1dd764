import type { Batch, BatchColumn, Header, Vector } from "./batch.ts";
import { isoTimestamp } from "./timestamp.ts";

/** Gives record `index` of a batch as a plain object of the user's own types. Each call makes a new object. */
export interface RowReader {
  (index: number): Record<string, unknown>;
  /** Whether an object that was made for `index` still says what the batch says. */
  unchanged(record: object, index: number): boolean;
}

type ReaderFactory = (vectors: Vector[], iso: typeof isoTimestamp) => RowReader;

const factories = new Map<string, ReaderFactory>();
const factoriesMax = 1_000;

/**
 * A reader for the records of `batch`.
 *
 * The reader is compiled for the batch's columns and kept: an object literal with known fields is made some ten times
 * faster than one filled by a loop over the columns. Names are quoted as JSON, so that no name can become code.
 *
 * @param optional - fields that read as `undefined`, not `null`, where the batch holds a null
 * @param fields - the fields that are wanted; the columns of all others are not even decoded. Default: all
 */
export function rowReader(batch: Batch, optional: ReadonlySet<string> = none, fields?: ReadonlySet<string>): RowReader {
  const columns = fields ? batch.columns.filter(({ name }) => fields.has(name)) : batch.columns;
  const vectors = columns.map((column) => column.vector);
  const signature = JSON.stringify(columns.map(({ name, type }, i) => [name, type, vectors[i].kind, vectors[i].valid !== undefined, optional.has(name)]));
  let factory = factories.get(signature);
  if (!factory) {
    // Shapes are few; a reader of everything must not fill the memory with those that it met once.
    if (factories.size >= factoriesMax) factories.clear();
    factory = compile(columns, vectors, optional);
    factories.set(signature, factory);
  }
  return factory(vectors, isoTimestamp);
}

const none: ReadonlySet<string> = new Set();

function compile(columns: BatchColumn[], vectors: Vector[], optional: ReadonlySet<string>): ReaderFactory {
  const setup: string[] = [];
  const same: string[] = [];
  const fields = columns.map(({ name, type }, c) => {
    const vector = vectors[c];
    if (vector.kind === "str") setup.push(`const d${c} = v[${c}].dictionary.values, a${c} = v[${c}].codes;`);
    else setup.push(`const a${c} = v[${c}].values;`);
    if (vector.valid) setup.push(`const n${c} = v[${c}].valid;`);
    const value = valueCode(type, c);
    const guarded = vector.valid ? `n${c}[i] ? ${value} : ${optional.has(name) ? "undefined" : "null"}` : value;
    same.push(sameCode(type, c, `r[${JSON.stringify(name)}]`, vector.valid !== undefined, value));
    return `[${JSON.stringify(name)}]: ${guarded}`.replace(/^\["([A-Za-z$][\w$]*)"\]/, "$1");
  });
  return new Function("v", "iso", `"use strict"; ${setup.join(" ")} const read = (i) => ({ ${fields.join(", ")} }); read.unchanged = (r, i) => ${same.join(" && ") || "true"}; return read;`) as ReaderFactory;
}

/** Says whether `field` is what is read from the column. A JSON value may have been changed inside. */
function sameCode(type: string, c: number, field: string, nullable: boolean, value: string): string {
  const equal = type === "json" ? `JSON.stringify(${field}) === d${c}[a${c}[i]]` : type === "number" || type === "integer" ? `Object.is(${field}, ${value})` : `${field} === ${value}`;
  return nullable ? `(n${c}[i] ? ${equal} : ${field} == null)` : equal;
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
