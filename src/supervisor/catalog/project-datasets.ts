import type { Dataset } from "../../catalog/catalog-entry.ts";
import type { Claim, ColumnClaim } from "../../catalog/claim.ts";
import { typeText } from "../../lake/iceberg-type.ts";
import type { Lake } from "../../lake/lake.ts";
import type { ExternalDecl, ExternalFilesDecl } from "../../model/external-decl.ts";
import type { Column, Manifest, TableDecl, TopicDecl } from "../../model/manifest.ts";

/** Databases, topics and tables, with what the project says of each and what stands in the lake; no internal topics. */
export async function projectDatasets({ topics, tables, external = {}, release }: Manifest, lake: Lake): Promise<Dataset[]> {
  const inLake = new Set(await lake.tables());
  const names = [...new Set([...Object.keys(tables), ...inLake])];
  const own = Object.values(topics).filter(({ internal }) => internal === undefined);
  const outside = Object.entries(external).map(([name, decl]) => externalDataset(name, decl, release));
  return [...own.map((topic) => topicDataset(topic, release)), ...outside, ...(await Promise.all(names.map((name) => tableDataset(name, tables[name], inLake.has(name) ? lake : undefined, release))))];
}

function topicDataset({ name, columns }: TopicDecl, release: string): Dataset {
  return { kind: "topic", name, form: "topic", claims: [{ by: { kind: "project", name: release }, columns: columns.map((column) => ({ name: column.name, type: column.type })) }], facts: {} };
}

/** A mounted schema is a database: which tables it has is not asked of it each time that somebody looks. */
function externalDataset(name: string, decl: ExternalDecl, release: string): Dataset {
  const { description } = decl;
  const by = { kind: "project", name: release } as const;
  if (decl.kind === "postgres") return { kind: "database", name, form: "external", claims: [{ by, ...(description && { description }) }], facts: { format: "postgres" } };
  return { kind: "table", name, form: "external", claims: [{ by, ...said(decl), columns: noted(decl.columns ?? [], decl.columnNotes) }], facts: { location: decl.at.join(", ") } };
}

async function tableDataset(name: string, decl: TableDecl | undefined, lake: Lake | undefined, release: string): Promise<Dataset> {
  const claims = decl ? [projectClaim(decl, release)] : [];
  const form = decl?.model ? "model" : lake ? "lake" : "declared";
  // A table whose metadata cannot be read is told of where tables are looked after; here it is as if it had none.
  const table = await lake?.table(name).catch(() => undefined);
  if (!table) return { kind: "table", name, form, claims, facts: {} };
  const { fields } = await table.schema();
  const { location, properties } = await table.metadata();
  const snapshot = await table.currentSnapshot();
  const count = (key: string): number => Number(snapshot?.summary[key] ?? 0);
  const { comment } = properties;
  claims.push({ by: { kind: "lake" }, ...(comment && { description: comment }), columns: fields.map(({ name, type, doc }) => ({ name, type: typeText(type), ...(doc && { description: doc }) })) });
  const updatedAt = snapshot && new Date(snapshot["timestamp-ms"]).toISOString();
  return { kind: "table", name, form, claims, facts: { location, format: "iceberg", files: count("total-data-files"), bytes: count("total-files-size"), rows: count("total-records"), ...(updatedAt && { updatedAt }) } };
}

function projectClaim({ columns, model }: TableDecl, release: string): Claim {
  return { by: { kind: "project", name: release }, ...(model && said(model)), columns: noted(columns, model?.columnNotes ?? {}) };
}

function said({ description, owner, tags }: Pick<ExternalFilesDecl, "description" | "owner" | "tags">): Pick<Claim, "description" | "owner" | "tags"> {
  return { ...(description && { description }), ...(owner && { owner }), ...(tags.length > 0 && { tags }) };
}

function noted(columns: readonly Column[], columnNotes: Record<string, string>): ColumnClaim[] {
  const typed = new Map<string, ColumnClaim>(columns.map(({ name, type }) => [name, { name, type }]));
  for (const [name, note] of Object.entries(columnNotes)) typed.set(name, { ...(typed.get(name) ?? { name }), description: note });
  return [...typed.values()];
}
