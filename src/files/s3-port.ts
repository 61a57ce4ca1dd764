/**
 * The few things that are asked of a bucket of an S3-compatible store. The store is one that is strongly consistent and
 * honours conditions: Amazon's own, and those that are made like it.
 *
 * Every call throws MillraceError: `MR-CONNECT-001` when the store does not answer, or says that it is busy, for longer than
 * retries take (retryable); `-002` when it refuses access; `-004` when there is no such bucket, or for what it cannot do.
 */
export interface S3Port {
  /** Where the bucket is, for people and for what tells stores apart: the endpoint, where it is not Amazon's, and the name. */
  readonly name: string;
  readonly bucket: string;
  /**
   * Stores an object unless there is one. Of many callers at once exactly one is told `stored`, unless its answer was lost:
   * `taken` may also mean that an earlier try of this very call stored it, which the token tells. `busy`: another one is being
   * stored just now.
   *
   * @param token - kept with the object
   */
  putNew(key: string, body: S3Body, token: string): Promise<"stored" | "taken" | "busy">;
  /** Undefined when there is no such object. */
  head(key: string): Promise<(S3Object & { token?: string }) | undefined>;
  /**
   * Bytes of an object, piece by piece. A connection that breaks is taken up where it broke.
   *
   * @param etag - the only version that is wanted
   * @returns undefined when there is no such object; `changed` when it is another version. The pieces end with `MR-FORMAT-004`
   * when it becomes another one while they are read
   */
  open(key: string, range: ByteRange, etag?: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | "changed" | undefined>;
  /** Objects whose key begins with `prefix`, a page at a time. */
  pages(prefix: string): AsyncIterable<S3Object[]>;
  /** Removing what is not there is no error. */
  delete(key: string): Promise<void>;
}

/** `start` (inclusive) to `end` (exclusive, clipped to the size; absent: to the end), which is larger. */
export interface ByteRange {
  start: number;
  end?: number;
}

export interface S3Object {
  key: string;
  bytes: number;
  /** Differs whenever the bytes do. */
  etag: string;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** It must be brought back from an archive before it can be read: what the store calls that. */
  archived?: string;
}

/** Bytes that are to be stored, from memory or from a file. */
export interface S3Body {
  readonly bytes: number;
  /** `start` (inclusive) to `end` (exclusive, within the size). */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** All bytes of a range, in memory: see `S3Port.open`. */
export async function bytesOf(s3: S3Port, key: string, range: ByteRange, etag?: string): Promise<Uint8Array | "changed" | undefined> {
  const pieces = await s3.open(key, range, etag);
  if (pieces === undefined || pieces === "changed") return pieces;
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return all.length === 1 ? all[0] : Buffer.concat(all);
}
