import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";
import { changedObject } from "./changed-object.ts";
import { etagOf } from "./object-version.ts";
import type { S3Port } from "./s3-port.ts";
import { refused } from "./system-error.ts";

/** An object that is to be read as a file. */
export interface WantedObject {
  s3: S3Port;
  key: string;
  /** The only version that is wanted: see `objectVersion`. Absent: the object is one that never changes. */
  version?: string;
  bytes: number;
}

/** Copies that stay for as long as they are held. */
export interface HeldCopies {
  /** Of each object, in their order: the path of its copy, or why there is none. */
  copies: (string | MillraceError)[];
  release(): void;
}

export interface ObjectCopiesOptions {
  /** What all copies may take together. Default 16 GiB. */
  bytesMax?: number;
  /** Downloads at once. Default 8. */
  downloads?: number;
}

interface Copy {
  bytes: number;
  holds: number;
  /** Ends when the copy is there. */
  ready: Promise<void>;
}

const incoming = ".incoming-";

/**
 * Copies of objects on the disk of this machine, for programs that open files. A copy has the name of its object's version, so
 * that it is never another one than what is wanted; it stands there whole and on disk, or not at all. What was unused for longest
 * goes when there is no room.
 *
 * The folder belongs to one process at a time.
 */
export class ObjectCopies {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #downloads: number;
  readonly #closed = new AbortController();
  /** By name, what was used last at the end. */
  #found: Promise<Map<string, Copy>> | undefined;
  /** Bytes of all of them. */
  #taken = 0;
  /** Copies that are being removed, by name. */
  readonly #going = new Map<string, Promise<void>>();

  constructor(folder: string, { bytesMax = 16 * 1024 ** 3, downloads = 8 }: ObjectCopiesOptions = {}) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
    this.#downloads = downloads;
  }

  /**
   * Brings objects here that are not here yet. One that is gone, has changed or may not be read is told of in its place.
   *
   * @param signal - the caller waits no more; what is under way is brought to its end, for the next one
   * @throws MillraceError `MR-CONNECT-001` when the store does not answer, `-003` when they take more room than there is, `MR-FILES-002` when the disk refuses
   */
  async hold(objects: readonly WantedObject[], signal?: AbortSignal): Promise<HeldCopies> {
    const known = await (this.#found ??= this.#read());
    const names = objects.map(nameOf);
    const held = new Set<Copy>();
    const release = (): void => {
      for (const copy of held) copy.holds--;
      held.clear();
    };
    const copies: (string | MillraceError)[] = new Array(objects.length);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < objects.length; i = next++) {
        signal?.throwIfAborted();
        const copy = this.#copy(known, names[i], objects[i]);
        if (!held.has(copy)) copy.holds++;
        held.add(copy);
        copies[i] = await copy.ready.then(() => join(this.#folder, names[i]), (error: unknown) => ofOneObject(error));
      }
    };
    try {
      this.#checkRoom(objects, names);
      await Promise.all(Array.from({ length: Math.min(this.#downloads, objects.length) }, work));
      return { copies, release };
    } catch (error) {
      next = objects.length;
      release();
      throw error;
    }
  }

  /** Where the copy of an object is while it is held. */
  path(object: Omit<WantedObject, "bytes">): string {
    return join(this.#folder, nameOf(object));
  }

  get folder(): string {
    return this.#folder;
  }

  /** Ends what is under way. */
  close(): void {
    this.#closed.abort(new Error("Millrace ends"));
  }

  /** What an earlier process has left. What was not whole when it ended goes. */
  async #read(): Promise<Map<string, Copy>> {
    await mkdir(this.#folder, { recursive: true }).catch((error: unknown) => Promise.reject(refused(error, this.#folder)));
    const found: { name: string; bytes: number; modifiedAt: number }[] = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      if (name.startsWith(incoming)) await rm(path, { force: true });
      else await stat(path).then(({ size, mtimeMs }) => found.push({ name, bytes: size, modifiedAt: mtimeMs }));
    }
    found.sort((a, b) => a.modifiedAt - b.modifiedAt);
    for (const { bytes } of found) this.#taken += bytes;
    return new Map(found.map(({ name, bytes }) => [name, { bytes, holds: 0, ready: Promise.resolve() }]));
  }

  #checkRoom(objects: readonly WantedObject[], names: readonly string[]): void {
    const bytes = [...new Map(objects.map((object, i) => [names[i], object.bytes])).values()].reduce((sum, each) => sum + each, 0);
    if (bytes > this.#bytesMax) throw noRoom(`${bytes} bytes of objects are to be read at once`, this.#bytesMax, objects[0].s3.name);
  }

  #copy(known: Map<string, Copy>, name: string, object: WantedObject): Copy {
    const before = known.get(name);
    if (before) {
      known.delete(name);
      known.set(name, before);
      return before;
    }
    // From here on its room is taken.
    const copy: Copy = { bytes: object.bytes, holds: 0, ready: Promise.resolve() };
    known.set(name, copy);
    this.#taken += copy.bytes;
    copy.ready = this.#ready(known, name, object);
    copy.ready.catch(() => this.#forget(known, name));
    return copy;
  }

  #forget(known: Map<string, Copy>, name: string): void {
    this.#taken -= known.get(name)?.bytes ?? 0;
    known.delete(name);
  }

  async #ready(known: Map<string, Copy>, name: string, object: WantedObject): Promise<void> {
    // One of this name may be on its way out, and would take the new one with it.
    await this.#going.get(name);
    await this.#makeRoom(known, object);
    await this.#fetch(name, object);
  }

  async #makeRoom(known: Map<string, Copy>, object: WantedObject): Promise<void> {
    while (this.#taken > this.#bytesMax) {
      const name = longestUnused(known);
      if (name === undefined) throw noRoom("the objects that others read just now leave no room for more", this.#bytesMax, object.s3.name, true);
      this.#forget(known, name);
      const going = rm(join(this.#folder, name), { force: true }).finally(() => this.#going.delete(name));
      this.#going.set(name, going);
      await going;
    }
  }

  async #fetch(name: string, object: WantedObject): Promise<void> {
    const { s3, key, version, bytes } = object;
    const address = `s3://${s3.bucket}/${key}`;
    const pieces = await s3.open(key, { start: 0 }, version === undefined ? undefined : etagOf(version), this.#closed.signal);
    if (pieces === "changed") throw changedObject(address);
    if (pieces === undefined) throw unreadableObject(address, "it is not there any more");
    const path = join(this.#folder, incoming + randomUUID());
    try {
      const written = await writeFlushed(path, pieces);
      if (written !== bytes) throw changedObject(address);
      await rename(path, join(this.#folder, name));
    } catch (error) {
      await rm(path, { force: true });
      throw error instanceof MillraceError ? error : refused(error, path);
    }
  }
}

function longestUnused(known: ReadonlyMap<string, Copy>): string | undefined {
  for (const [name, { holds }] of known) if (holds === 0) return name;
  return undefined;
}

/** The ending stays: where a file could be several things, its name decides. */
function nameOf({ s3, key, version }: Omit<WantedObject, "bytes">): string {
  const [ending = ""] = /(?:\.[A-Za-z0-9]{1,10}){1,2}$/.exec(key) ?? [];
  return createHash("sha256").update(JSON.stringify([s3.name, key, version])).digest("hex").slice(0, 40) + ending;
}

async function writeFlushed(path: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, "wx");
  try {
    let bytes = 0;
    for await (const piece of pieces) {
      await file.writeFile(piece);
      bytes += piece.byteLength;
    }
    // A machine that goes down must not leave a name without its bytes.
    await file.datasync();
    return bytes;
  } finally {
    await file.close();
  }
}

/** What is wrong with one object alone; anything else ends the work. */
function ofOneObject(error: unknown): MillraceError {
  if (!(error instanceof MillraceError)) throw error;
  if (error.code === "MR-CONNECT-002") return unreadableObject(error.parts.where, error.parts.what, error);
  if (error.code === "MR-FORMAT-004" || error.code === "MR-FORMAT-005") return error;
  throw error;
}

/** An object cannot be had, whatever the others are like. */
export function unreadableObject(where: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-FORMAT-005", { what: `the object cannot be read: ${why}`, where, mend: "check the object and the rights to it", cause });
}

function noRoom(what: string, bytesMax: number, where: string, retryable = false): MillraceError {
  return new MillraceError("MR-CONNECT-003", { what: `${what}, and ${bytesMax} bytes are kept on this machine at most`, where, mend: "read fewer: compare a column of the path with a constant; or bring them into the lake with a source folder", retryable });
}
