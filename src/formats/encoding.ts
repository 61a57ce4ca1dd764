import { isUtf8 } from "node:buffer";

/** Stands for bytes that the encoding cannot have; no text holds it, since it is no character. */
export const badBytes = "\uFFFF";

/**
 * What encoding a piece of text is in, or `undefined` where it looks like no text. Byte order marks decide; then UTF-8, which
 * text of another encoding is practically never valid in; then Japanese, where the pairs of bytes make up its letters; the
 * rest is taken as windows-1252, which has a character for every byte.
 */
export function detectEncoding(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const wide = wideEncoding(bytes);
  if (wide) return wide;
  if (controlShare(bytes) > controlShareMax) return undefined;
  if (isUtf8(bytes.subarray(0, utf8End(bytes)))) return "utf-8";
  return looksJapanese(bytes) ?? "windows-1252";
}

const controlShareMax = 0.01;

/** Of the first bytes: those that text has no use for. A few are a fault in the data, many are another kind of file. */
function controlShare(bytes: Buffer): number {
  const count = Math.min(bytes.length, 64 << 10);
  let controls = 0;
  for (let i = 0; i < count; i++) {
    const byte = bytes[i];
    // Tab, line ends, form feed, and the separators ^A, ^\ to ^_ and escape that some exports use.
    if ((byte < 0x20 && byte !== 0x01 && !(byte >= 0x09 && byte <= 0x0d) && byte < 0x1b) || byte === 0x7f) controls++;
  }
  return controls < 2 ? 0 : controls / count;
}

/** UTF-16 without a mark: Latin letters leave every second byte zero. */
function wideEncoding(bytes: Buffer): string | undefined {
  const count = Math.min(bytes.length, 4096) & ~1;
  if (count < 4) return undefined;
  let [even, odd] = [0, 0];
  for (let i = 0; i < count; i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  const half = count / 2;
  if (odd > half * 0.7 && even < half * 0.05) return "utf-16le";
  return even > half * 0.7 && odd < half * 0.05 ? "utf-16be" : undefined;
}

const japanese = ["shift_jis", "euc-jp"];

function looksJapanese(bytes: Buffer): string | undefined {
  const sample = bytes.subarray(0, 64 << 10);
  const high = sample.reduce((count, byte) => count + (byte >= 0x80 ? 1 : 0), 0);
  const scored = japanese.map((encoding) => {
    const text = new TextDecoder(encoding).decode(sample);
    const letters = text.match(/[\u3041-\u30ff\u4e00-\u9fff]/g)?.length ?? 0;
    // A lone bad pair may be cut off at the end of the sample.
    const bad = text.slice(0, -1).split("\uFFFD").length - 1;
    const kana = text.match(/[\u3041-\u30fe]/g)?.length ?? 0;
    return { encoding, score: bad === 0 && letters * 2 >= high * 0.6 && kana > 0 ? letters + kana : 0 };
  });
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0 ? best.encoding : undefined;
}

/** The end of the last whole character: a sample may cut one. */
function utf8End(bytes: Buffer): number {
  const { length } = bytes;
  for (let back = 1; back <= 4 && back <= length; back++) {
    const byte = bytes[length - back];
    if (byte < 0x80) return length;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? length - back : length;
  }
  return length;
}

/** Text of bytes that come in pieces; where they are none of the encoding, `badBytes` stands for them. */
export async function* decode(pieces: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = new Decoder(encoding);
  for await (const piece of pieces) yield decoder.push(piece);
  const rest = decoder.end();
  if (rest) yield rest;
}

export class Decoder {
  readonly #stream: InstanceType<typeof TextDecoder> | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #first = true;

  constructor(encoding: string) {
    // UTF-8 is checked before it is decoded, so that a replacement character which the text itself holds stays.
    this.#stream = encoding === "utf-8" ? undefined : new TextDecoder(encoding, { ignoreBOM: true });
  }

  push(piece: Buffer): string {
    if (this.#stream) return this.#unmarked(this.#stream.decode(piece, { stream: true }).replaceAll("\uFFFD", badBytes));
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece;
    const end = utf8End(bytes);
    this.#rest = bytes.subarray(end);
    return this.#unmarked(this.#utf8(bytes.subarray(0, end)));
  }

  /** What is left of a character that was cut off. */
  end(): string {
    return this.#stream ? this.#stream.decode().replaceAll("\uFFFD", badBytes) : this.#utf8(this.#rest);
  }

  #utf8(bytes: Buffer): string {
    if (isUtf8(bytes)) return bytes.toString("utf8");
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).replaceAll("\uFFFD", badBytes);
  }

  #unmarked(text: string): string {
    if (!this.#first || text === "") return text;
    this.#first = false;
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  }
}
