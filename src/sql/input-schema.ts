import { duckdbType } from "../lake/duckdb-type.ts";
import { typeSql } from "./copied-rows.ts";
import type { InputSchema } from "./lineage/lineage.ts";
import type { SourceMessage } from "./messages.ts";
import { topicColumnNames } from "./topic-scan.ts";

/** A source as the lineage sees it. */
export function inputSchema(source: Exclude<SourceMessage, { kind: "view" | "files" }>): InputSchema | undefined {
  if (source.kind === "result") return undefined;
  const dataset = source.dataset ?? `source ${source.reference + 1}`;
  if (source.kind === "table") return { dataset, columns: source.columns.map(({ name, type }) => ({ name, type: duckdbType(type) })) };
  if (source.kind === "copy") return { dataset, columns: source.columns.map(({ name, type }) => ({ name, type: typeSql(type) })) };
  return { dataset, columns: topicColumnNames(source.columns).map((name) => ({ name })) };
}
