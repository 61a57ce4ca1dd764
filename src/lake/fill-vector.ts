import type duckdb from "@duckdb/node-bindings";
import type { Vector } from "../batch/batch.ts";
import type { IcebergType } from "./iceberg-type.ts";

export type Bindings = typeof duckdb;

/** Rows of a DuckDB vector. */
export const vectorRows = 2048;

const two32 = 4_294_967_296;

/**
 * Copies rows of batches into DuckDB's vectors, whole stretches of typed arrays at a time. One filler serves one writer: it
 * keeps its buffers.
 */
export class VectorFiller {
  readonly #bindings: Bindings;
  readonly #words = new Int32Array(vectorRows * 4);
  readonly #wordBytes = new Uint8Array(this.#words.buffer);
  readonly #doubles = new Float64Array(vectorRows);
  readonly #bits = new Uint8Array(vectorRows / 8);

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
  }

  /**
   * @param source - absent: the rows are null. Of dates: their days, see `dayVector`
   * @param start - first row of `source`, inclusive
   * @param count - rows, 1 to `vectorRows`
   */
  fill(target: duckdb.Vector, type: IcebergType, source: Vector | undefined, start: number, count: number): void {
    if (source === undefined) return this.#fillNulls(target, count);
    if (source.kind === "str") this.#fillText(target, source, start, count);
    else if (type === "boolean") this.#fillBooleans(target, source.values, start, count);
    else if (type === "double") this.#fillDoubles(target, source.values, start, count);
    else if (type === "timestamptz") this.#fillMicros(target, source.values, start, count);
    else if (type === "date" || type === "int") this.#fillWords(target, source.values, start, count);
    else this.#fillLongs(target, source.values, start, count);
    if (source.valid) this.#fillValidity(target, source.valid, start, count);
  }

  /** Plain 32-bit integers without nulls. */
  fillInts(target: duckdb.Vector, values: Int32Array, start: number, count: number): void {
    this.#copy(target, values, start, count);
  }

  #copy(target: duckdb.Vector, values: Int32Array | Float64Array | Uint8Array, start: number, count: number): void {
    const width = values.BYTES_PER_ELEMENT;
    this.#bindings.copy_data_to_vector(target, 0, values.buffer as ArrayBuffer, values.byteOffset + start * width, count * width);
  }

  #fillNulls(target: duckdb.Vector, count: number): void {
    this.#bits.fill(0);
    this.#copyBits(target, count);
  }

  #fillValidity(target: duckdb.Vector, valid: Uint8Array, start: number, count: number): void {
    this.#bits.fill(0);
    let nulls = 0;
    for (let i = 0; i < count; i++) {
      if (valid[start + i] !== 0) this.#bits[i >> 3] |= 1 << (i & 7);
      else nulls += 1;
    }
    if (nulls > 0) this.#copyBits(target, count);
  }

  /** DuckDB takes validity in words of 64 rows. */
  #copyBits(target: duckdb.Vector, count: number): void {
    this.#bindings.vector_ensure_validity_writable(target);
    this.#bindings.copy_data_to_vector_validity(target, 0, this.#bits.buffer, 0, Math.ceil(count / 64) * 8);
  }

  /** 32-bit integers. Wider cells would be written beyond the vector's end. */
  #fillWords(target: duckdb.Vector, values: Int32Array | Float64Array | Uint8Array, start: number, count: number): void {
    if (values instanceof Int32Array) return this.#copy(target, values, start, count);
    for (let i = 0; i < count; i++) this.#words[i] = values[start + i];
    this.#copy(target, this.#words, 0, count);
  }

  #fillBooleans(target: duckdb.Vector, values: ArrayLike<number>, start: number, count: number): void {
    // What stands at a null's place may be anything, and DuckDB may crash on a boolean that is neither 0 nor 1.
    for (let i = 0; i < count; i++) this.#wordBytes[i] = values[start + i] ? 1 : 0;
    this.#copy(target, this.#wordBytes, 0, count);
  }

  #fillDoubles(target: duckdb.Vector, values: Int32Array | Float64Array | Uint8Array, start: number, count: number): void {
    if (values instanceof Float64Array) return this.#copy(target, values, start, count);
    for (let i = 0; i < count; i++) this.#doubles[i] = values[start + i];
    this.#copy(target, this.#doubles, 0, count);
  }

  /** 64-bit integers as two halves: a bigint for each value would cost ten times as much. */
  #fillLongs(target: duckdb.Vector, values: Int32Array | Float64Array | Uint8Array, start: number, count: number): void {
    const words = this.#words;
    for (let i = 0; i < count; i++) {
      const value = values[start + i];
      const high = Math.floor(value / two32);
      words[2 * i] = value - high * two32;
      words[2 * i + 1] = high;
    }
    this.#copy(target, words, 0, 2 * count);
  }

  /** Milliseconds, perhaps with fractions, to microseconds. */
  #fillMicros(target: duckdb.Vector, values: ArrayLike<number>, start: number, count: number): void {
    const words = this.#words;
    for (let i = 0; i < count; i++) {
      const micros = Math.round(values[start + i] * 1000);
      if (Number.isSafeInteger(micros)) {
        const high = Math.floor(micros / two32);
        words[2 * i] = micros - high * two32;
        words[2 * i + 1] = high;
      } else {
        writeBigMicros(words, 2 * i, values[start + i]);
      }
    }
    this.#copy(target, words, 0, 2 * count);
  }

  /**
   * DuckDB's text cells are 16 bytes: a length, and either up to 12 bytes of text or a pointer. The short ones are
   * laid out here and copied at once; only longer ones cost a call each.
   */
  #fillText(target: duckdb.Vector, { codes, dictionary, valid }: TextVector, start: number, count: number): void {
    const { blob, ends } = dictionary.utf8;
    const words = this.#words;
    const cells = this.#wordBytes;
    let long = 0;
    words.fill(0, 0, 4 * count);
    for (let i = 0; i < count; i++) {
      if (valid && valid[start + i] === 0) continue;
      const code = codes[start + i];
      let from = code === 0 ? 0 : ends[code - 1];
      const end = ends[code];
      if (end - from > 12) {
        long += 1;
        continue;
      }
      words[4 * i] = end - from;
      for (let at = 16 * i + 4; from < end; ) cells[at++] = blob[from++];
    }
    this.#copy(target, words, 0, 4 * count);
    for (let i = 0; long > 0; i++) {
      if (valid && valid[start + i] === 0) continue;
      const code = codes[start + i];
      const from = code === 0 ? 0 : ends[code - 1];
      if (ends[code] - from <= 12) continue;
      this.#bindings.vector_assign_string_element_len(target, i, blob.subarray(from, ends[code]));
      long -= 1;
    }
  }
}

type TextVector = Extract<Vector, { kind: "str" }>;

function writeBigMicros(words: Int32Array, at: number, ms: number): void {
  if (Number.isNaN(ms)) return void words.fill(0, at, at + 2);
  const whole = Math.floor(ms);
  const micros = BigInt(whole) * 1000n + BigInt(Math.round((ms - whole) * 1000));
  words[at] = Number(BigInt.asIntN(32, micros));
  words[at + 1] = Number(BigInt.asIntN(32, micros >> 32n));
}
