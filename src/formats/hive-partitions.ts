import { TypeTally } from "./type-tally.ts";

/** A column whose values stand in the paths of files, and not in the files. */
export interface PartitionColumn {
  name: string;
  /** Every value of a file's `partition` can be read as it. Values with leading zeros are text. */
  type: "long" | "date" | "string";
}

/** Names that are passed over, as by Hive and Spark: they are what writers keep for themselves. */
export const leftOutName = /^[._]/;

/** What Hive writes where a value is null. */
const hiveNull = "__HIVE_DEFAULT_PARTITION__";

/** What a folder of the form `key=value` says, as Hive, Spark and DuckDB write it; undefined of one of another form. */
export function hiveFolder(folder: string): { key: string; value: string | null } | undefined {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(folder) ?? [];
  return key === undefined ? undefined : { key: decoded(key), value: value === hiveNull || value === "" ? null : decoded(value) };
}

/**
 * The values in a path's folders of that form.
 * @example hivePartition("sales/year=2024/month=01/a.csv") // { year: "2024", month: "01" }
 */
export function hivePartition(path: string): Record<string, string | null> {
  const folders = path.split("/").slice(0, -1).flatMap((folder) => hiveFolder(folder) ?? []);
  return Object.fromEntries(folders.map(({ key, value }) => [key, value]));
}

/** The columns that files have by their partitions: in the order in which they come first, each of a type that all its values have. */
export function partitionColumns(partitions: readonly Record<string, string | null>[]): PartitionColumn[] {
  const names = new Set(partitions.flatMap((partition) => Object.keys(partition)));
  return [...names].map((name) => ({ name, type: partitionType(partitions.map((partition) => partition[name] ?? null)) }));
}

/** Hive writes some characters with a percent sign. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** That all values have; text where there is none. */
export function partitionType(values: readonly (string | null)[]): PartitionColumn["type"] {
  const tally = new TypeTally(true);
  for (const value of new Set(values)) tally.add(value);
  const { type, nullTexts } = tally.result();
  return nullTexts === undefined && (type.kind === "long" || type.kind === "date") ? type.kind : "string";
}
