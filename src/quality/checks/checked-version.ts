import type { TableView } from "../../lake/table.ts";
import { duckdbType } from "../../lake/duckdb-type.ts";
import { snapshotAt } from "../../lake/refs.ts";
import { currentSchema, headOf, type Snapshot, type TableMetadata } from "../../lake/table-metadata.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import type { CheckedDataset } from "./checked-dataset.ts";
import { datasetFacts } from "./dataset-facts.ts";

/** Versions before it that a check of its volume may look at. */
const versionsMax = 1_000;

/**
 * One version of a table, with what its manifests know of it.
 * @param snapshot - undefined: the table has no version yet, and no rows
 */
export async function checkedVersion(table: TableView, snapshot: Snapshot | undefined): Promise<CheckedDataset> {
  const metadata = await table.metadata();
  const snapshotId = snapshot?.["snapshot-id"];
  const schema = await table.schema(snapshotId);
  const { files } = snapshot === undefined ? { files: [] } : await table.planFiles({ snapshotId });
  const at = { committedAt: snapshot?.["timestamp-ms"] ?? 0, rowsBefore: rowsBefore(metadata, snapshot) };
  return { name: table.name, columns: schema.fields.map(({ name, type }) => ({ name, type: duckdbType(type) })), facts: datasetFacts(files, schema, currentSchema(metadata), at) };
}

/**
 * The versions that checks of distributions hold it against, by what they call them.
 * @throws MillraceError `MR-LAKE-001` when one of them is not there
 */
export function versionsBefore(table: string, metadata: TableMetadata, snapshot: Snapshot | undefined, checks: readonly CheckDecl[]): Map<string, Snapshot> {
  const versions = new Map<string, Snapshot>();
  for (const check of checks) {
    if (check.kind !== "distribution") continue;
    const parent = snapshot?.["parent-snapshot-id"];
    const found = check.against === undefined ? metadata.snapshots.find((each) => each["snapshot-id"] === parent) : versionOf(table, metadata, check.against);
    if (found) versions.set(check.against ?? "", found);
  }
  return versions;
}

/** As a statement names a version that a dataset is held against. */
export const nameBefore = (table: string, called: string): string => `${table} before ${called}`;

/** The version that is meant: by its id or the name of a tag or branch; without one the current. @throws MillraceError `MR-LAKE-001` */
export function versionOf(table: string, metadata: TableMetadata, version: string | undefined): Snapshot | undefined {
  if (version === undefined) return headOf(metadata);
  const isId = !Object.hasOwn(metadata.refs, version) && /^\d{1,19}$/.test(version);
  return snapshotAt(table, metadata, isId ? { snapshot: BigInt(version) } : { ref: version });
}

/** Of its ancestors, the newest first. */
function rowsBefore({ snapshots }: TableMetadata, snapshot: Snapshot | undefined): number[] {
  const byId = new Map(snapshots.map((each) => [each["snapshot-id"], each]));
  const rows: number[] = [];
  for (let id = snapshot?.["parent-snapshot-id"]; id !== undefined && rows.length < versionsMax; id = byId.get(id)?.["parent-snapshot-id"]) {
    const summary = byId.get(id)?.summary;
    // Compaction makes versions of the same rows.
    if (summary?.["total-records"] !== undefined && summary.operation !== "replace") rows.push(Number(summary["total-records"]));
  }
  return rows;
}
