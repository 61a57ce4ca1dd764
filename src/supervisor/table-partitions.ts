import { partitionColumns, partitionKey, partitionText } from "../lake/partition-spec.ts";
import type { DataFile, Table } from "../lake/table.ts";
import type { PartitionValue } from "../lake/transform.ts";
import type { PartitionInfo, TablePartitions } from "../server/control-plane.ts";
import { versionAt } from "./table-tags.ts";

interface Group {
  specId: number;
  values: PartitionValue[];
  info: PartitionInfo;
}

/**
 * What lies in each partition of a version, from its manifests alone, the greatest values first; what was
 * partitioned otherwise stands behind what is partitioned as it is now.
 *
 * @param version - id of a snapshot, a tag or a branch; absent: the current one
 * @throws MillraceError `MR-LAKE-001` when there is no such version
 */
export async function tablePartitions(table: Table, limit: number, version?: string): Promise<TablePartitions> {
  const metadata = await table.metadata();
  const current = metadata["default-spec-id"];
  const specs = new Map(metadata["partition-specs"].map((spec) => [spec["spec-id"], partitionColumns(table.name, spec, metadata.schemas)]));
  const snapshot = version === undefined ? undefined : (await table.snapshotAt(versionAt(version)))["snapshot-id"];
  const groups = new Map<string, Group>();
  for (const file of await table.files(snapshot)) {
    const columns = specs.get(file.specId) ?? [];
    const values = columns.map(({ field }) => file.partition[field.name]);
    const key = partitionKey(file.specId, values);
    const group = groups.get(key) ?? { specId: file.specId, values, info: { values: Object.fromEntries(columns.map((column, i) => [column.field.name, partitionText(column, values[i])])), rows: 0, files: 0, bytes: 0 } };
    groups.set(key, group);
    count(group.info, file);
  }
  const all = [...groups.values()].sort((a, b) => Number(b.specId === current) - Number(a.specId === current) || b.specId - a.specId || compareAll(b.values, a.values));
  const by = (specs.get(current) ?? []).map(({ field, sourcePath }) => ({ name: field.name, column: sourcePath.join("."), transform: field.transform }));
  return { by, count: all.length, partitions: all.slice(0, limit).map(({ info }) => info) };
}

function count(info: PartitionInfo, { records, bytes }: DataFile): void {
  info.rows += records;
  info.files += 1;
  info.bytes += bytes;
}

/** Of two partitions by the same fields. */
function compareAll(a: PartitionValue[], b: PartitionValue[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Null is less than all else. */
function compare(a: PartitionValue, b: PartitionValue): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}
