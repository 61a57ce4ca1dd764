import { hiveFolder, type PartitionColumn, partitionType } from "../../formats/hive-partitions.ts";

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
    const found = names.map((folder) => (folder === undefined ? null : key === undefined ? folder : (hiveFolder(folder)?.value ?? null)));
    found.forEach((value, i) => (values[i][name] = value));
    return { name, type: partitionType(found) };
  });
  return { columns, values };
}

function commonKey(names: readonly (string | undefined)[]): string | undefined {
  const keys = new Set(names.filter((name) => name !== undefined).map((name) => hiveFolder(name)?.key));
  const [key] = keys;
  return keys.size === 1 ? key : undefined;
}

function freeName(wanted: string, used: Set<string>): string {
  let free = wanted;
  while (used.has(free.toLowerCase())) free = `${free}_partition`;
  used.add(free.toLowerCase());
  return free;
}
