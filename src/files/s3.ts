import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { FilesDriver } from "./driver.ts";
import { byUtf8, keyToPath, pathToKey } from "./file-key.ts";
import type { ObjectCopies } from "./object-copies.ts";
import { bytesOf, type S3Body, type S3Port } from "./s3-port.ts";
import { discardStaged, newStagedPath, sweepStaged } from "./staging.ts";
import { refused } from "./system-error.ts";

export interface S3FilesOptions {
  /** What the names of all objects begin with: `lake/` keeps to one corner of a bucket. Default: empty. */
  prefix?: string;
  /** A folder of this machine for files that programs write before they are adopted; made when it is not there. */
  stagingFolder: string;
  /** Where files are that programs open. */
  copies: ObjectCopies;
  /** A name no other process makes. */
  newId?: () => string;
  /** How long the first pause before another try is, and the longest. */
  pauseMs?: { first: number; max: number };
}

const objectNameBytesMax = 1_024;
const triesMax = 6;

/**
 * The cluster's files driver: objects in a bucket, named as the folder driver names its files, so that a store can be copied
 * from one to the other. Any number of processes and machines may use one bucket at once.
 *
 * When a put throws, it is not known whether the bytes were stored, and they may still come to be.
 */
export function s3Files(s3: S3Port, { prefix = "", stagingFolder, copies, newId = randomUUID, pauseMs = { first: 50, max: 2_000 } }: S3FilesOptions): FilesDriver {
  const root = `s3://${s3.bucket}/`;
  const nameOf = (key: string): string => objectName(prefix, key);
  const put = (key: string, body: S3Body): Promise<boolean> => said(s3, key, () => new Put(s3, nameOf(key), body, newId()).run(pauseMs));

  return {
    capabilities: {},
    putIfAbsent: async (key, bytes) => put(key, bodyOf(bytes)),
    async adopt(key, stagedPath) {
      try {
        return await put(key, await stagedBody(stagedPath));
      } finally {
        await discardStaged(stagedPath);
      }
    },
    read: async (key, start = 0, end) => said(s3, key, () => read(s3, nameOf(key), start, end)),
    async stat(key) {
      const found = await said(s3, key, () => s3.head(nameOf(key)));
      return found && { bytes: found.bytes, modifiedAt: found.modifiedAt };
    },
    list: (wanted) => list(s3, prefix, wanted),
    delete: async (key) => said(s3, key, () => s3.delete(nameOf(key))),
    stage: () => newStagedPath(stagingFolder, newId()),
    discard: discardStaged,
    sweepStaged: (ageMs) => sweepStaged(stagingFolder, ageMs),
    makeFolder: async (wanted) => void keyToPath(wanted),
    path: (key) => copies.path({ s3, key: nameOf(key) }),
    async hold(files, signal) {
      const held = await copies.hold(files.map(({ key, bytes }) => ({ s3, key: nameOf(key), bytes })), signal);
      const refused = held.copies.find((copy) => copy instanceof MillraceError);
      if (refused) held.release();
      if (refused) throw refused;
      return held;
    },
    folders: [stagingFolder, copies.folder],
    location: (key) => root + nameOf(key),
    keyAt: (location) => keyAtLocation(`${root}${prefix}`, location),
  };
}

/** One object that is to be stored, until it is known whether it was. */
class Put {
  readonly #s3: S3Port;
  readonly #name: string;
  readonly #body: S3Body;
  readonly #token: string;

  constructor(s3: S3Port, name: string, body: S3Body, token: string) {
    this.#s3 = s3;
    this.#name = name;
    this.#body = body;
    this.#token = token;
  }

  /**
   * An answer may be lost behind a put that was made, and the next try finds the name taken: by itself. So whatever is not
   * plainly stored is looked at, and the token says whose it is.
   */
  async run(pauseMs: { first: number; max: number }): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#s3.putNew(this.#name, this.#body, this.#token).catch((error: unknown) => asMillraceError(error, this.#name));
      if (outcome === "stored") return true;
      const found = await this.#s3.head(this.#name).catch((error: unknown) => asMillraceError(error, this.#name));
      if (found !== undefined && !(found instanceof MillraceError)) return found.token === this.#token;
      // It was taken and is no more, or it is not known whether it will still be stored: another put decides.
      const error = [outcome, found].find((each) => each instanceof MillraceError);
      if (tries === triesMax || (error && error.parts.retryable !== true)) throw error ?? this.#unsettled();
      await wait(Math.min(pauseMs.max, pauseMs.first * 2 ** (tries - 1)) * (0.5 + Math.random() / 2));
    }
  }

  #unsettled(): MillraceError {
    return new MillraceError("MR-CONNECT-001", { what: `the store says ${triesMax} times that others are storing an object, and none is there`, where: this.#name, mend: "try again", retryable: true });
  }
}

async function read(s3: S3Port, name: string, start: number, end: number | undefined): Promise<Uint8Array | undefined> {
  if (end !== undefined && end <= start) return (await s3.head(name)) && new Uint8Array();
  return (await bytesOf(s3, name, { start, end })) as Uint8Array | undefined;
}

/**
 * Objects come in the order of their names, which is another one than that of keys where these have more than plain letters: all
 * are gathered first, some hundred bytes each.
 */
async function* list(s3: S3Port, prefix: string, wanted: string): AsyncIterable<string> {
  const folder = wanted.slice(0, Math.max(0, wanted.lastIndexOf("/")));
  const below = prefix + (folder === "" ? "" : `${keyToPath(folder)}/`);
  const keys: string[] = [];
  const pages = s3.pages(below)[Symbol.asyncIterator]();
  for (let page = await said(s3, wanted, () => pages.next()); !page.done; page = await said(s3, wanted, () => pages.next())) {
    for (const { key: name } of page.value) {
      const key = pathToKey(name.slice(prefix.length));
      if (key?.startsWith(wanted)) keys.push(key);
    }
  }
  yield* keys.sort(byUtf8);
}

function objectName(prefix: string, key: string): string {
  const name = prefix + keyToPath(key);
  if (Buffer.byteLength(name) <= objectNameBytesMax) return name;
  throw new MillraceError("MR-FILES-001", { what: `a key is too long: the name of its object would have more than ${objectNameBytesMax} bytes`, where: `key ${JSON.stringify(`${key.slice(0, 300)}…`)}`, mend: "use shorter names for tables, columns and partition values" });
}

/** Other engines write `s3a:` and `s3n:`. */
function keyAtLocation(root: string, location: string): string | undefined {
  const address = location.replace(/^s3[an]:/, "s3:");
  return address.startsWith(root) ? pathToKey(address.slice(root.length)) : undefined;
}

function bodyOf(bytes: Uint8Array): S3Body {
  return { bytes: bytes.byteLength, read: async (start, end) => bytes.subarray(start, end) };
}

/** Read from its path each time, so that a large one never stands in memory whole. */
async function stagedBody(path: string): Promise<S3Body> {
  const within = async <T>(use: (file: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> => {
    const file = await open(path, "r").catch((error: unknown) => Promise.reject(refused(error, path)));
    try {
      return await use(file);
    } catch (error) {
      throw refused(error, path);
    } finally {
      await file.close();
    }
  };
  const { size } = await within((file) => file.stat());
  const cutShort = (): Error => new MillraceError("MR-FILES-002", { what: "a staged file has become shorter while it was stored", where: path, mend: "stage it again; nothing else writes to staged files" });
  return {
    bytes: size,
    read: (start, end) =>
      within(async (file) => {
        const bytes = Buffer.allocUnsafe(end - start);
        for (let filled = 0; filled < bytes.length; ) {
          const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
          if (bytesRead === 0) throw cutShort();
          filled += bytesRead;
        }
        return bytes;
      }),
  };
}

/** What goes wrong with the store, as the contract says it. */
async function said<T>(s3: S3Port, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, parts } = asMillraceError(error, s3.name);
    if (code.startsWith("MR-FILES")) throw error;
    throw new MillraceError("MR-FILES-002", { what: `the store refused a file: ${parts.what}`, where: join(s3.name, key), mend: parts.mend, retryable: parts.retryable, cause: error });
  }
}
