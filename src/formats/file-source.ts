import type { Stats } from "node:fs";
import { constants, type FileHandle, open, stat } from "node:fs/promises";
import { MillraceError } from "../errors.ts";

/** A file as the readers see it: bytes at places, in a folder, a bucket or memory. */
export interface FileSource {
  /** How reports name it: a path or an address. */
  readonly name: string;
  /** Its path on this machine, where it has one. DuckDB reads by it. */
  readonly path?: string;
  /** Differs whenever the bytes may differ: for a file of this machine see `versionText`. */
  readonly version: string;
  /** In bytes, when it was opened. */
  readonly size: number;
  /** Bytes `start` (inclusive) to `end` (exclusive, clipped to the size). */
  read(start: number, end: number): Promise<Buffer>;
  /** @throws MillraceError `MR-FORMAT-004` when the file is no longer the one that was opened */
  checkUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a file of this machine.
 *
 * @throws MillraceError `MR-FORMAT-005` when there is none, or it may not be read
 */
export async function openFile(path: string): Promise<FileSource> {
  // A pipe would else keep its opener waiting for somebody who writes to it.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new Error("it is no file");
    const { size, mtimeMs, ctimeMs, ino } = info;
    return new LocalFile(path, handle, { size, mtimeMs, ctimeMs, ino });
  } catch (cause) {
    await handle.close();
    throw unreadable(path, cause);
  }
}

/** What `FileSource.version` says, without opening the file. @throws MillraceError `MR-FORMAT-005` when there is none, or it may not be looked at */
export async function fileVersion(path: string): Promise<string> {
  return versionText(await stat(path).catch((cause: unknown) => Promise.reject(unreadable(path, cause))));
}

/** Opens a file for as long as `use` runs. */
export async function withFile<T>(path: string, use: (source: FileSource) => Promise<T>): Promise<T> {
  const source = await openFile(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

type Version = Pick<Stats, "size" | "mtimeMs" | "ctimeMs" | "ino">;

/** Differs whenever the bytes of a file may differ. The time of the last change of whatever the system keeps of it no program can set back. */
export const versionText = ({ size, mtimeMs, ctimeMs, ino }: Version): string => `${size}-${mtimeMs}-${ctimeMs}-${ino}`;

class LocalFile implements FileSource {
  readonly name: string;
  readonly path: string;
  readonly version: string;
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #version: Version;

  constructor(path: string, handle: FileHandle, version: Version) {
    this.name = path;
    this.path = path;
    this.size = version.size;
    this.version = versionText(version);
    this.#handle = handle;
    this.#version = version;
  }

  async read(start: number, end: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(end, this.size) - start);
    const buffer = Buffer.allocUnsafe(wanted);
    for (let at = 0; at < wanted; ) {
      const { bytesRead } = await this.#handle.read(buffer, at, wanted - at, start + at).catch((cause: unknown) => {
        throw unreadable(this.name, cause);
      });
      if (bytesRead === 0) throw changed(this.name, `it ends at byte ${start + at}, but was ${this.size} bytes long`);
      at += bytesRead;
    }
    return buffer;
  }

  async checkUnchanged(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat();
    if (size !== this.#version.size) throw changed(this.name, `it had ${this.#version.size} bytes and has ${size}`);
    if (mtimeMs !== this.#version.mtimeMs) throw changed(this.name, "it was written to");
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function changed(name: string, how: string): MillraceError {
  return new MillraceError("MR-FORMAT-004", { what: `the file changed while it was read: ${how}`, where: name, mend: "read it again when its writer is done; writers that rename a finished file into its place are safe", retryable: true });
}

function unreadable(name: string, cause: unknown): MillraceError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError("MR-FORMAT-005", { what: `the file cannot be read: ${what}`, where: name, mend: "check the path and its permissions", cause });
}
