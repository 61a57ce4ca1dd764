import type { S3Client as Client, ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-s3";
import { MillraceError } from "../errors.ts";
import type { BucketConnection } from "../model/bucket.ts";
import type { S3Body, S3Object, S3Port } from "./s3-port.ts";

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
  /** Size from which on an object is sent in parts, and of the parts, bytes. Default 16 MiB. S3 takes parts of 5 MiB or more. */
  partBytes?: number;
}

const connectMs = 5_000;
const partsMax = 10_000;
const partsAtOnce = 4;
const tokenField = "millrace-put";

/** A bucket, through Amazon's library. @throws MillraceError `MR-CONNECT-005` without that */
export async function s3Client({ bucket, connection = {}, tries = 5, silenceMs = 30_000, partBytes = 16 << 20 }: S3ClientOptions): Promise<S3Port> {
  const { endpoint, region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1", pathStyle = endpoint !== undefined, accessKeyId, secretAccessKey, sessionToken } = connection;
  const library = await load(bucket);
  const client = new library.S3Client({
    ...(endpoint !== undefined && { endpoint }),
    region,
    forcePathStyle: pathStyle,
    ...(accessKeyId !== undefined && secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey, sessionToken } }),
    maxAttempts: tries,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: silenceMs, throwOnRequestTimeout: true, socketTimeout: silenceMs },
    // Other stores than Amazon's do not all know its newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  return new S3Bucket(library, client, { bucket, name: `${endpoint === undefined ? "s3://" : `${endpoint.replace(/\/$/, "")}/`}${bucket}`, partBytes });
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

  constructor(library: Library, client: Client, { bucket, name, partBytes }: { bucket: string; name: string; partBytes: number }) {
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
    try {
      await Promise.all(Array.from({ length: partsAtOnce }, send));
      const Parts = tags.map((ETag, part) => ({ ETag, PartNumber: part + 1 }));
      await this.#client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, IfNoneMatch: "*" }));
    } catch (error) {
      // Parts cost as much as objects do. One that is put together already has none, and says so.
      next = tags.length;
      await this.#client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }

  async head(key: string): Promise<(S3Object & { token?: string }) | undefined> {
    const found = await this.#found(key, new this.#library.HeadObjectCommand({ Bucket: this.bucket, Key: key }));
    if (found === undefined) return undefined;
    const token = found.Metadata?.[tokenField];
    return { key, bytes: found.ContentLength ?? 0, etag: found.ETag ?? "", modifiedAt: found.LastModified?.getTime() ?? 0, ...(token !== undefined && { token }) };
  }

  async get(key: string, { start, end }: { start: number; end?: number }, etag?: string): Promise<Uint8Array | "changed" | undefined> {
    const Range = `bytes=${start}-${end === undefined ? "" : end - 1}`;
    try {
      const found = await this.#found(key, new this.#library.GetObjectCommand({ Bucket: this.bucket, Key: key, Range, IfMatch: etag }));
      return found && (await found.Body?.transformToByteArray());
    } catch (error) {
      const { status } = answerOf(error);
      if (status === 412) return "changed";
      // It ends before `start`.
      if (status === 416) return new Uint8Array();
      throw this.#error(error, key);
    }
  }

  async stream(key: string, etag: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | "changed" | undefined> {
    try {
      const found = await this.#found(key, new this.#library.GetObjectCommand({ Bucket: this.bucket, Key: key, IfMatch: etag }), signal);
      return found && this.#pieces(key, found.Body as unknown as AsyncIterable<Uint8Array>);
    } catch (error) {
      if (answerOf(error).status === 412) return "changed";
      throw this.#error(error, key);
    }
  }

  async *#pieces(key: string, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw this.#error(error, key);
    }
  }

  async *pages(prefix: string): AsyncIterable<S3Object[]> {
    for (let ContinuationToken: string | undefined; ; ) {
      const page = await this.#client.send(new this.#library.ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken })).catch((error: unknown) => Promise.reject(this.#error(error, prefix)));
      yield (page.Contents ?? []).map(({ Key = "", Size = 0, ETag = "", LastModified, StorageClass }) => ({ key: Key, bytes: Size, etag: ETag, modifiedAt: LastModified?.getTime() ?? 0, ...(isArchive(StorageClass) && { archived: StorageClass }) }));
      if (!page.IsTruncated) return;
      ContinuationToken = page.NextContinuationToken;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#found(key, new this.#library.DeleteObjectCommand({ Bucket: this.bucket, Key: key })).catch((error: unknown) => Promise.reject(this.#error(error, key)));
  }

  /** The answer, or nothing where there is no such object; what else goes wrong as the library says it. */
  async #found<O extends ServiceOutputTypes>(key: string, command: Command<O>, signal?: AbortSignal): Promise<O | undefined> {
    try {
      return (await this.#client.send(command as never, { abortSignal: signal })) as O;
    } catch (error) {
      const { status, name } = answerOf(error);
      if (name === "NoSuchKey" || name === "NotFound") return undefined;
      // The answer to a HEAD has no body that says what is not there.
      if (status === undefined || status === 412 || status === 416) throw error;
      throw this.#error(error, key);
    }
  }

  #error(error: unknown, key: string): MillraceError {
    return error instanceof MillraceError ? error : storeError(error, `${this.name}/${key}`);
  }
}

/** What a call gives, of all that the library's commands have. */
interface Command<O extends ServiceOutputTypes> {
  readonly input: ServiceInputTypes;
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: O }>;
}

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
  if (name === "AbortError") throw error;
  if (name === "NoSuchBucket") return new MillraceError("MR-CONNECT-004", { what: "there is no such bucket", where, mend: "correct the bucket's name, its endpoint and its region; Millrace makes no buckets", cause: error });
  if (status === 401 || status === 403 || denied.has(name)) return new MillraceError("MR-CONNECT-002", { what: `the store refuses access: ${name === text ? name : `${name}, ${text}`}`, where, mend: "check the keys, and that they may list the bucket and read its objects", cause: error });
  if (status === undefined || status >= 500 || status === 429 || busy.has(name)) return new MillraceError("MR-CONNECT-001", { what: `the store does not answer: ${name === text ? name : `${name}, ${text}`}`, where, mend: "check the endpoint and the network, or wait until the store is well", retryable: true, cause: error });
  return new MillraceError("MR-CONNECT-004", { what: `the store could not do what was asked: ${name}, ${text}`, where, mend: "look at what the store says", cause: error });
}
