import type { Duplex } from "node:stream";

/** A message and the bytes that go with it. */
export interface Received<In> {
  message: In;
  body: Uint8Array;
}

export class MessageTooLong extends Error {
  constructor(bytesMax: number) {
    super(`a message is longer than ${bytesMax} bytes`);
  }
}

/** Longest message between the two processes: a batch of the log is at most 64 MiB. */
const messageBytesMax = 80 * 1024 * 1024;

const prefixBytes = 8;

/**
 * Messages over a byte stream, both ways: u32 length of the JSON, u32 length of the body, the JSON in UTF-8, the body.
 * Reading is by demand: while nobody asks for a message the stream is not read, and the other side comes to wait.
 */
export class MessageChannel<In, Out> {
  readonly #stream: Duplex;
  readonly #messageBytesMax: number;
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  /**
   * @param bytesMax - a longer message is an error on both sides: it may come from a process that is in the hands
   * of whoever wrote the statement
   */
  constructor(stream: Duplex, bytesMax = messageBytesMax) {
    this.#stream = stream;
    this.#messageBytesMax = bytesMax;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    // Whoever waits for a message learns of a broken stream there; a write to one has nobody to tell.
    stream.on("error", () => undefined);
  }

  /** Resolves when the other side has room for more. */
  async send(message: Out, body?: Uint8Array): Promise<void> {
    const json = Buffer.from(JSON.stringify(message), "utf8");
    if (json.byteLength + (body?.byteLength ?? 0) > this.#messageBytesMax) throw new MessageTooLong(this.#messageBytesMax);
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt32LE(json.byteLength, 0);
    prefix.writeUInt32LE(body?.byteLength ?? 0, 4);
    this.#stream.cork();
    this.#stream.write(prefix);
    let room = this.#stream.write(json);
    if (body?.byteLength) room = this.#stream.write(body);
    this.#stream.uncork();
    if (!room && !this.#stream.destroyed) await drained(this.#stream);
  }

  /** The next message; undefined when the stream has ended. Only one call at a time. */
  async receive(): Promise<Received<In> | undefined> {
    const prefix = await this.#take(prefixBytes);
    if (!prefix) return undefined;
    const jsonBytes = prefix.readUInt32LE(0);
    const bodyBytes = prefix.readUInt32LE(4);
    if (jsonBytes + bodyBytes > this.#messageBytesMax) throw new MessageTooLong(this.#messageBytesMax);
    const json = await this.#take(jsonBytes);
    const body = json && (await this.#take(bodyBytes));
    if (!json || !body) return undefined;
    return { message: JSON.parse(json.toString("utf8")) as In, body };
  }

  async #take(bytes: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [this.#rest];
    let have = this.#rest.byteLength;
    while (have < bytes) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      parts.push(value);
      have += value.byteLength;
    }
    const all = parts.length === 1 ? parts[0] : Buffer.concat(parts, have);
    this.#rest = all.subarray(bytes);
    return all.subarray(0, bytes);
  }
}

function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.on("drain", done);
    stream.on("close", done);
  });
}
