import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { PlacedBatch } from "./query-request.ts";

/** Keeps batches that come over the wire in one file, where a scan reads them as it reads the log's own segments. */
export class RecordSpool {
  readonly folder: string;
  readonly segment: string;
  readonly batches: PlacedBatch[] = [];
  readonly #file: WriteStream;
  readonly #failed: Promise<never>;
  #at = 0;

  constructor(folder: string, segment: string) {
    this.folder = folder;
    this.segment = segment;
    this.#file = createWriteStream(join(folder, segment));
    this.#failed = once(this.#file, "error").then(([error]) => Promise.reject(error));
    this.#failed.catch(() => undefined);
  }

  async add({ partition, offset, skip, take }: Omit<PlacedBatch, "place">, bytes: Uint8Array): Promise<void> {
    this.batches.push({ partition, offset, skip, take, place: { segment: this.segment, at: this.#at, bytes: bytes.byteLength, crc: crc32(bytes) } });
    this.#at += bytes.byteLength;
    if (!this.#file.write(bytes)) await Promise.race([once(this.#file, "drain"), this.#failed]);
  }

  async finish(): Promise<void> {
    this.#file.end();
    await Promise.race([once(this.#file, "close"), this.#failed]);
  }
}
