import { MillraceError } from "../errors.ts";
import { knownPartitionColumns, partitionKey, partitionText } from "../lake/partition-spec.ts";
import type { DataFile, Table } from "../lake/table.ts";
import type { PartitionSpec, TableSchema } from "../lake/table-metadata.ts";
import type { PartitionValue } from "../lake/transform.ts";
import type { PartitionInfo, PartitionsRequest, TablePartitions } from "../server/control-plane.ts";
import { versionAt } from "./table-tags.ts";

interface Group {
  specId: number;
  values: PartitionValue[];
  info: PartitionInfo;
}

/**
 * What lies in each partition of a version, from its manifests alone, the greatest values first; what was
 * partitioned otherwise stands behind what is partitioned as it is now. A field whose transform is not known has its value as it is kept.
 *
 * @throws MillraceError `MR-LAKE-001` when there is no such version; `MR-HTTP-006` when `after` is no page's
 */
export async function tablePartitions(table: Table, { limit, version, after }: PartitionsRequest): Promise<TablePartitions> {
  const page = after === undefined ? { version, from: 0 } : pageAfter(after);
  const metadata = await table.metadata();
  const current = metadata["default-spec-id"];
  const specs = new Map(metadata["partition-specs"].map((spec) => [spec["spec-id"], fieldsOf(spec, metadata.schemas)]));
  const shown = page.version === undefined ? await table.currentSnapshot() : await table.snapshotAt(versionAt(page.version));
  const groups = new Map<string, Group>();
  for (const file of await table.files(shown?.["snapshot-id"])) {
    const fields = specs.get(file.specId) ?? [];
    const values = fields.map(({ name }) => file.partition[name]);
    const key = partitionKey(file.specId, values);
    const group = groups.get(key) ?? { specId: file.specId, values, info: { spec: file.specId, values: Object.fromEntries(fields.map(({ name, text }, i) => [name, values[i] === null ? null : text(values[i])])), rows: 0, files: 0, bytes: 0 } };
    groups.set(key, group);
    count(group.info, file);
  }
  const all = [...groups.values()].sort((a, b) => Number(b.specId === current) - Number(a.specId === current) || b.specId - a.specId || compareAll(b.values, a.values));
  const by = (specs.get(current) ?? []).map(({ name, column, transform }) => ({ name, column, transform }));
  const end = page.from + limit;
  const next = shown !== undefined && end < all.length ? `${shown["snapshot-id"]}:${end}` : null;
  return { by, deletedRows: Number(shown?.summary["total-position-deletes"] ?? 0), count: all.length, partitions: all.slice(page.from, end).map(({ info }) => info), next };
}

/** A version, and how many of its partitions the pages before had. */
function pageAfter(after: string): { version: string; from: number } {
  const said = /^(\d{1,20}):(\d{1,9})$/.exec(after);
  if (said === null) throw new MillraceError("MR-HTTP-006", { what: `no page of partitions has the next "${after}"`, where: "the query, field `after`", mend: "give `next` of the page before as it is" });
  return { version: said[1], from: Number(said[2]) };
}

interface ShownField {
  name: string;
  column: string;
  transform: string;
  text(value: PartitionValue): string;
}

function fieldsOf(spec: PartitionSpec, schemas: TableSchema[]): ShownField[] {
  return knownPartitionColumns(spec, schemas).map((known, i) => {
    const { name, transform } = spec.fields[i];
    return { name, transform, column: known?.sourcePath.join(".") ?? name, text: (value) => (known === undefined ? String(value) : partitionText(known, value)) };
  });
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
