/**
 * A list of strings that knows itself as JavaScript strings or as UTF-8 bytes, and makes the other form when it is
 * first asked for: a stage that passes text on never decodes it.
 */
export class Strings {
  readonly length: number;
  #values: string[] | undefined;
  #bytes: Utf8 | undefined;

  private constructor(length: number, values: string[] | undefined, bytes: Utf8 | undefined) {
    this.length = length;
    this.#values = values;
    this.#bytes = bytes;
  }

  static of(values: string[]): Strings {
    return new Strings(values.length, values, undefined);
  }

  static ofUtf8(bytes: Utf8): Strings {
    return new Strings(bytes.ends.length, undefined, bytes);
  }

  /** All as JavaScript strings. Do not change the array. */
  get values(): string[] {
    this.#values ??= decode(this.#bytes as Utf8);
    return this.#values;
  }

  /** All as UTF-8. Do not change the bytes. */
  get utf8(): Utf8 {
    this.#bytes ??= encode(this.#values as string[]);
    return this.#bytes;
  }

  at(index: number): string {
    return this.values[index];
  }

  /** Those at `indices`, in that order. */
  take(indices: Int32Array): Strings {
    if (this.#bytes === undefined) return Strings.of(Array.from(indices, (index) => (this.#values as string[])[index]));
    return Strings.ofUtf8(takeUtf8(this.#bytes, indices));
  }
}

/** Strings one behind the other; `ends[i]` is where string `i` ends, so string `i` begins at `ends[i - 1]`, the first at 0. */
export interface Utf8 {
  blob: Uint8Array;
  ends: Int32Array;
  /** Every character is one byte: offsets in the text are offsets in the bytes. */
  ascii: boolean;
}

function decode({ blob, ends, ascii }: Utf8): string[] {
  const buffer = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const values = new Array<string>(ends.length);
  // One call for all and then cutting is some ten times faster than a call for each short string.
  const text = ascii ? buffer.toString("latin1") : "";
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i];
    values[i] = ascii ? text.substring(start, end) : buffer.toString("utf8", start, end);
    start = end;
  }
  return values;
}

function encode(values: string[]): Utf8 {
  return encodeAscii(values) ?? encodeAny(values);
}

const encoder = new TextEncoder();
/** Characters put together before they are turned into bytes: one text of all would be large enough to cost more than the bytes. */
const piece = 32_768;

/** Undefined when a character is not one byte. */
function encodeAscii(values: string[]): Utf8 | undefined {
  const ends = new Int32Array(values.length);
  let end = 0;
  for (let i = 0; i < values.length; i++) ends[i] = end += values[i].length;
  const blob = new Uint8Array(Buffer.allocUnsafeSlow(end).buffer, 0, end);
  let text = "";
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    text += values[i];
    if (text.length < piece && i < values.length - 1) continue;
    const { read, written } = encoder.encodeInto(text, blob.subarray(at));
    if (written !== text.length || read !== text.length) return undefined;
    at += written;
    text = "";
  }
  return { blob, ends, ascii: true };
}

function encodeAny(values: string[]): Utf8 {
  const text = values.join("");
  const blob = Buffer.from(text, "utf8");
  const ends = new Int32Array(values.length);
  let end = 0;
  for (let i = 0; i < values.length; i++) ends[i] = end += Buffer.byteLength(values[i], "utf8");
  // A surrogate pair split between two strings would join in the text above and shift every offset behind it.
  if (end !== blob.byteLength) return encodeEach(values);
  return { blob, ends, ascii: false };
}

function encodeEach(values: string[]): Utf8 {
  const parts = values.map((value) => Buffer.from(value, "utf8"));
  let end = 0;
  const ends = Int32Array.from(parts, (part) => (end += part.byteLength));
  return { blob: Buffer.concat(parts), ends, ascii: false };
}

function takeUtf8({ blob, ends, ascii }: Utf8, indices: Int32Array): Utf8 {
  const taken = new Int32Array(indices.length);
  let total = 0;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    total += ends[index] - (index === 0 ? 0 : ends[index - 1]);
    taken[i] = total;
  }
  const out = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    const end = ends[index];
    let from = index === 0 ? 0 : ends[index - 1];
    if (end - from > 48) {
      out.set(blob.subarray(from, end), at);
      at += end - from;
    } else {
      while (from < end) out[at++] = blob[from++];
    }
  }
  return { blob: out, ends: taken, ascii };
}
