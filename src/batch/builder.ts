import { MillraceError } from "../errors.ts";
import type { Column } from "../model/manifest.ts";
import type { Batch, BatchColumn, Header, Vector } from "./batch.ts";
import { Strings } from "./strings.ts";
import { isDay, isoTimestamp, parseTimestamp } from "./timestamp.ts";

export interface BuilderOptions {
  columns: Column[];
  /** The column whose value is the record's key. */
  key?: string;
  /** The timestamp column that is the record's event time. */
  eventTime?: string;
  /** Named in errors: the stage or source that writes, and the topic. */
  where: string;
}

export interface AppendOptions {
  key?: string | null;
  /** Milliseconds since 1970; default: the event-time column, else `fallbackTime`. */
  eventTime?: number;
  headers?: readonly Header[];
}

/**
 * Collects records into a batch, checking each value against its column's type.
 * A record that does not fit is refused whole and leaves no trace.
 */
export class BatchBuilder {
  #options: BuilderOptions;
  #columns: ColumnBuilder[];
  #write: (record: any, at: number) => void;
  #eventTime = new Float64Array(initialCapacity);
  #ownTimes = false;
  #timeColumn: ColumnBuilder | undefined;
  #keyColumn: ColumnBuilder | undefined;
  #keys: TextBuilder | undefined;
  #headers: TextBuilder | undefined;
  #tombstones: Uint8Array | undefined;
  #capacity = initialCapacity;
  #count = 0;

  constructor(options: BuilderOptions) {
    this.#options = options;
    this.#columns = options.columns.map((column) => columnBuilder(column, options.where));
    this.#timeColumn = this.#columns[options.columns.findIndex((column) => column.name === options.eventTime)];
    this.#keyColumn = this.#columns[options.columns.findIndex((column) => column.name === options.key)];
    this.#write = compileWriter(options.columns, this.#columns, options.where);
  }

  get count(): number {
    return this.#count;
  }

  /**
   * @param record - must be an object with the declared fields and no others that matter: unknown ones are left out
   * @param fallbackTime - event time where neither options nor a column give one, milliseconds
   * @throws MillraceError `MR-ENGINE-004` naming the field
   */
  append(record: object, fallbackTime: number, options?: AppendOptions): void {
    if (typeof record !== "object" || record === null) throw noRecord(record, this.#options.where);
    if (options?.eventTime !== undefined) this.#requireTime(options.eventTime);
    if (this.#count === this.#capacity) this.#grow();
    const at = this.#count;
    // What stands here may be left from a record that was taken back.
    this.#headers?.setNull(at);
    this.#write(record, at);
    const column = this.#timeColumn as NumberBuilder | undefined;
    let time = column && (!column.valid || column.valid[at]) ? column.values[at] : fallbackTime;
    if (options !== undefined) time = this.#extras(at, time, options);
    else if (this.#keys) this.#keys.set(at, this.#columnKey(at));
    this.#requireTime(time);
    this.#eventTime[at] = time;
    if (column && time !== column.values[at]) this.#ownTimes = true;
    this.#count = at + 1;
  }

  #requireTime(time: number): void {
    if (!(Math.abs(time) <= timeMax)) throw refused("event time", time, "a time in milliseconds, within the range of Date", this.#options.where);
  }

  /** The key of record `at` by its key column. The column's text, not the record's value: one key has one spelling. */
  #columnKey(at: number): string | null {
    return this.#keyColumn ? this.#keyColumn.text(at) : null;
  }

  #extras(at: number, time: number, { key, eventTime, headers }: AppendOptions): number {
    if (key !== undefined || this.#keys) this.#ownKeys(at).set(at, key !== undefined ? key : this.#columnKey(at));
    if (headers && headers.length > 0) {
      this.#headers ??= this.#noHeaders(at);
      this.#headers.set(at, JSON.stringify(headers));
    }
    return eventTime ?? time;
  }

  /** Removes `key` from a compacted topic: a record with a key and no value. */
  appendTombstone(key: string, eventTime: number): void {
    this.#requireTime(eventTime);
    if (this.#count === this.#capacity) this.#grow();
    const at = this.#count;
    this.#tombstones ??= new Uint8Array(this.#capacity);
    this.#tombstones[at] = 1;
    for (const column of this.#columns) column.setNull(at);
    this.#headers?.setNull(at);
    this.#ownKeys(at).set(at, key);
    this.#eventTime[at] = eventTime;
    this.#ownTimes = true;
    this.#count = at + 1;
  }

  #noHeaders(count: number): TextBuilder {
    const headers = new TextBuilder({ name: "headers", type: "json", nullable: true }, this.#options.where, this.#capacity);
    for (let i = 0; i < count; i++) headers.setNull(i);
    return headers;
  }

  /** Takes the last record back. */
  pop(): void {
    this.#count--;
  }

  /** From the first record whose key is not its key column's value, keys are a vector of their own. */
  #ownKeys(at: number): TextBuilder {
    if (this.#keys) return this.#keys;
    this.#keys = new TextBuilder({ name: "key", type: "string", nullable: true }, this.#options.where, this.#capacity);
    for (let i = 0; i < at; i++) this.#keys.set(i, this.#columnKey(i));
    return this.#keys;
  }

  #grow(): void {
    this.#capacity *= 2;
    for (const column of [...this.#columns, this.#keys, this.#headers]) column?.grow(this.#capacity);
    this.#eventTime = grown(this.#eventTime, new Float64Array(this.#capacity));
    if (this.#tombstones) this.#tombstones = grown(this.#tombstones, new Uint8Array(this.#capacity));
  }

  /** The records so far as a batch; the builder must not be used afterwards. */
  finish(): Batch {
    const columns = this.#columns.map((column, c): BatchColumn => ({ name: this.#options.columns[c].name, type: this.#options.columns[c].type, vector: column.finish(this.#count) }));
    const time = this.#timeColumn ? columns[this.#columns.indexOf(this.#timeColumn)].vector : undefined;
    return {
      count: this.#count,
      columns,
      eventTime: time?.kind === "f64" && !this.#ownTimes ? time.values : this.#eventTime,
      keys: (this.#keys?.finish(this.#count) as Batch["keys"]) ?? this.#keysFromColumn(columns),
      headers: this.#headers?.finish(this.#count) as Batch["headers"],
      tombstones: this.#tombstones,
    };
  }

  #keysFromColumn(columns: BatchColumn[]): Batch["keys"] {
    if (!this.#keyColumn) return undefined;
    const { vector } = columns[this.#columns.indexOf(this.#keyColumn)];
    if (vector.kind === "str") return vector;
    return textVector(Array.from({ length: this.#count }, (_, i) => this.#keyColumn?.text(i) ?? null));
  }
}

const initialCapacity = 256;
const timeMax = 8.64e15;

/** A vector of text from strings; null where there is none. */
export function textVector(values: (string | null)[]): Extract<Vector, { kind: "str" }> {
  const text = new TextBuilder({ name: "text", type: "string", nullable: true }, "", Math.max(1, values.length));
  values.forEach((value, i) => text.set(i, value));
  return text.finish(values.length);
}

interface ColumnBuilder {
  setNull(at: number): void;
  /** The value as the text of a key. */
  text(at: number): string | null;
  grow(capacity: number): void;
  finish(count: number): Vector;
}

function columnBuilder(column: Column, where: string): ColumnBuilder {
  const text = column.type === "string" || column.type === "date" || column.type === "json";
  return text ? new TextBuilder(column, where, initialCapacity) : new NumberBuilder(column);
}

class NumberBuilder implements ColumnBuilder {
  readonly column: Column;
  values = new Float64Array(initialCapacity);
  valid: Uint8Array | undefined;

  constructor(column: Column) {
    this.column = column;
  }

  set(at: number, value: number): void {
    this.values[at] = value;
    if (this.valid) this.valid[at] = 1;
  }

  setNull(at: number): void {
    this.valid ??= new Uint8Array(this.values.length).fill(1);
    this.valid[at] = 0;
    this.values[at] = 0;
  }

  text(at: number): string | null {
    if (this.valid && !this.valid[at]) return null;
    if (this.column.type === "timestamp") return isoTimestamp(this.values[at]);
    return this.column.type === "boolean" ? String(this.values[at] === 1) : String(this.values[at]);
  }

  grow(capacity: number): void {
    this.values = grown(this.values, new Float64Array(capacity));
    if (this.valid) this.valid = grown(this.valid, new Uint8Array(capacity).fill(1));
  }

  finish(): Vector {
    const { values, valid } = this;
    return this.column.type === "boolean" ? { kind: "bool", values: Uint8Array.from(values), valid } : { kind: "f64", values, valid };
  }
}

/** Text by dictionary, until it shows that most values are new; from then on each value is its own entry. */
class TextBuilder implements ColumnBuilder {
  readonly column: Column;
  readonly where: string;
  codes: Int32Array;
  valid: Uint8Array | undefined;
  #known: Map<string, number> | undefined = new Map();
  #entries: string[] = [];

  constructor(column: Column, where: string, capacity: number) {
    this.column = column;
    this.where = where;
    this.codes = new Int32Array(capacity);
  }

  set(at: number, value: string | null): void {
    if (value === null) return this.setNull(at);
    if (this.valid) this.valid[at] = 1;
    if (this.#known === undefined) {
      this.codes[at] = this.#entries.push(value) - 1;
      return;
    }
    let code = this.#known.get(value);
    if (code === undefined) {
      code = this.#entries.push(value) - 1;
      this.#known.set(value, code);
      if (code > 1_000 && code > at / 2) this.#known = undefined;
    }
    this.codes[at] = code;
  }

  setNull(at: number): void {
    this.valid ??= new Uint8Array(this.codes.length).fill(1);
    this.valid[at] = 0;
    this.codes[at] = 0;
  }

  text(at: number): string | null {
    return this.valid && !this.valid[at] ? null : this.#entries[this.codes[at]];
  }

  grow(capacity: number): void {
    this.codes = grown(this.codes, new Int32Array(capacity));
    if (this.valid) this.valid = grown(this.valid, new Uint8Array(capacity).fill(1));
  }

  finish(count: number): Extract<Vector, { kind: "str" }> {
    return { kind: "str", codes: this.codes.subarray(0, count), dictionary: Strings.of(this.#entries), valid: this.valid };
  }
}

function grown<A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

type Writer = (record: any, at: number) => void;

/** Writes the columns of one record. Compiled once a builder's shape, as in rows.ts, and shared by all its builders. */
function compileWriter(columns: Column[], builders: ColumnBuilder[], where: string): Writer {
  const signature = JSON.stringify(columns);
  let factory = writers.get(signature);
  if (!factory) {
    // Shapes are few; whoever makes new ones without end must not fill the memory with them.
    if (writers.size >= writersMax) writers.clear();
    const setup = columns.map((_, c) => `const b${c} = b[${c}];`).join(" ");
    const body = columns.map((column, c) => writeCode(column, c)).join("\n");
    factory = new Function("b", "bad", "time", "day", "json", `"use strict"; ${setup} return (r, at) => { let x;\n${body}\n};`) as WriterFactory;
    writers.set(signature, factory);
  }
  return factory(builders, (field, value, wants) => refused(field, value, wants, where), parseTimestamp, isDate, jsonText);
}

const writersMax = 1_000;

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8)));
}

/** JSON text; undefined for what JSON cannot say, such as a cycle or a bigint. */
function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

type WriterFactory = (builders: ColumnBuilder[], bad: (field: string, value: unknown, wants: string) => never, time: typeof parseTimestamp, day: typeof isDate, json: typeof jsonText) => Writer;
const writers = new Map<string, WriterFactory>();

function writeCode(column: Column, c: number): string {
  const name = JSON.stringify(column.name);
  const refuse = `bad(${name}, x, ${JSON.stringify(wanted[column.type])})`;
  const absent = column.nullable ? `if (x === null || x === undefined) b${c}.setNull(at); else ` : "";
  return `x = r[${name}]; ${absent}${storeCode(column, c, refuse)}`;
}

function storeCode({ type }: Column, c: number, refuse: string): string {
  switch (type) {
    case "integer":
      return `if (Number.isSafeInteger(x)) b${c}.set(at, x); else ${refuse};`;
    case "number":
      return `if (typeof x === "number") b${c}.set(at, x); else ${refuse};`;
    case "boolean":
      return `if (typeof x === "boolean") b${c}.set(at, x ? 1 : 0); else ${refuse};`;
    case "timestamp":
      return `{ const t = typeof x === "string" ? time(x) : NaN; if (t === t) b${c}.set(at, t); else ${refuse}; }`;
    case "date":
      return `if (typeof x === "string" && day(x)) b${c}.set(at, x); else ${refuse};`;
    case "json":
      return `{ const t = json(x); if (t !== undefined) b${c}.set(at, t); else ${refuse}; }`;
    case "string":
      return `if (typeof x === "string") b${c}.set(at, x); else ${refuse};`;
  }
}

const wanted: Record<Column["type"], string> = {
  string: "a string",
  boolean: "true or false",
  integer: "a whole number within 2 ** 53",
  number: "a number",
  timestamp: "an ISO 8601 timestamp",
  date: "a date as YYYY-MM-DD",
  json: "a JSON value",
};

function noRecord(value: unknown, where: string): MillraceError {
  return new MillraceError("MR-ENGINE-004", { what: `a record must be an object, but is ${shown(value)}`, where, mend: "emit an object with the fields of the schema" });
}

function refused(field: string, value: unknown, wants: string, where: string): never {
  throw new MillraceError("MR-ENGINE-004", {
    what: `field "${field}" must be ${wants}, but is ${value === undefined ? "absent" : `${typeof value === "object" && value !== null ? "an object" : shown(value)}`}`,
    where,
    mend: `set "${field}" to ${wants}, or change the schema`,
  });
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
