import { MillraceError } from "../errors.ts";
import type { FilesDriver } from "../files/driver.ts";
import { invalid } from "./json-input.ts";
import type { TableMetadata } from "./table-metadata.ts";

/*
 * Where a table's files may stand. A table owns a folder of the lake: what is in it is removed with snapshots that expire, or
 * when nothing refers to it. So a client may not point a table at what is another's, or at no lake at all.
 */

const pathProperties = ["write.data.path", "write.metadata.path", "write.object-storage.path", "write.folder-storage.path"];

/** The folder at a location. @throws MillraceError `MR-ICE-005` when that is not in the lake */
export function folderAt(files: FilesDriver, location: string, where: string): string {
  const folder = files.keyAt(location.replace(/\/+$/, ""));
  if (folder !== undefined) return folder;
  throw outside(`${JSON.stringify(location.slice(0, 300))} is not a place in this lake`, where, "leave the location out: the lake chooses one");
}

/** @throws MillraceError `MR-ICE-005` when the folder is another table's, or one is inside of the other */
export function checkFolderFree(folder: string, taken: readonly string[], where: string): void {
  const other = taken.find((one) => isWithin(one, folder) || isWithin(folder, one));
  if (other !== undefined) throw outside(`folder "${folder}" is another table's`, where, "leave the location out: the lake chooses one");
}

export const isWithin = (key: string, folder: string): boolean => key === folder || key.startsWith(`${folder}/`);

/**
 * That what `next` says for the first time points into the table's folder, and that its files are of a kind that the lake reads.
 * @throws MillraceError `MR-ICE-005`, `MR-ICE-001`
 */
export function checkPlaces(files: FilesDriver, folder: string, base: TableMetadata, next: TableMetadata): void {
  const check = (location: string, where: string) => {
    if (!isWithin(folderAt(files, location, where), folder)) throw outside(`${JSON.stringify(location.slice(0, 300))} is not in the table's folder`, where, `keep the table's files under ${files.location(folder)}`);
  };
  if (next.location !== base.location) check(next.location, "set-location");
  for (const name of pathProperties) {
    const path = next.properties[name];
    if (path !== undefined && path !== base.properties[name]) check(path, `set-properties, ${name}`);
  }
  const format = next.properties["write.format.default"];
  if (format !== undefined && format !== base.properties["write.format.default"] && format.toLowerCase() !== "parquet") {
    throw invalid(`files of format "${format}" are not read here`, "set-properties, write.format.default", "keep parquet");
  }
  const known = new Set(base.snapshots.map((snapshot) => snapshot["snapshot-id"]));
  for (const name of ["statistics", "partition-statistics"] as const) {
    const before = new Set(base[name].map(statisticsPath));
    for (const path of next[name].map(statisticsPath)) if (!before.has(path)) check(path, `${name}, statistics-path`);
  }
  for (const snapshot of next.snapshots) if (!known.has(snapshot["snapshot-id"])) check(snapshot["manifest-list"], `snapshot ${snapshot["snapshot-id"]}, manifest-list`);
}

const statisticsPath = (file: unknown): string => (file as { "statistics-path": string })["statistics-path"];

function outside(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-ICE-005", { what, where, mend });
}
