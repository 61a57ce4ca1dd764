import { TypeTally } from "../../formats/type-tally.ts";
import type { PartitionColumn } from "../external-table.ts";

/** What Hive writes where a value is null. */
const hiveNull = "__HIVE_DEFAULT_PARTITION__";

export interface Partitioning {
  columns: PartitionColumn[];
  /** Of each file, in the order given. */
  values: Record<string, string | null>[];
}

/**
 * Partition columns from the folders that files lie in. A level whose folders are all `key=value` with one key is a column of
 * that name; any other is `partition_0`, `partition_1`, … by its level. A file that lies higher up has null there. A name that
 * the files have as a column too gets `_partition` behind it.
 *
 * @param paths - relative to the table's folder
 * @param taken - names of the files' columns
 */
export function partitioningOf(paths: readonly string[], taken: readonly string[]): Partitioning {
  const folders = paths.map((path) => path.split("/").slice(0, -1));
  const depth = folders.reduce((most, names) => Math.max(most, names.length), 0);
  const used = new Set(taken.map((name) => name.toLowerCase()));
  const values: Partitioning["values"] = paths.map(() => ({}));
  const columns = Array.from({ length: depth }, (_, level) => {
    const names = folders.map((each) => each[level] as string | undefined);
    const key = commonKey(names);
    const name = freeName(key ?? `partition_${level}`, used);
    const found = names.map((folder) => (folder === undefined ? null : key === undefined ? folder : hiveValue(folder)));
    found.forEach((value, i) => (values[i][name] = value));
    return { name, type: typeOf(found) };
  });
  return { columns, values };
}

function commonKey(names: readonly (string | undefined)[]): string | undefined {
  const keys = new Set(names.filter((name) => name !== undefined).map((name) => /^([^=]+)=/.exec(name)?.[1]));
  const [key] = keys;
  return keys.size === 1 && key !== undefined ? decoded(key) : undefined;
}

function hiveValue(folder: string): string | null {
  const value = folder.slice(folder.indexOf("=") + 1);
  return value === hiveNull || value === "" ? null : decoded(value);
}

/** Hive writes some characters with a percent sign. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function freeName(wanted: string, used: Set<string>): string {
  let free = wanted;
  while (used.has(free.toLowerCase())) free = `${free}_partition`;
  used.add(free.toLowerCase());
  return free;
}

function typeOf(values: readonly (string | null)[]): PartitionColumn["type"] {
  const tally = new TypeTally(true);
  for (const value of new Set(values)) tally.add(value);
  const { type, nullTexts } = tally.result();
  return nullTexts === undefined && (type.kind === "long" || type.kind === "date") ? type.kind : "string";
}
