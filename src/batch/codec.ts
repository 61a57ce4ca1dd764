import { MillraceError } from "../errors.ts";
import type { ColumnType } from "../model/manifest.ts";
import type { Batch, BatchColumn, Vector } from "./batch.ts";
import { Strings } from "./strings.ts";

/*
 * A batch in bytes:
 *
 *   u32 magic "MRB1" | u32 length of the header | header, JSON in UTF-8 | buffers
 *
 * Everything begins at a multiple of 8 from the start, so that typed arrays can be laid over it. The header lists the
 * columns; each numeric vector is stored in the fewest bytes that hold it: value = base + unit * raw, raw unsigned in 0,
 * 1, 2 or 4 bytes, or 8 bytes of float64 where that loses anything. Text is a dictionary of UTF-8 and codes of 0, 1, 2 or
 * 4 bytes; with as many entries as records in the same order the codes are left out. Nulls are a bit each.
 */

const magic = 0x3142_524d; // "MRB1", little-endian

/** Numbers: [kind, width in bytes (8: float64), base, unit, offset, offset of validity bits or -1]. */
type NumberSpec = ["i32" | "f64" | "bool", number, number, number, number, number];
/** Text: ["str", entries, width of codes (0: identity, -1: all zero), codes, lengths width, lengths, blob, blob bytes, ascii, validity or -1]. */
type TextSpec = ["str", number, number, number, number, number, number, number, 0 | 1, number];
type VectorSpec = NumberSpec | TextSpec;

interface Header {
  n: number;
  c: [name: string, type: ColumnType, vector: VectorSpec][];
  /** Event time: the index of the column that holds it, or a vector of its own. */
  t: number | VectorSpec;
  /** Keys and headers: likewise. */
  k?: number | VectorSpec;
  h?: VectorSpec;
  /** Tombstones; relative offsets. */
  x?: VectorSpec;
  o?: VectorSpec;
}

/**
 * @param offsets - offset of each record from the first that its entry began with; absent for a batch without gaps.
 *   What stands in `batch.offsets` is where it was read, and does not count.
 * @returns the batch in bytes; its length is a multiple of 8
 */
export function encodeBatch(batch: Batch, offsets?: Int32Array): Uint8Array {
  const out = new Buffers();
  const columns = batch.columns.map(({ name, type, vector }): Header["c"][number] => [name, type, writeVector(out, vector, batch.count, type)]);
  const time = batch.columns.findIndex((column) => column.type === "timestamp" && column.vector.kind === "f64" && column.vector.values === batch.eventTime);
  const key = batch.keys ? batch.columns.findIndex((column) => column.vector === batch.keys) : -1;
  const header: Header = {
    n: batch.count,
    c: columns,
    t: time >= 0 ? time : writeVector(out, { kind: "f64", values: batch.eventTime }, batch.count, "timestamp"),
    k: batch.keys && (key >= 0 ? key : writeVector(out, batch.keys, batch.count, "string")),
    h: batch.headers && writeVector(out, batch.headers, batch.count, "json"),
    x: batch.tombstones && writeVector(out, { kind: "bool", values: batch.tombstones }, batch.count, "boolean"),
    o: offsets && writeVector(out, { kind: "i32", values: offsets }, batch.count, "integer"),
  };
  return out.join(Buffer.from(JSON.stringify(header), "utf8"));
}

/**
 * Columns are decoded when they are first looked at.
 *
 * @param bytes - as made by `encodeBatch`; must not change afterwards
 * @throws MillraceError `MR-DATA-002` when the bytes are no batch
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  // A copy in any case: `slice` of a Buffer would be a view of the same bytes, laid no better.
  if (bytes.byteOffset % 8 !== 0) bytes = new Uint8Array(bytes);
  if (bytes.byteLength < 8) throw damaged("it is shorter than its fixed part");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(4, true);
  if (view.getUint32(0, true) !== magic) throw damaged("it does not begin with MRB1");
  if (8 + headerBytes > bytes.byteLength) throw damaged("its header is cut off");
  const base = bytes.byteOffset + align(8 + headerBytes);
  return new DecodedBatch(readHeader(bytes.subarray(8, 8 + headerBytes)), { buffer: bytes.buffer, base, end: bytes.byteOffset + bytes.byteLength });
}

function readHeader(json: Uint8Array): Header {
  let header: Header;
  try {
    header = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8")) as Header;
  } catch (cause) {
    throw damaged("its header is not JSON", cause);
  }
  const sound = Number.isInteger(header?.n) && header.n >= 0 && Array.isArray(header.c) && header.c.every((column) => Array.isArray(column) && Array.isArray(column[2]));
  if (!sound || (typeof header.t === "number" ? !header.c[header.t] : !Array.isArray(header.t))) throw damaged("its header does not describe a batch");
  return header;
}

/** The bytes behind a header: from `base`, up to `end`. What lies past it belongs to another batch. */
interface Body {
  buffer: ArrayBufferLike;
  base: number;
  end: number;
}

class DecodedBatch implements Batch {
  readonly count: number;
  readonly columns: BatchColumn[];
  readonly #header: Header;
  readonly #read: (spec: VectorSpec) => Vector;
  #eventTime: Float64Array | undefined;
  #keys: Batch["keys"];
  #headers: Batch["headers"];
  #tombstones: Uint8Array | undefined;
  #offsets: Int32Array | undefined;

  constructor(header: Header, body: Body) {
    this.#header = header;
    this.count = header.n;
    this.#read = (spec) => readVector(spec, header.n, body);
    this.columns = header.c.map(([name, type, spec]) => new DecodedColumn(name, type, () => this.#read(spec)));
  }

  get eventTime(): Float64Array {
    const { t } = this.#header;
    this.#eventTime ??= ((typeof t === "number" ? this.columns[t].vector : this.#read(t)) as Extract<Vector, { kind: "f64" }>).values;
    return this.#eventTime;
  }

  get keys(): Batch["keys"] {
    const { k } = this.#header;
    if (k === undefined) return undefined;
    this.#keys ??= (typeof k === "number" ? this.columns[k].vector : this.#read(k)) as Batch["keys"];
    return this.#keys;
  }

  get headers(): Batch["headers"] {
    const { h } = this.#header;
    if (h !== undefined) this.#headers ??= this.#read(h) as Batch["headers"];
    return this.#headers;
  }

  get tombstones(): Uint8Array | undefined {
    const { x } = this.#header;
    if (x !== undefined) this.#tombstones ??= (this.#read(x) as Extract<Vector, { kind: "bool" }>).values;
    return this.#tombstones;
  }

  get offsets(): Int32Array | undefined {
    const { o } = this.#header;
    if (o !== undefined) this.#offsets ??= (this.#read(o) as Extract<Vector, { kind: "i32" }>).values;
    return this.#offsets;
  }
}

class DecodedColumn implements BatchColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly #read: () => Vector;
  #vector: Vector | undefined;

  constructor(name: string, type: ColumnType, read: () => Vector) {
    this.name = name;
    this.type = type;
    this.#read = read;
  }

  get vector(): Vector {
    this.#vector ??= this.#read();
    return this.#vector;
  }
}

const align = (bytes: number): number => (bytes + 7) & ~7;

/** Buffers one behind the other, each at a multiple of 8. */
class Buffers {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** @returns where it will begin, from the end of the header */
  add(part: ArrayBufferView): number {
    const at = this.#bytes;
    this.#parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    this.#bytes = align(at + part.byteLength);
    return at;
  }

  join(header: Uint8Array): Uint8Array {
    const base = align(8 + header.byteLength);
    // Every byte is written below, so nothing need be zeroed first: for a batch of 200 KB that is half the cost of the copy.
    const out = new Uint8Array(Buffer.allocUnsafeSlow(base + this.#bytes).buffer);
    const view = new DataView(out.buffer);
    view.setUint32(0, magic, true);
    view.setUint32(4, header.byteLength, true);
    out.set(header, 8);
    out.fill(0, 8 + header.byteLength, base);
    let at = base;
    for (const part of this.#parts) {
      out.set(part, at);
      const end = at + part.byteLength;
      at += align(part.byteLength);
      out.fill(0, end, at);
    }
    return out;
  }
}

function writeVector(out: Buffers, vector: Vector, count: number, type: ColumnType): VectorSpec {
  const valid = vector.valid ? out.add(packBits(vector.valid, count)) : -1;
  if (vector.kind === "str") return writeText(out, vector.codes, vector.dictionary, count, valid);
  return writeNumbers(out, vector.kind, vector.values, count, type, valid);
}

function writeNumbers(out: Buffers, kind: NumberSpec[0], values: Int32Array | Float64Array | Uint8Array, count: number, type: ColumnType, valid: number): NumberSpec {
  const target = kind === "f64" && type === "integer" ? "i32" : kind;
  const range = kind === "f64" ? rangeF64(values as Float64Array, count) : kind === "i32" ? rangeI32(values as Int32Array, count) : rangeU8(values as Uint8Array, count);
  if (!range || range.max - range.min > 0xffff_ffff * unitsMax) return ["f64", 8, 0, 1, out.add((values as Float64Array).subarray(0, count)), valid];
  const { min, max } = range;
  const unit = type === "timestamp" && max - min > 255 ? commonUnit(values as Float64Array, count, min) : 1;
  const span = (max - min) / unit;
  const fits = min >= -0x8000_0000 && max <= 0x7fff_ffff;
  const as = target === "i32" && !fits ? "f64" : target;
  if (span > 0xffff_ffff) return ["f64", 8, 0, 1, out.add((values as Float64Array).subarray(0, count)), valid];
  const width = span === 0 ? 0 : span <= 0xff ? 1 : span <= 0xffff ? 2 : 4;
  if (width === 0) return [as, 0, min, unit, 0, valid];
  const raw = width === 1 ? new Uint8Array(count) : width === 2 ? new Uint16Array(count) : new Uint32Array(count);
  narrow(values, raw, count, min, unit);
  return [as, width, min, unit, out.add(raw), valid];
}

const unitsMax = 60_000;

interface Range {
  min: number;
  max: number;
}

/** Undefined when a value is no whole number (or is -0, which a whole number cannot say). */
function rangeF64(values: Float64Array, count: number): Range | undefined {
  if (count === 0) return { min: 0, max: 0 };
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value !== Math.trunc(value) || (value === 0 && 1 / value < 0)) return undefined;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min >= -Number.MAX_SAFE_INTEGER && max <= Number.MAX_SAFE_INTEGER ? { min, max } : undefined;
}

function rangeI32(values: Int32Array, count: number): Range {
  if (count === 0) return { min: 0, max: 0 };
  let min = values[0];
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function rangeU8(values: Uint8Array, count: number): Range {
  if (count === 0) return { min: 0, max: 0 };
  let min = 255;
  let max = 0;
  for (let i = 0; i < count; i++) {
    if (values[i] < min) min = values[i];
    if (values[i] > max) max = values[i];
  }
  return { min, max };
}

/** The largest of a minute, a second and a millisecond in which all distances from `min` are whole. */
function commonUnit(values: Float64Array, count: number, min: number): number {
  let unit = unitsMax;
  for (let i = 0; i < count; i++) {
    const distance = values[i] - min;
    if (distance % unit !== 0) {
      unit = unit === unitsMax && distance % 1_000 === 0 ? 1_000 : 1;
      if (unit === 1) return 1;
      i = -1;
    }
  }
  return unit;
}

function narrow(values: Int32Array | Float64Array | Uint8Array, raw: Uint8Array | Uint16Array | Uint32Array, count: number, base: number, unit: number): void {
  if (unit === 1) for (let i = 0; i < count; i++) raw[i] = values[i] - base;
  else for (let i = 0; i < count; i++) raw[i] = (values[i] - base) / unit;
}

function writeText(out: Buffers, codes: Int32Array, dictionary: Strings, count: number, valid: number): TextSpec {
  const used = usedEntries(codes, dictionary, count);
  const { blob, ends, ascii } = used.dictionary.utf8;
  const entries = ends.length;
  const lengths = lengthsOf(ends);
  const codesWidth = used.identity ? 0 : entries <= 1 ? -1 : entries <= 0x100 ? 1 : entries <= 0x1_0000 ? 2 : 4;
  const codesAt = codesWidth <= 0 ? 0 : out.add(codesWidth === 1 ? new Uint8Array(used.codes) : codesWidth === 2 ? new Uint16Array(used.codes) : used.codes.slice());
  return ["str", entries, codesWidth, codesAt, lengths.BYTES_PER_ELEMENT, out.add(lengths), out.add(blob), blob.byteLength, ascii ? 1 : 0, valid];
}

/** Memory for one call at a time: made anew for every column, it would be most of what a stage throws away. */
const scratch = { renumbered: new Int32Array(0), mapped: new Int32Array(0), entries: new Int32Array(0) };

function borrow(which: keyof typeof scratch, length: number): Int32Array {
  if (scratch[which].length < length) scratch[which] = new Int32Array(Math.max(length, 2 * scratch[which].length));
  return scratch[which].subarray(0, length);
}

/**
 * Drops dictionary entries that no record uses, which a selection of few records from a large batch leaves behind.
 * @returns codes that are good until the next call
 */
function usedEntries(codes: Int32Array, dictionary: Strings, count: number): { codes: Int32Array; dictionary: Strings; identity: boolean } {
  const renumbered = borrow("renumbered", dictionary.length).fill(-1);
  const mapped = borrow("mapped", count);
  const entries = borrow("entries", Math.min(dictionary.length, count));
  let next = 0;
  let inOrder = true;
  for (let i = 0; i < count; i++) {
    const code = codes[i];
    let to = renumbered[code];
    if (to < 0) {
      if (code !== next) inOrder = false;
      entries[next] = code;
      renumbered[code] = to = next++;
    }
    mapped[i] = to;
  }
  const whole = inOrder && next === dictionary.length;
  return { codes: mapped, dictionary: whole ? dictionary : dictionary.take(entries.subarray(0, next)), identity: next === count };
}

function lengthsOf(ends: Int32Array): Uint8Array | Uint16Array | Uint32Array {
  let longest = 0;
  for (let i = 0; i < ends.length; i++) longest = Math.max(longest, ends[i] - (i === 0 ? 0 : ends[i - 1]));
  const lengths = longest <= 0xff ? new Uint8Array(ends.length) : longest <= 0xffff ? new Uint16Array(ends.length) : new Uint32Array(ends.length);
  for (let i = 0; i < ends.length; i++) lengths[i] = ends[i] - (i === 0 ? 0 : ends[i - 1]);
  return lengths;
}

function readVector(spec: VectorSpec, count: number, body: Body): Vector {
  try {
    return spec[0] === "str" ? readText(spec as TextSpec, count, body) : readNumbers(spec as NumberSpec, count, body);
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : damaged("a column cannot be laid over its bytes", cause);
  }
}

/** Position in the buffer of `bytes` at `at`. */
function within({ base, end }: Body, at: number, bytes: number): number {
  if (!Number.isInteger(at) || at < 0 || !(base + at + bytes <= end)) throw damaged("a column reaches past its end");
  return base + at;
}

function readValid(validAt: number, count: number, body: Body): Uint8Array | undefined {
  const bytes = (count + 7) >> 3;
  return validAt < 0 ? undefined : unpackBits(new Uint8Array(body.buffer, within(body, validAt, bytes), bytes), count);
}

function readNumbers([kind, width, first, unit, at, validAt]: NumberSpec, count: number, body: Body): Vector {
  const valid = readValid(validAt, count, body);
  if (width === 8) return { kind: "f64", values: new Float64Array(body.buffer, within(body, at, count * 8), count), valid };
  const values = kind === "i32" ? new Int32Array(count) : kind === "f64" ? new Float64Array(count) : new Uint8Array(count);
  if (width === 0) values.fill(first);
  else if (unit === 1 && first === 0) values.set(rawArray(width, count, body, at));
  else widen(rawArray(width, count, body, at), values, first, unit);
  return { kind, values, valid } as Vector;
}

function rawArray(width: number, count: number, body: Body, at: number): Uint8Array | Uint16Array | Uint32Array {
  const from = within(body, at, count * width);
  return width === 1 ? new Uint8Array(body.buffer, from, count) : width === 2 ? new Uint16Array(body.buffer, from, count) : new Uint32Array(body.buffer, from, count);
}

function widen(raw: Uint8Array | Uint16Array | Uint32Array, values: Int32Array | Float64Array | Uint8Array, first: number, unit: number): void {
  for (let i = 0; i < raw.length; i++) values[i] = first + raw[i] * unit;
}

function readText([, entries, codesWidth, codesAt, lengthsWidth, lengthsAt, blobAt, blobBytes, ascii, validAt]: TextSpec, count: number, body: Body): Vector {
  const valid = readValid(validAt, count, body);
  const lengths = rawArray(lengthsWidth, entries, body, lengthsAt);
  const ends = new Int32Array(entries);
  let end = 0;
  for (let i = 0; i < entries; i++) ends[i] = end += lengths[i];
  if (end !== blobBytes) throw damaged("its text and the lengths of it disagree");
  const dictionary = Strings.ofUtf8({ blob: new Uint8Array(body.buffer, within(body, blobAt, blobBytes), blobBytes), ends, ascii: ascii === 1 });
  return { kind: "str", codes: readCodes(codesWidth, codesAt, count, entries, body), dictionary, valid };
}

function readCodes(width: number, at: number, count: number, entries: number, body: Body): Int32Array {
  const codes = new Int32Array(count);
  if (width === 0) for (let i = 0; i < count; i++) codes[i] = i;
  if (width > 0) codes.set(rawArray(width, count, body, at));
  // A code past the dictionary would read as no value at all, far from here.
  let highest = 0;
  for (let i = 0; i < count; i++) if (codes[i] > highest) highest = codes[i];
  if (highest >= entries && highest > 0) throw damaged("a code stands for no entry of its dictionary");
  return codes;
}

function packBits(valid: Uint8Array, count: number): Uint8Array {
  const bits = new Uint8Array((count + 7) >> 3);
  for (let i = 0; i < count; i++) if (valid[i]) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}

function unpackBits(bits: Uint8Array, count: number): Uint8Array {
  const valid = new Uint8Array(count);
  for (let i = 0; i < count; i++) valid[i] = (bits[i >> 3] >> (i & 7)) & 1;
  return valid;
}

function damaged(why: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-DATA-002", {
    what: `a batch of records cannot be read: ${why}`,
    where: "the log",
    mend: "restore the data folder from a backup; the bytes on disk are not what was written",
    cause,
  });
}
