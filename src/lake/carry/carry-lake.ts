import { createHash } from "node:crypto";
import { constants, copyFile, writeFile } from "node:fs/promises";
import { MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import { readAvro } from "../avro-container.ts";
import { Duckdb, queryJson, sqlText } from "../duckdb.ts";
import { stringifyExact } from "../exact-json.ts";
import { bytesAt, type Cargo, type CargoFile, cargoKinds, type Move } from "./cargo.ts";
import { moveBetween, relocatedManifest, relocatedManifestList, relocatedMetadata, relocateDeletes } from "./relocate.ts";

/*
 * Brings a lake from one store to another. Files are put where nothing stands, whole, so that it may be ended at any moment
 * and begun again: what is there already stays. Pointers of tables are keys, and hold in both stores.
 */

const sideBySide = 8;
const chunkBytes = 8 << 20;

/** @param onFile - called with each file that is there */
export async function carryLake(cargo: Cargo, from: FilesDriver, to: FilesDriver, onFile: (file: CargoFile) => void = () => undefined): Promise<void> {
  const move = moveBetween(from, to);
  for (const kind of cargoKinds) {
    await each(cargo.files.filter((file) => file.kind === kind), async (file) => {
      if ((await to.stat(file.to)) === undefined) await carryFile(file, from, to, move);
      onFile(file);
    });
  }
}

/**
 * Compares what stands in the two stores, byte for byte, and where addresses are inside, in all but these.
 *
 * @returns a digest over all files, by key
 * @throws MillraceError `MR-MIGRATE-002` for the first file that is missing or differs
 */
export async function verifyLake(cargo: Cargo, from: FilesDriver, to: FilesDriver): Promise<string> {
  const move = moveBetween(from, to);
  const digests = new Map<string, string>();
  await each(cargo.files, async (file) => {
    const [wanted, found] = [await digestOf(from, file.key, file, move), await digestOf(to, file.to, file)];
    if (wanted !== found) throw differs(to.location(file.to), found === undefined ? "it is not there" : "its content differs");
    digests.set(file.to, found as string);
  });
  const all = createHash("sha256");
  for (const key of [...digests.keys()].sort()) all.update(`${key} ${digests.get(key)}\n`);
  return all.digest("hex");
}

async function carryFile({ key, to: target, kind }: CargoFile, from: FilesDriver, to: FilesDriver, move: Move): Promise<void> {
  const staged = await to.stage();
  try {
    if (kind === "bytes") await copyFile(from.path(key), staged, constants.COPYFILE_FICLONE);
    else if (kind === "position deletes") await relocateDeletes(from.path(key), staged, move);
    else await writeFile(staged, await relocatedBytes(kind, from, key, to, move));
  } catch (error) {
    await to.discard(staged);
    throw error;
  }
  await to.adopt(target, staged);
}

async function relocatedBytes(kind: "manifest" | "manifest list" | "metadata", from: FilesDriver, key: string, to: FilesDriver, move: Move): Promise<Uint8Array> {
  const bytes = await bytesAt(from, key);
  if (kind === "metadata") return relocatedMetadata(bytes, move);
  const bytesOf = async (location: string): Promise<number> => {
    const there = to.keyAt(location);
    const stat = there === undefined ? undefined : await to.stat(there);
    if (stat === undefined) throw differs(location, "it is not there");
    return stat.bytes;
  };
  return (kind === "manifest" ? relocatedManifest : relocatedManifestList)(bytes, from.location(key), move, bytesOf);
}

/** Of a file's content. @param move - for the one that is still to be moved */
async function digestOf(files: FilesDriver, key: string, { kind }: CargoFile, move: Move = (location) => location): Promise<string | undefined> {
  const stat = await files.stat(key);
  if (stat === undefined) return undefined;
  if (kind === "bytes") return digestOfBytes(files, key, stat.bytes);
  if (kind === "position deletes") return digestOfDeletes(files, key, stat.bytes, move);
  const bytes = await bytesAt(files, key);
  if (kind === "metadata") return digest(Buffer.from(relocatedMetadata(bytes, move)));
  // How long a file is depends on the addresses in it.
  const moved = await (kind === "manifest" ? relocatedManifest : relocatedManifestList)(bytes, files.location(key), move, async () => 0);
  const { metadata, records } = await readAvro(moved, files.location(key));
  return digest(Buffer.from(stringifyExact([metadata["avro.schema"], ...records.map((record) => comparable(record.plain()))])));
}

function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === "manifest_length" ? null : comparable(item)]));
}

/** In pieces: a file may be larger than memory. */
async function digestOfBytes(files: FilesDriver, key: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes; at += chunkBytes) hash.update((await files.read(key, at, at + chunkBytes)) ?? "");
  return hash.digest("hex");
}

async function digestOfDeletes(files: FilesDriver, key: string, bytes: number, move: Move): Promise<string> {
  const held = await files.hold([{ key, bytes }]);
  const duckdb = new Duckdb();
  try {
    const rows = await duckdb.with((connection) => queryJson(connection, `select file_path, pos::varchar as pos from read_parquet(${sqlText(files.path(key))}, hive_partitioning = false) order by all`, key));
    return digest(Buffer.from(JSON.stringify(rows.map(({ file_path, pos }) => `${move(file_path as string)} ${pos}`).sort())));
  } finally {
    await duckdb.close();
    held.release();
  }
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Does them side by side; the first that fails ends it. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(Array.from({ length: sideBySide }, async () => {
    for (const item of left) await work(item);
  }));
}

function differs(where: string, what: string): MillraceError {
  return new MillraceError("MR-MIGRATE-002", { what: `what was carried is not what was there: ${what}`, where, mend: "remove what stands there, and run millrace migrate again" });
}
