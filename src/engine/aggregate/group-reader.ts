import type { Batch, Vector } from "../../batch/batch.ts";
import type { Column } from "../../model/manifest.ts";
import { type BatchColumns, isText } from "./batch-columns.ts";
import type { GroupPart, GroupTable } from "./group-table.ts";

/** Stands for a record that belongs to no group: one that only deletes its key. */
const noGroup = -1;

/**
 * Finds the group of each record of a batch. A value is looked up once a batch, however many records carry it: text goes
 * by its code in the batch's dictionary, and several fields by pairs of such codes.
 */
export class GroupReader {
  readonly #fields: Column[];
  readonly #columns: BatchColumns;
  readonly #groups: GroupTable;
  #ids = new Int32Array(0);
  #ofCode = new Int32Array(0);

  constructor(fields: Column[], columns: BatchColumns, groups: GroupTable) {
    this.#fields = fields;
    this.#columns = columns;
    this.#groups = groups;
  }

  /** Group numbers by record, or `noGroup`; valid until the next call. The batch must be bound to the columns. */
  read(batch: Batch): Int32Array {
    if (this.#ids.length < batch.count) this.#ids = new Int32Array(batch.count);
    const [field] = this.#fields;
    if (this.#fields.length === 1 && isText(field.type)) this.#readText(field, batch.count);
    else this.#readParts(batch.count);
    if (batch.tombstones) for (let i = 0; i < batch.count; i++) if (batch.tombstones[i]) this.#ids[i] = noGroup;
    return this.#ids;
  }

  #readText({ name }: Column, count: number): void {
    const column = this.#columns.texts(name);
    if (column === undefined) {
      this.#ids.fill(this.#groups.idOfPart(null), 0, count);
      return;
    }
    const { codes, valid } = column;
    const { blob, ends } = column.dictionary.utf8;
    const ofCode = this.#noneKnown(ends.length);
    const ids = this.#ids;
    for (let i = 0; i < count; i++) {
      if (valid !== undefined && valid[i] === 0) {
        ids[i] = this.#groups.idOfPart(null);
        continue;
      }
      const code = codes[i];
      let id = ofCode[code];
      if (id < 0) ofCode[code] = id = this.#groups.idOfText(blob, code === 0 ? 0 : ends[code - 1], ends[code]);
      ids[i] = id;
    }
  }

  #readParts(count: number): void {
    const readers = this.#fields.map((field) => partReader(field, this.#columns));
    const coded = readers.map((reader) => reader.coded(count)).reduce(combine, { codes: undefined, size: 1 });
    if (coded.codes === undefined) this.#ids.fill(this.#groups.idOf(readers.map((reader) => reader.part(0))), 0, count);
    else this.#lookUp(coded.codes, coded.size, count, readers);
  }

  #noneKnown(size: number): Int32Array {
    if (this.#ofCode.length < size) this.#ofCode = new Int32Array(size);
    return this.#ofCode.fill(-1, 0, size);
  }

  #lookUp(codes: Int32Array, size: number, count: number, readers: PartReader[]): void {
    const ofCode = this.#noneKnown(size);
    const ids = this.#ids;
    for (let i = 0; i < count; i++) {
      let id = ofCode[codes[i]];
      if (id < 0) ofCode[codes[i]] = id = this.#groups.idOf(readers.map((reader) => reader.part(i)));
      ids[i] = id;
    }
  }
}

/** Small numbers for the values of a column, 0 to `size - 1`. Without codes all records have the same value. */
interface Coded {
  codes: Int32Array | undefined;
  size: number;
}

interface PartReader {
  coded(count: number): Coded;
  part(row: number): GroupPart;
}

function partReader(field: Column, columns: BatchColumns): PartReader {
  return isText(field.type) ? textReader(field, columns) : numberReader(field, columns);
}

const allNull: PartReader = { coded: () => ({ codes: undefined, size: 1 }), part: () => null };

function textReader({ name }: Column, columns: BatchColumns): PartReader {
  const column = columns.texts(name);
  if (column === undefined) return allNull;
  const { codes, valid } = column;
  const { values } = column.dictionary;
  return {
    coded: (count) => (valid ? { codes: withNull(codes, valid, values.length, count), size: values.length + 1 } : { codes, size: values.length }),
    part: (row) => (valid && !valid[row] ? null : values[codes[row]]),
  };
}

function withNull(codes: Int32Array, valid: NonNullable<Vector["valid"]>, nullCode: number, count: number): Int32Array {
  const all = new Int32Array(count);
  for (let i = 0; i < count; i++) all[i] = valid[i] ? codes[i] : nullCode;
  return all;
}

function numberReader({ name, type }: Column, columns: BatchColumns): PartReader {
  const column = columns.numbers(name);
  if (column === undefined) return allNull;
  const { values, valid } = column;
  // User code sees a timestamp without its fraction, so two that look the same must be one group.
  const part = (row: number): GroupPart => (valid && !valid[row] ? null : type === "timestamp" ? Math.floor(values[row]) : values[row]);
  return {
    part,
    coded(count) {
      const known = new Map<GroupPart, number>();
      const codes = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        const value = part(i);
        let code = known.get(value);
        if (code === undefined) known.set(value, (code = known.size));
        codes[i] = code;
      }
      return { codes, size: known.size };
    },
  };
}

/** Codes for the pairs of two columns' codes. */
function combine(a: Coded, b: Coded): Coded {
  if (a.codes === undefined) return b;
  if (b.codes === undefined) return a;
  return a.size * b.size <= denseMax ? combineDense(a.codes, b.codes, a.size, b.size) : combineSparse(a.codes, b.codes, b.size);
}

/** Pairs up to which a table of all pairs is cheaper than a map of those that occur. */
const denseMax = 1 << 18;

function combineDense(a: Int32Array, b: Int32Array, aSize: number, bSize: number): Coded {
  const known = new Int32Array(aSize * bSize).fill(-1);
  const count = Math.min(a.length, b.length);
  const codes = new Int32Array(count);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const pair = a[i] * bSize + b[i];
    if (known[pair] < 0) known[pair] = size++;
    codes[i] = known[pair];
  }
  return { codes, size };
}

function combineSparse(a: Int32Array, b: Int32Array, bSize: number): Coded {
  const known = new Map<number, number>();
  const count = Math.min(a.length, b.length);
  const codes = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const pair = a[i] * bSize + b[i];
    let code = known.get(pair);
    if (code === undefined) known.set(pair, (code = known.size));
    codes[i] = code;
  }
  return { codes, size: known.size };
}
