import type { TableView } from "../../lake/table.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import type { CheckedDataset } from "./checked-dataset.ts";
import { checkedVersion, nameBefore, versionsBefore } from "./checked-version.ts";
import type { TableSource, TableVersion } from "../../sql/query-request.ts";
import { tableSource } from "../../sql/table-source.ts";

/** A version of a table, and what statements of its checks read: itself and the versions that it is held against. */
export interface OpenVersion {
  dataset: CheckedDataset;
  staged: Map<string, TableSource>;
}

/** @param at - of `snapshot`; absent: the current one */
export async function openVersion(table: TableView, snapshot: Snapshot | undefined, at: TableVersion | undefined, checks: readonly CheckDecl[]): Promise<OpenVersion> {
  const staged = new Map([[table.name, await tableSource(table, at)]]);
  const before = new Map<string, string>();
  for (const [called, version] of versionsBefore(table.name, await table.metadata(), snapshot, checks)) {
    before.set(called, nameBefore(table.name, called));
    staged.set(nameBefore(table.name, called), await tableSource(table, { version: String(version["snapshot-id"]) }));
  }
  return { dataset: { ...(await checkedVersion(table, snapshot)), before }, staged };
}
