import { createHash } from "node:crypto";
import { byUtf8 } from "./file-key.ts";
import type { ByteRange, S3Body, S3Object, S3Port } from "./s3-port.ts";

interface Stored {
  bytes: Uint8Array;
  token?: string;
  etag: string;
  modifiedAt: number;
  archived?: string;
}

/** A bucket in memory that tells what a store tells, and counts what it is asked for. */
export class MemoryBucket implements S3Port {
  readonly name: string;
  readonly bucket: string;
  readonly objects = new Map<string, Stored>();
  /** Calls by name, and the keys that were read. */
  readonly calls: Record<string, number> = {};
  readonly read: string[] = [];
  readonly #pageKeys: number;

  constructor(bucket = "bucket", pageKeys = 3) {
    this.bucket = bucket;
    this.name = `memory://${bucket}`;
    this.#pageKeys = pageKeys;
  }

  /** As somebody else stores it, whatever was there before. */
  store(key: string, bytes: Uint8Array | string, more: Partial<Stored> = {}): void {
    const stored = typeof bytes === "string" ? Buffer.from(bytes) : Uint8Array.from(bytes);
    this.objects.set(key, { bytes: stored, etag: `"${createHash("md5").update(stored).digest("hex")}"`, modifiedAt: Date.now(), ...more });
  }

  async putNew(key: string, body: S3Body, token: string): Promise<"stored" | "taken" | "busy"> {
    this.#count("putNew");
    const bytes = await body.read(0, body.bytes);
    if (this.objects.has(key)) return "taken";
    this.store(key, bytes, { token });
    return "stored";
  }

  async head(key: string): Promise<(S3Object & { token?: string }) | undefined> {
    this.#count("head");
    const found = this.objects.get(key);
    return found && { ...objectOf(key, found), ...(found.token !== undefined && { token: found.token }) };
  }

  async open(key: string, { start, end }: ByteRange, etag?: string): Promise<AsyncIterable<Uint8Array> | "changed" | undefined> {
    this.#count("open");
    this.read.push(key);
    const found = this.objects.get(key);
    return found && (etag !== undefined && found.etag !== etag ? "changed" : pieces(found.bytes.subarray(start, end)));
  }

  async *pages(prefix: string): AsyncIterable<S3Object[]> {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(byUtf8);
    for (let i = 0; i === 0 || i < keys.length; i += this.#pageKeys) {
      this.#count("list");
      yield keys.slice(i, i + this.#pageKeys).flatMap((key) => {
        const found = this.objects.get(key);
        return found ? [objectOf(key, found)] : [];
      });
    }
  }

  async delete(key: string): Promise<void> {
    this.#count("delete");
    this.objects.delete(key);
  }

  #count(call: string): void {
    this.calls[call] = (this.calls[call] ?? 0) + 1;
  }
}

function objectOf(key: string, { bytes, etag, modifiedAt, archived }: Stored): S3Object {
  return { key, bytes: bytes.byteLength, etag, modifiedAt, ...(archived !== undefined && { archived }) };
}

async function* pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let i = 0; i < bytes.byteLength; i += 1 << 16) yield bytes.subarray(i, i + (1 << 16));
}
