import type { PgConnection, PgSubmittable, PostgresSession } from "./client.ts";

const pieceBytes = 256 * 1024;
/** Pieces that wait to be taken before the server has to. */
const waitingMax = 4;

/**
 * What a `COPY … TO STDOUT` gives, in pieces, at the pace of the reader. Ends with the count of rows.
 *
 * @throws MillraceError `MR-CONNECT-001` to `-004`
 */
export async function* copyOut(session: PostgresSession, text: string): AsyncGenerator<Buffer, number> {
  const request = new CopyRequest(text);
  session.submit(request);
  try {
    for (let piece = await request.next(); piece; piece = await request.next()) yield piece;
  } catch (error) {
    throw session.error(error);
  }
  return request.rows;
}

class CopyRequest implements PgSubmittable {
  readonly #text: string;
  readonly #waiting: Buffer[] = [];
  #piece = Buffer.allocUnsafe(pieceBytes);
  #used = 0;
  #connection: PgConnection | undefined;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  rows = 0;

  constructor(text: string) {
    this.#text = text;
  }

  submit(connection: PgConnection): void {
    this.#connection = connection;
    connection.query(this.#text);
  }

  /** The library uses its buffer again: what is kept is a copy. */
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (this.#used + chunk.length > this.#piece.length) this.#finishPiece(Math.max(pieceBytes, chunk.length));
    chunk.copy(this.#piece, this.#used);
    this.#used += chunk.length;
    if (this.#waiting.length >= waitingMax) this.#connection?.stream.pause();
  }

  #finishPiece(nextBytes: number): void {
    if (this.#used > 0) this.#waiting.push(this.#piece.subarray(0, this.#used));
    this.#piece = Buffer.allocUnsafe(nextBytes);
    this.#used = 0;
    this.#wake?.();
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#finishPiece(0);
    this.#ended = true;
    this.#wake?.();
  }

  handleError(error: Error): void {
    this.#error = error;
    this.#wake?.();
  }

  /** Undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#error) throw this.#error;
      const piece = this.#waiting.shift();
      if (this.#waiting.length < waitingMax) this.#connection?.stream.resume();
      if (piece || this.#ended) return piece;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
