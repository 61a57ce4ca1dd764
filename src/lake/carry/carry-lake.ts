import { createHash } from "node:crypto";
import { constants, copyFile, writeFile } from "node:fs/promises";
import { MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import { readAvro } from "../avro-container.ts";
import { Duckdb, queryJson, sqlText } from "../duckdb.ts";
import { stringifyExact } from "../exact-json.ts";
import { bytesAt, type Cargo, type CargoFile, cargoKinds, type Move } from "./cargo.ts";
import { moveBetween, type PositionMove, relocatedManifest, relocatedManifestList, relocatedMetadata, relocateDeletes } from "./relocate.ts";

/*
 * Brings a lake from one store to another. Files are put where nothing stands, whole, so that it may be ended at any moment
 * and begun again: what is there already stays. Pointers of tables are keys, and hold in both stores.
 */

const sideBySide = 8;
const chunkBytes = 8 << 20;

export interface CarryOptions {
  /** Where the tables' input goes to another log too. */
  offsetOf?: PositionMove;
  /** Called with each file that is there. */
  onFile?: (file: CargoFile) => void;
}

interface Route {
  from: FilesDriver;
  to: FilesDriver;
  move: Move;
  offsetOf?: PositionMove;
}

export async function carryLake(cargo: Cargo, from: FilesDriver, to: FilesDriver, { offsetOf, onFile }: CarryOptions = {}): Promise<void> {
  const route: Route = { from, to, move: moveBetween(from, to), offsetOf };
  for (const kind of cargoKinds) {
    await each(cargo.files.filter((file) => file.kind === kind), async (file) => {
      if ((await to.stat(file.to)) === undefined) await carryFile(file, route);
      onFile?.(file);
    });
  }
}

/**
 * Compares what stands in the two stores, byte for byte, and where addresses are inside, in all but these.
 *
 * @returns a digest over all files, by key
 * @throws MillraceError `MR-MIGRATE-002` for the first file that is missing or differs
 */
export async function verifyLake(cargo: Cargo, from: FilesDriver, to: FilesDriver, { offsetOf }: CarryOptions = {}): Promise<string> {
  const move = moveBetween(from, to);
  const digests = new Map<string, string>();
  await each(cargo.files, async (file) => {
    const [wanted, found] = [await digestOf(from, file.key, file, move, offsetOf), await digestOf(to, file.to, file)];
    if (wanted !== found) throw differs(to.location(file.to), found === undefined ? "it is not there" : "its content differs");
    digests.set(file.to, found as string);
  });
  const all = createHash("sha256");
  for (const key of [...digests.keys()].sort()) all.update(`${key} ${digests.get(key)}\n`);
  return all.digest("hex");
}

async function carryFile({ key, to: target, kind }: CargoFile, route: Route): Promise<void> {
  const { from, to, move } = route;
  const staged = await to.stage();
  try {
    if (kind === "bytes") await copyFile(from.path(key), staged, constants.COPYFILE_FICLONE);
    else if (kind === "position deletes") await relocateDeletes(from.path(key), staged, move);
    else await writeFile(staged, await relocatedBytes(kind, key, route));
  } catch (error) {
    await to.discard(staged);
    throw error;
  }
  await to.adopt(target, staged);
}

async function relocatedBytes(kind: "manifest" | "manifest list" | "metadata", key: string, { from, to, move, offsetOf }: Route): Promise<Uint8Array> {
  const bytes = await bytesAt(from, key);
  if (kind === "metadata") return relocatedMetadata(bytes, move, offsetOf);
  const bytesOf = async (location: string): Promise<number> => {
    const there = to.keyAt(location);
    const stat = there === undefined ? undefined : await to.stat(there);
    if (stat === undefined) throw differs(location, "it is not there");
    return stat.bytes;
  };
  return (kind === "manifest" ? relocatedManifest : relocatedManifestList)(bytes, from.location(key), move, bytesOf);
}

/** Of a file's content. @param move - and `offsetOf`, for the one that is still to be moved */
async function digestOf(files: FilesDriver, key: string, { kind }: CargoFile, move: Move = (location) => location, offsetOf?: PositionMove): Promise<string | undefined> {
  const stat = await files.stat(key);
  if (stat === undefined) return undefined;
  if (kind === "bytes") return digestOfBytes(files, key, stat.bytes);
  if (kind === "position deletes") return digestOfDeletes(files, key, stat.bytes, move);
  const bytes = await bytesAt(files, key);
  if (kind === "metadata") return digest(relocatedMetadata(bytes, move, offsetOf));
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
