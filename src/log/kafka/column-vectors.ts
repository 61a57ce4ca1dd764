import type { Vector } from "../../batch/batch.ts";
import { Strings } from "../../batch/strings.ts";
import { ByteWriter } from "./bytes.ts";

/** A column of text that is filled row by row, each row once, from bytes in UTF-8. */
export class TextVector {
  readonly #count: number;
  readonly #ends: Int32Array;
  readonly #blob: ByteWriter;
  /** Whoever keeps bytes that are no ASCII says so. */
  protected ascii = true;
  #valid: Uint8Array | undefined;

  constructor(count: number) {
    this.#count = count;
    this.#ends = new Int32Array(count);
    this.#blob = new ByteWriter(count * 16 + 64);
  }

  /** Keeps `bytes[start..end)` as the text of a row. */
  protected keep(row: number, bytes: Uint8Array, start: number, end: number): void {
    this.#blob.reserve(end - start);
    this.#blob.copy(bytes, start, end);
    this.#ends[row] = this.#blob.at;
  }

  protected keepText(row: number, text: string): void {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.byteLength !== text.length) this.ascii = false;
    this.keep(row, bytes, 0, bytes.byteLength);
  }

  /** Also of a row whose text is kept already, as long as it is the last one. */
  setNull(row: number): void {
    this.#valid ??= new Uint8Array(this.#count).fill(1);
    this.#valid[row] = 0;
    this.#blob.at = row === 0 ? 0 : this.#ends[row - 1];
    this.#ends[row] = this.#blob.at;
  }

  finish(): Vector {
    const codes = new Int32Array(this.#count);
    for (let i = 0; i < codes.length; i++) codes[i] = i;
    return { kind: "str", codes, dictionary: Strings.ofUtf8({ blob: this.#blob.finish(), ends: this.#ends, ascii: this.ascii }), valid: this.#valid };
  }
}

/** A column of truths. */
export class FlagVector {
  protected readonly values: Uint8Array;
  #valid: Uint8Array | undefined;

  constructor(count: number) {
    this.values = new Uint8Array(count);
  }

  setNull(row: number): void {
    this.#valid ??= new Uint8Array(this.values.length).fill(1);
    this.#valid[row] = 0;
  }

  finish(): Vector {
    return { kind: "bool", values: this.values, valid: this.#valid };
  }
}

/** A column of numbers by type, in 64-bit floats. */
export class FloatVector {
  protected readonly values: Float64Array;
  #valid: Uint8Array | undefined;

  constructor(count: number) {
    this.values = new Float64Array(count);
  }

  setNull(row: number): void {
    this.#valid ??= new Uint8Array(this.values.length).fill(1);
    this.#valid[row] = 0;
  }

  finish(): Vector {
    return { kind: "f64", values: this.values, valid: this.#valid };
  }
}
