import { MillraceError } from "../errors.ts";
import type { Column, ColumnType, PartitionField } from "./manifest.ts";
import { nearest } from "./names.ts";
import { invalid } from "./option-checks.ts";

/** The column named, or an error that names the nearest. `option` is what named it: `key`, `eventTime`, `by` … */
export function columnNamed(columns: readonly Column[], name: string, option: string, where: string): Column {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  const names = columns.map((column) => column.name);
  const near = nearest(name, names);
  throw invalid(`${option} names the field ${JSON.stringify(name)}, which is not there`, where, near ? `write "${near}"` : `use one of ${names.join(", ")}`);
}

/** @throws MillraceError `MR-MODEL-001` when the key is no field, or one whose values have no text of their own */
export function checkKey(columns: readonly Column[], key: string | undefined, where: string): void {
  if (key === undefined) return;
  const { type } = columnNamed(columns, key, "key", where);
  if (type === "json") throw invalid(`the key ${JSON.stringify(key)} may be an object, a list or of several types`, where, "use a field of one type: string, integer, boolean, timestamp or date");
}

/** @throws MillraceError `MR-MODEL-001` when it is no timestamp that every record has */
export function checkEventTime(columns: readonly Column[], eventTime: string | undefined, where: string): void {
  if (eventTime === undefined) return;
  const column = columnNamed(columns, eventTime, "eventTime", where);
  if (column.type !== "timestamp") throw invalid(`eventTime names ${JSON.stringify(eventTime)}, which is a ${column.type}`, where, "describe the field as a timestamp: z.iso.datetime(), or format: date-time");
  if (column.nullable) throw invalid(`eventTime names ${JSON.stringify(eventTime)}, which may be null or absent`, where, "let every record have it, or leave eventTime out: then the time of arrival counts");
}

/** @throws MillraceError `MR-MODEL-001` when it is no timestamp that every row has */
export function checkInterval(columns: readonly Column[], interval: string | undefined, where: string): void {
  if (interval === undefined) return;
  const column = columnNamed(columns, interval, "interval", where);
  if (column.type !== "timestamp") throw invalid(`interval names ${JSON.stringify(interval)}, which is a ${column.type}`, where, "describe the field as a timestamp: z.iso.datetime(), or format: date-time");
  if (column.nullable) throw invalid(`interval names ${JSON.stringify(interval)}, which may be null or absent`, where, "let every row have it: Millrace fills it");
}

const partitionable: Record<PartitionField["transform"], readonly ColumnType[]> = {
  identity: ["string", "boolean", "integer", "number", "timestamp", "date"],
  year: ["timestamp", "date"],
  month: ["timestamp", "date"],
  day: ["timestamp", "date"],
  hour: ["timestamp"],
  bucket: ["string", "integer", "timestamp", "date"],
  truncate: ["string", "integer"],
};

/** @throws MillraceError `MR-MODEL-001` when a transform does not suit its column, or two are the same */
export function checkPartitions(columns: readonly Column[], partitionBy: readonly PartitionField[], where: string): void {
  const seen = new Set<string>();
  for (const { column: name, transform, parameter } of partitionBy) {
    const { type } = columnNamed(columns, name, "partitionBy", where);
    const allowed = partitionable[transform];
    if (!allowed?.includes(type)) throw invalid(`${transform}(${JSON.stringify(name)}) is over a ${type}`, where, `use it on a field of type ${allowed?.join(", ") ?? "none: there is no such transform"}`);
    const slot = `${transform} ${name} ${parameter ?? ""}`;
    if (seen.has(slot)) throw invalid(`partitionBy has ${transform}(${JSON.stringify(name)}) twice`, where, "leave one out");
    seen.add(slot);
  }
}

/** SQL does not tell upper from lower case in names of columns. */
export function checkColumnNames(columns: readonly Column[], where: string): void {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) throw invalid(`the fields ${JSON.stringify(other)} and ${JSON.stringify(name)} differ in case alone`, where, "rename one: a table tells columns apart without regard to case");
    seen.set(name.toLowerCase(), name);
  }
}

export function wrongKey(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-MODEL-009", { what, where, mend });
}
