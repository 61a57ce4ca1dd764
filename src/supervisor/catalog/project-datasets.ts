import type { Dataset } from "../../catalog/catalog-entry.ts";
import type { Claim, ColumnClaim } from "../../catalog/claim.ts";
import { typeText } from "../../lake/iceberg-type.ts";
import { currentSchema, currentSnapshot, type TableMetadata } from "../../lake/table-metadata.ts";
import type { TopicInfo } from "../../log/driver.ts";
import type { ExternalDecl } from "../../model/external-decl.ts";
import type { Column, Manifest, TableDecl, TopicDecl } from "../../model/manifest.ts";
import type { MartDecl } from "../../model/marts/mart-decl.ts";
import type { ModelDecl } from "../../model/models/model-decl.ts";
import type { KnownTables } from "../tables-known.ts";

/**
 * Topics and tables, with what the project says of each and what stands in the lake or outside; no internal topics.
 *
 * @param lake - a table whose metadata cannot be read is told of where tables are looked after; here it is as if it had none
 * @param inLog - the log's topics; one that is not among them has no figures
 */
export function projectDatasets({ topics, tables, external = {}, marts = {}, release, streams = release }: Manifest, { known, unreadable }: KnownTables<InLake>, inLog: readonly TopicInfo[] = []): Dataset[] {
  const names = [...new Set([...Object.keys(tables), ...known.keys(), ...unreadable.keys()])];
  const standing = new Map(inLog.map((topic) => [topic.name, topic]));
  const own = Object.values(topics).filter(({ internal }) => internal === undefined);
  const outside = Object.entries(external).map(([name, decl]) => externalDataset(name, decl, streams));
  const offered = Object.values(marts).map((mart) => martDataset(mart, release));
  return [...own.map((topic) => topicDataset(topic, streams, standing.get(topic.name))), ...outside, ...offered, ...names.map((name) => tableDataset(name, tables[name], isOfDags(tables[name]) ? release : streams, known.get(name) ?? (unreadable.has(name) ? nothing : undefined)))];
}

const isOfDags = (decl: TableDecl | undefined): boolean => decl?.model !== undefined || decl?.loadedBy !== undefined;

function topicDataset({ name, columns }: TopicDecl, release: string, standing: TopicInfo | undefined): Dataset {
  const sum = (part: "records" | "bytes"): number => standing?.partitionInfo.reduce((total, each) => total + each[part], 0) ?? 0;
  return { kind: "topic", name, form: "topic", claims: [{ by: { kind: "project", name: release }, columns: columns.map((column) => ({ name: column.name, type: column.type })) }], facts: standing ? { rows: sum("records"), bytes: sum("bytes") } : {} };
}

/** The database that its tables stand in. */
function martDataset({ name, readers, ...said }: MartDecl, release: string): Dataset {
  return { kind: "database", name, form: "mart", claims: [claimOf(said, release)], facts: { readers } };
}

/** What is in it is not asked for here: an outside system may be far, or down. */
function externalDataset(name: string, decl: ExternalDecl, release: string): Dataset {
  const by = { kind: "project" as const, name: release };
  if (decl.kind === "postgres") return { kind: "database", name, form: "external", claims: [{ by, ...(decl.description && { description: decl.description }) }], facts: { format: "postgres", location: `schema ${decl.schema}` } };
  const { at, format, ...said } = decl;
  return { kind: "table", name, form: "external", claims: [claimOf(said, release)], facts: { location: at.join(", "), ...(format && { format: format.kind }) } };
}

/** What the lake says of a table. */
export type InLake = Pick<Dataset, "claims" | "facts">;

const nothing: InLake = { claims: [], facts: {} };

function tableDataset(name: string, decl: TableDecl | undefined, release: string, inLake: InLake | undefined): Dataset {
  const form = decl?.model ? "model" : inLake ? "lake" : "declared";
  const { claims, facts } = inLake ?? nothing;
  return { kind: "table", name, form, claims: [...(decl ? [projectClaim(decl, release)] : []), ...claims], facts };
}

export function saidByLake(_name: string, metadata: TableMetadata): InLake {
  const { fields } = currentSchema(metadata);
  const { location, properties } = metadata;
  const snapshot = currentSnapshot(metadata);
  const count = (key: string): number => Number(snapshot?.summary[key] ?? 0);
  const { comment } = properties;
  const claim: Claim = { by: { kind: "lake" }, ...(comment && { description: comment }), columns: fields.map(({ name, type, doc }) => ({ name, type: typeText(type), ...(doc && { description: doc }) })) };
  const updatedAt = snapshot && new Date(snapshot["timestamp-ms"]).toISOString();
  return { claims: [claim], facts: { location, format: "iceberg", files: count("total-data-files"), bytes: count("total-files-size"), rows: count("total-records"), ...(updatedAt && { updatedAt }) } };
}

function projectClaim({ columns, model }: TableDecl, release: string): Claim {
  return claimOf({ ...model, columns }, release);
}

type Said = Partial<Pick<ModelDecl, "description" | "owner" | "tags" | "columnNotes">> & { columns?: Column[] };

function claimOf({ columns = [], description, owner, tags = [], columnNotes = {} }: Said, release: string): Claim {
  const typed = new Map<string, ColumnClaim>(columns.map(({ name, type }) => [name, { name, type }]));
  for (const [name, note] of Object.entries(columnNotes)) typed.set(name, { ...(typed.get(name) ?? { name }), description: note });
  return { by: { kind: "project", name: release }, ...(description && { description }), ...(owner && { owner }), ...(tags.length > 0 && { tags }), columns: [...typed.values()] };
}
