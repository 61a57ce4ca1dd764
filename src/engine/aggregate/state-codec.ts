import { MillraceError } from "../../errors.ts";

/*
 * State in bytes, little-endian. A list of numbers is one byte of width and a base of eight, then its values: base +
 * unsigned raw in 0, 1, 2 or 4 bytes, or width 8 and the float64 themselves where one is no whole number or the range is
 * too wide. How many there are is known from what came before.
 */

export class StateWriter {
  #bytes = new Uint8Array(4_096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Call it before anything else: it may put other bytes in place of those there are. @returns where to write */
  #room(more: number): number {
    const at = this.#length;
    this.#length += more;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  /** A whole number from 0 to 2 ** 32 - 1. */
  count(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  /** Any number, its bits kept. */
  number(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  numbers(values: Float64Array | Int32Array): void {
    const width = widthOf(values);
    const base = width.bytes === 8 ? 0 : width.base;
    const at = this.#room(1);
    this.#bytes[at] = width.bytes;
    this.number(base);
    if (width.bytes === 8) this.#raw(Float64Array.from(values));
    else if (width.bytes > 0) this.#raw(narrowed(values, width));
  }

  /** The values at `indices`. */
  numbersAt(values: Float64Array, indices: Int32Array): void {
    const some = new Float64Array(indices.length);
    for (let i = 0; i < some.length; i++) some[i] = values[indices[i]];
    this.numbers(some);
  }

  json(value: unknown): void {
    const text = Buffer.from(JSON.stringify(value), "utf8");
    this.count(text.byteLength);
    this.#raw(text);
  }

  #raw(array: Uint8Array | Uint16Array | Uint32Array | Float64Array): void {
    const at = this.#room(array.byteLength);
    this.#bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

interface Width {
  bytes: number;
  base: number;
}

function widthOf(values: Float64Array | Int32Array): Width {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    // A whole number cannot say -0.
    if (value !== Math.trunc(value) || (value === 0 && 1 / value < 0)) return { bytes: 8, base: 0 };
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (values.length === 0) return { bytes: 0, base: 0 };
  const safe = min >= Number.MIN_SAFE_INTEGER && max <= Number.MAX_SAFE_INTEGER;
  const span = max - min;
  const bytes = !safe || span > 0xffff_ffff ? 8 : span > 0xffff ? 4 : span > 0xff ? 2 : span > 0 ? 1 : 0;
  return { bytes, base: min };
}

function narrowed(values: Float64Array | Int32Array, { bytes, base }: Width): Uint8Array | Uint16Array | Uint32Array {
  const raw = rawArray(bytes, values.length);
  for (let i = 0; i < raw.length; i++) raw[i] = values[i] - base;
  return raw;
}

function rawArray(bytes: number, count: number): Uint8Array | Uint16Array | Uint32Array {
  return bytes === 1 ? new Uint8Array(count) : bytes === 2 ? new Uint16Array(count) : new Uint32Array(count);
}

export class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  #at = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.byteLength) throw this.damaged("it is cut off");
    this.#at += bytes;
    return at;
  }

  count(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  number(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  numbers(count: number): Float64Array {
    const width = this.#bytes[this.#take(1)];
    const base = this.number();
    const values = new Float64Array(this.#room(count, width));
    if (width === 0) return values.fill(base);
    const raw = width === 8 ? values : rawArray(width, count);
    const at = this.#take(raw.byteLength);
    new Uint8Array(raw.buffer).set(this.#bytes.subarray(at, at + raw.byteLength));
    if (width < 8) for (let i = 0; i < count; i++) values[i] = base + raw[i];
    return values;
  }

  /** Damaged bytes must not make us ask for more memory than they can fill. */
  #room(count: number, width: number): number {
    if (![0, 1, 2, 4, 8].includes(width)) throw this.damaged(`it has numbers of ${width} bytes`);
    if (this.#at + count * width > this.#bytes.byteLength) throw this.damaged("it is cut off");
    return count;
  }

  json(): unknown {
    const length = this.count();
    const at = this.#take(length);
    const text = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + at, length).toString("utf8");
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.damaged("a text in it is not JSON", cause);
    }
  }

  /** @throws MillraceError when bytes are left over */
  end(): void {
    if (this.#at !== this.#bytes.byteLength) throw this.damaged("it goes on after its end");
  }

  damaged(how: string, cause?: unknown): MillraceError {
    return new MillraceError("MR-ENGINE-009", {
      what: `the stage's saved state is damaged: ${how}`,
      where: this.#where,
      mend: "restore the data folder from a copy, or seek the stage to the start of its input to compute the state anew",
      cause,
    });
  }
}
