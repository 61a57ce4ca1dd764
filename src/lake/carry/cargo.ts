import { MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import type { StateStore } from "../../state/store.ts";
import { positionDeletes } from "../delete-files.ts";
import { movedStateKey, stateName } from "../file-states.ts";
import { readManifest } from "../manifest-file.ts";
import { readManifestList } from "../manifest-list.ts";
import { parseMetadata } from "../metadata-file.ts";
import { type TablePointer, tablesCollection } from "../table-store.ts";

/*
 * All that lies in a lake, and which of it holds addresses of other files: the metadata of tables does, down to the files
 * that delete rows by position. Everything else is the same bytes in any store.
 */

/** In the order in which they are carried: a list says how long its manifests are, a manifest how long its files. */
export const cargoKinds = ["bytes", "position deletes", "manifest", "manifest list", "metadata"] as const;

export type CargoKind = (typeof cargoKinds)[number];

export interface CargoFile {
  /** In the store that it comes from. */
  key: string;
  /** In the store that it goes to. */
  to: string;
  kind: CargoKind;
  bytes: number;
}

export interface CargoTable {
  name: string;
  /** Key of its current metadata: the same in both stores. */
  metadata: string;
  snapshots: number;
  /** Of data that the current snapshots need. */
  dataFiles: number;
}

export interface Cargo {
  tables: CargoTable[];
  files: CargoFile[];
}

/** Where a file is in the other store. */
export type Move = (location: string) => string;

/**
 * What is to be carried from one store to another. Nobody commits to a table meanwhile.
 *
 * @throws MillraceError `MR-LAKE-005` when the metadata of a table cannot be read: what is damaged is not carried in silence
 */
export async function lakeCargo(files: FilesDriver, state: StateStore, move: Move): Promise<Cargo> {
  const kinds = new Map<string, CargoKind>();
  const tables: CargoTable[] = [];
  const states: StatesOf[] = [];
  for (const { key: name, value } of await state.list<TablePointer>(tablesCollection)) {
    const found = await tableCargo(files, name, value, kinds);
    tables.push(found.table);
    states.push({ folder: value.folder, moved: new Map(Array.from(found.data, (location) => [stateName(location), move(location)])) });
  }
  const cargo: CargoFile[] = [];
  for await (const key of files.list("")) cargo.push({ key, to: keyThere(key, states), kind: kinds.get(key) ?? "bytes", bytes: (await files.stat(key))?.bytes ?? 0 });
  return { tables, files: cargo };
}

interface StatesOf {
  folder: string;
  moved: Map<string, string>;
}

/** What was measured of a file is found by the file's address. */
function keyThere(key: string, states: readonly StatesOf[]): string {
  for (const { folder, moved } of states) {
    const found = movedStateKey(key, folder, moved);
    if (found !== undefined) return found;
  }
  return key;
}

async function tableCargo(files: FilesDriver, name: string, pointer: TablePointer, kinds: Map<string, CargoKind>): Promise<{ table: CargoTable; data: Set<string> }> {
  const note = (location: string, kind: CargoKind): string | undefined => {
    const key = files.keyAt(location);
    if (key !== undefined) kinds.set(key, kind);
    return key;
  };
  const metadata = parseMetadata(await bytesAt(files, pointer.metadata), []);
  kinds.set(pointer.metadata, "metadata");
  for (const old of metadata["metadata-log"]) note(old["metadata-file"], "metadata");
  const manifests = new Set<string>();
  const data = new Set<string>();
  for (const snapshot of metadata.snapshots) {
    const list = note(snapshot["manifest-list"], "manifest list");
    if (list === undefined) continue;
    for (const { location } of await readManifestList(await bytesAt(files, list), snapshot["manifest-list"])) {
      const manifest = manifests.has(location) ? undefined : note(location, "manifest");
      manifests.add(location);
      if (manifest === undefined) continue;
      for (const { status, file } of await readManifest(await bytesAt(files, manifest), location)) {
        if (status !== "deleted") data.add(file.location);
        if (file.content === positionDeletes) note(file.location, "position deletes");
      }
    }
  }
  return { table: { name, metadata: pointer.metadata, snapshots: metadata.snapshots.length, dataFiles: data.size }, data };
}

/** @throws MillraceError `MR-LAKE-005` */
export async function bytesAt(files: FilesDriver, key: string): Promise<Uint8Array> {
  const bytes = await files.read(key);
  if (bytes !== undefined) return bytes;
  throw new MillraceError("MR-LAKE-005", { what: "a file that a table names is missing", where: files.location(key), mend: "restore the file, or roll the table back to a snapshot that does not need it and expire the others" });
}
