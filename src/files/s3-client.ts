import type { S3Client as Client } from "@aws-sdk/client-s3";
import { MillraceError } from "../errors.ts";
import type { BucketConnection } from "../model/bucket.ts";
import { changedObject } from "./changed-object.ts";
import type { ByteRange, S3Body, S3Object, S3Port } from "./s3-port.ts";

/** The library is not among ours: who uses buckets installs it. This is the only file that knows it. */
type Library = typeof import("@aws-sdk/client-s3");

export interface S3ClientOptions {
  bucket: string;
  /** With secrets filled in. */
  connection?: BucketConnection;
  /** How often something is tried in all that a busy or silent store may do later. Default 5, with pauses that double up to 20 s. */
  tries?: number;
  /** The longest silence within an answer. Default 30,000. */
  silenceMs?: number;
  /** What the store finds in its log for this client, beside the library's own name. Default `millrace`. */
  client?: string;
  /** Size from which on an object is sent in parts, and of the parts, bytes. Default 16 MiB. S3 takes parts of 5 MiB or more. */
  partBytes?: number;
}

const connectMs = 5_000;
const partsMax = 10_000;
const partsAtOnce = 4;
const tokenField = "millrace-put";

/** A bucket, through Amazon's library. @throws MillraceError `MR-CONNECT-005` without that, `-004` where nothing says its region */
export async function s3Client({ bucket, connection = {}, tries = 5, silenceMs = 30_000, client: name = "millrace", partBytes = 16 << 20 }: S3ClientOptions): Promise<S3Port> {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 = AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, AWS_REGION = AWS_DEFAULT_REGION } = process.env;
  const { endpoint = AWS_ENDPOINT_URL_S3, region = AWS_REGION ?? (endpoint === undefined ? undefined : "us-east-1"), pathStyle = endpoint !== undefined, accessKeyId, secretAccessKey, sessionToken } = connection;
  const library = await load(bucket);
  const client = new library.S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    forcePathStyle: pathStyle,
    ...(accessKeyId !== undefined && secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey, sessionToken } }),
    maxAttempts: tries,
    customUserAgent: name,
    requestHandler: { connectionTimeout: connectMs, socketTimeout: silenceMs },
    // Other stores than Amazon's do not all know its newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  await client.config.region().catch((cause: unknown) => {
    throw new MillraceError("MR-CONNECT-004", { what: "nothing says in which region the bucket is", where: `bucket "${bucket}"`, mend: 'give its connection a region, as "eu-central-1", or set AWS_REGION', cause });
  });
  return new S3Bucket(library, client, { bucket, name: `${endpoint === undefined ? "s3://" : `${endpoint.replace(/\/$/, "")}/`}${bucket}`, partBytes, tries });
}

async function load(bucket: string): Promise<Library> {
  return import("@aws-sdk/client-s3").catch((cause: unknown) => {
    throw new MillraceError("MR-CONNECT-005", { what: "the library for S3 is not installed", where: `bucket "${bucket}"`, mend: "npm install @aws-sdk/client-s3", cause });
  });
}

class S3Bucket implements S3Port {
  readonly name: string;
  readonly bucket: string;
  readonly #library: Library;
  readonly #client: Client;
  readonly #partBytes: number;
  readonly #tries: number;

  constructor(library: Library, client: Client, { bucket, name, partBytes, tries }: { bucket: string; name: string; partBytes: number; tries: number }) {
    this.#tries = tries;
    this.bucket = bucket;
    this.name = name;
    this.#library = library;
    this.#client = client;
    this.#partBytes = partBytes;
  }

  async putNew(key: string, body: S3Body, token: string): Promise<"stored" | "taken" | "busy"> {
    const { PutObjectCommand } = this.#library;
    const about = { Bucket: this.bucket, Key: key, Metadata: { [tokenField]: token } };
    try {
      if (body.bytes > this.#partBytes) await this.#putInParts(about, body);
      else await this.#client.send(new PutObjectCommand({ ...about, Body: await body.read(0, body.bytes), IfNoneMatch: "*" }));
      return "stored";
    } catch (error) {
      const { status, name } = answerOf(error);
      // Parts that are put together already are there no more for another try.
      if (status === 412 || name === "NoSuchUpload") return "taken";
      if (status === 409) return "busy";
      throw this.#error(error, key);
    }
  }

  async #putInParts(about: { Bucket: string; Key: string; Metadata: Record<string, string> }, body: S3Body): Promise<void> {
    const { CreateMultipartUploadCommand, UploadPartCommand, CompleteMultipartUploadCommand, AbortMultipartUploadCommand } = this.#library;
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(about));
    const upload = { Bucket: about.Bucket, Key: about.Key, UploadId };
    const partBytes = Math.max(this.#partBytes, Math.ceil(body.bytes / partsMax));
    const tags: (string | undefined)[] = new Array(Math.ceil(body.bytes / partBytes));
    let next = 0;
    const send = async (): Promise<void> => {
      for (let part = next++; part < tags.length; part = next++) {
        const Body = await body.read(part * partBytes, Math.min(body.bytes, (part + 1) * partBytes));
        tags[part] = (await this.#client.send(new UploadPartCommand({ ...upload, PartNumber: part + 1, Body }))).ETag;
      }
    };
    const sent = Array.from({ length: partsAtOnce }, send);
    try {
      await Promise.all(sent);
      const Parts = tags.map((ETag, part) => ({ ETag, PartNumber: part + 1 }));
      await this.#client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, IfNoneMatch: "*" }));
    } catch (error) {
      // Parts cost as much as objects do. One that is put together already has none, and says so.
      next = tags.length;
      await Promise.allSettled(sent);
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }

  async head(key: string): Promise<(S3Object & { token?: string }) | undefined> {
    try {
      const found = await this.#client.send(new this.#library.HeadObjectCommand({ Bucket: this.bucket, Key: key }));
      const token = found.Metadata?.[tokenField];
      return { key, bytes: found.ContentLength ?? 0, etag: found.ETag ?? "", modifiedAt: found.LastModified?.getTime() ?? 0, ...(token !== undefined && { token }) };
    } catch (error) {
      // The answer to a HEAD has no body that says what is not there.
      if (answerOf(error).status === 404) return undefined;
      throw this.#error(error, key);
    }
  }

  async open(key: string, range: ByteRange, etag?: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | "changed" | undefined> {
    const opened = await this.#open(key, range, etag, signal);
    return opened === undefined || opened === "changed" ? opened : this.#pieces(key, opened, range, signal);
  }

  async #open(key: string, { start, end }: ByteRange, IfMatch?: string, abortSignal?: AbortSignal): Promise<Opened | "changed" | undefined> {
    const Range = start === 0 && end === undefined ? undefined : `bytes=${start}-${end === undefined ? "" : end - 1}`;
    try {
      const found = await this.#client.send(new this.#library.GetObjectCommand({ Bucket: this.bucket, Key: key, Range, IfMatch }), { abortSignal });
      return { etag: found.ETag, body: found.Body as unknown as AsyncIterable<Uint8Array> };
    } catch (error) {
      const { status, name } = answerOf(error);
      if (name === "NoSuchKey") return undefined;
      if (status === 412) return "changed";
      // It ends before `start`.
      if (status === 416) return { body: nothing() };
      throw this.#error(error, key);
    }
  }

  /** The library asks again until an answer begins, and no more. */
  async *#pieces(key: string, { body, etag }: Opened, { start, end }: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    let rest: AsyncIterable<Uint8Array> = body;
    for (let [at, tries] = [start, this.#tries]; ; ) {
      try {
        for await (const piece of rest) {
          at += piece.byteLength;
          tries = this.#tries;
          yield piece;
        }
        return;
      } catch (error) {
        if (--tries <= 0 || signal?.aborted) throw this.#error(error, key);
      }
      if (at === end) return;
      const next = await this.#open(key, { start: at, end }, etag, signal);
      if (next === undefined || next === "changed") throw changedObject(`${this.name}/${key}`);
      rest = next.body;
    }
  }

  async *pages(prefix: string): AsyncIterable<S3Object[]> {
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await this.#client.send(new this.#library.ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken })).catch((error: unknown) => Promise.reject(this.#error(error, prefix)));
      yield (page.Contents ?? []).map(({ Key = "", Size = 0, ETag = "", LastModified, StorageClass }) => ({ key: Key, bytes: Size, etag: ETag, modifiedAt: LastModified?.getTime() ?? 0, ...(isArchive(StorageClass) && { archived: StorageClass }) }));
      if (!page.IsTruncated) return;
      ContinuationToken = page.NextContinuationToken;
      if (ContinuationToken === undefined) throw this.#error(new Error("a listing that goes on does not say where"), prefix);
    }
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new this.#library.DeleteObjectCommand({ Bucket: this.bucket, Key: key })).catch((error: unknown) => {
      if (answerOf(error).name !== "NoSuchKey") throw this.#error(error, key);
    });
  }

  #error(error: unknown, key: string): unknown {
    return error instanceof MillraceError || (error as Error).name === "AbortError" ? error : storeError(error, `${this.name}/${key}`);
  }
}

interface Opened {
  /** Absent where there is nothing to read. */
  etag?: string;
  body: AsyncIterable<Uint8Array>;
}

async function* nothing(): AsyncIterable<Uint8Array> {}

const isArchive = (storageClass: string | undefined): storageClass is string => storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE";

function answerOf(error: unknown): { status?: number; name: string } {
  const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
  return { name, status: $metadata?.httpStatusCode };
}

const denied: ReadonlySet<string> = new Set(["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "CredentialsProviderError", "Forbidden", "Unauthorized"]);
const busy: ReadonlySet<string> = new Set(["SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "ThrottlingException", "TooManyRequestsException"]);

function storeError(error: unknown, where: string): MillraceError {
  const { status, name } = answerOf(error);
  const text = error instanceof Error ? error.message : String(error);
  if (name === "NoSuchBucket") return new MillraceError("MR-CONNECT-004", { what: "there is no such bucket", where, mend: "correct the bucket's name, its endpoint and its region; Millrace makes no buckets", cause: error });
  if (status === 401 || status === 403 || denied.has(name)) return new MillraceError("MR-CONNECT-002", { what: `the store refuses access: ${name === text ? name : `${name}, ${text}`}`, where, mend: "check the keys, and that they may list the bucket and read its objects", cause: error });
  if (status === undefined || status >= 500 || status === 429 || busy.has(name)) return new MillraceError("MR-CONNECT-001", { what: `the store does not answer: ${name === text ? name : `${name}, ${text}`}`, where, mend: "check the endpoint and the network, or wait until the store is well", retryable: true, cause: error });
  return new MillraceError("MR-CONNECT-004", { what: `the store could not do what was asked: ${name}, ${text}`, where, mend: "look at what the store says", cause: error });
}
