import { basename } from "node:path/posix";
import type { CatalogTable } from "../../lake/iceberg-catalog.ts";
import { invalid } from "../../lake/json-input.ts";
import type { TableMetadata } from "../../lake/table-metadata.ts";
import { queryText } from "./call-parts.ts";
import type { IcebergAnswer, IcebergCall } from "./iceberg-route.ts";

/** A table as clients load it. Files lie on this machine, or where the client has its own rights: there are no credentials to hand out. */
export function tableAnswer({ metadata, location }: CatalogTable): IcebergAnswer {
  return { body: { ...(location !== undefined && { "metadata-location": location }), metadata, config: {} } };
}

/** As `tableAnswer`, with as many snapshots as the client asks for, and nothing at all when it has this very version. */
export function loadAnswer(table: CatalogTable, { query, headers }: IcebergCall): IcebergAnswer {
  const snapshots = queryText(query, "snapshots") ?? "all";
  if (snapshots !== "all" && snapshots !== "refs") throw invalid('"all" or "refs" is needed here', "the address, snapshots");
  const etag = `"${basename(table.location ?? "")}.${snapshots}"`;
  if (headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
  const metadata = snapshots === "refs" ? ofRefs(table.metadata) : table.metadata;
  return { ...tableAnswer({ ...table, metadata }), headers: { etag } };
}

/** Only the snapshots that a branch or tag names. The log stays: it tells times, and needs no snapshot for that. */
function ofRefs(metadata: TableMetadata): TableMetadata {
  const named = new Set(Object.values(metadata.refs).map((ref) => ref["snapshot-id"]));
  return { ...metadata, snapshots: metadata.snapshots.filter((snapshot) => named.has(snapshot["snapshot-id"])) };
}
