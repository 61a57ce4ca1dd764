import { randomUUID } from "node:crypto";
import { isAbsolute } from "node:path";
import { asMillraceError, MillraceError } from "../errors.ts";
import { type DagDescription, dagDescription } from "./dags/describe-dag.ts";
import { type ContractDefinition, type DagDefinition, type Definition, definitionKind, type MartDefinition, type MountDefinition, type StageDefinition, type TableDefinition, type TopicDefinition } from "./definition.ts";
import type { ExternalFilesDecl } from "./external-decl.ts";
import { fieldsRead } from "./fields-read.ts";
import type { Column, Json, JsonSchema, PartitionField, Problem, StageDecl, TopicDecl } from "./manifest.ts";
import type { MartDecl } from "./marts/mart-decl.ts";
import { modelDescription, type ModelDescription, modelReads } from "./models/describe-model.ts";
import { declarationText } from "./names.ts";
import { placeText, portablePath, relativePath } from "./place.ts";
import type { CheckDecl } from "./quality/check-decl.ts";
import { checkDecl } from "./quality/check-definition.ts";
import { readSchema } from "./schema.ts";
import type { SchemaInput } from "./schema-types.ts";

/** What one file of a project declares, as plain JSON: what leaves the process that ran the user's code. */
export interface ModuleDescription {
  /** Relative to the project folder. */
  file: string;
  declarations: Description[];
  /** Stages, tables and DAGs made while the file was imported, exported or not: one that nobody exports would be lost in silence. */
  made: { kind: "stage" | "table" | "dag" | "mount" | "mart" | "contract"; name: string; site?: string }[];
  problems: Problem[];
}

export type Description = TopicDescription | TableDescription | StageDescription | DagDescription | MountDescription | MartDescription | ContractDescription;

export interface Common {
  name: string;
  /** The same only for the same object in the same process. */
  identity: string;
  /** `pipeline.ts:14:23` */
  site?: string;
  /** The file that was read and the name of its export; the export is absent for what is reached through a stage alone. */
  file: string;
  export?: string;
}

export interface TopicDescription extends Common, Omit<TopicDecl, "internal" | "declaredAt"> {
  kind: "topic";
}

export interface TableDescription extends Common {
  kind: "table";
  schema?: JsonSchema;
  columns?: Column[];
  /** Name of the topic. */
  from?: string;
  key?: string;
  eventTime?: string;
  interval?: string;
  writtenBy?: "tasks";
  loadedBy?: string;
  partitionBy: PartitionField[];
  commitEveryMs: number;
  checks?: CheckDecl[];
  model?: ModelDescription;
  external?: Omit<ExternalFilesDecl, "columns" | "checks" | "declaredAt"> | { kind: "mount"; mount: string };
}

export interface MountDescription extends Common {
  kind: "mount";
  decl: MountDefinition["decl"];
}

export interface ContractDescription extends Common {
  kind: "contract";
  decl: ContractDefinition["decl"];
}

export interface MartDescription extends Common, Omit<MartDecl, "declaredAt"> {
  kind: "mart";
}

export interface DatasetRef {
  kind: "topic" | "table";
  name: string;
}

export interface StageDescription extends Common, Pick<StageDecl, "scale" | "place" | "retries" | "failureLimit" | "window" | "allowedLatenessMs" | "keepForMs" | "by" | "settings" | "guarantee" | "bounded" | "reads" | "checks" | "secrets"> {
  kind: "stage";
  stageKind: StageDecl["kind"];
  from: string[];
  to: Record<string, DatasetRef>;
  /** Operation and field of each aggregate. */
  aggregate?: Record<string, { op: string; field?: string }>;
  /** The user shapes the results, so their fields are not known here. */
  shaped?: boolean;
}

/**
 * Describes what a file exports, and what its stages and tables reach. A declaration whose schema cannot be read becomes a
 * problem; the others go on. Runs where the user's code was imported.
 *
 * @param file - absolute path
 * @param made - every declaration made while the file was imported, when known
 */
export function describeModule(folder: string, file: string, exports: Record<string, unknown>, made: Iterable<Definition> = []): ModuleDescription {
  const exported = exportedDefinitions(exports);
  const reader: Reader = { folder, file: relativePath(folder, file), exported, seen: new Set(), declarations: [], problems: [] };
  for (const definition of exported.keys()) describe(definition, reader);
  const { declarations, problems } = reader;
  return { file: reader.file, declarations, made: [...made].flatMap((definition) => madeRef(definition, folder)), problems };
}

interface Reader {
  folder: string;
  file: string;
  exported: ReadonlyMap<Definition, string>;
  seen: Set<Definition>;
  declarations: Description[];
  problems: Problem[];
}

/** Stages and DAGs run by the name of their export, so a list of them cannot be found again; datasets in a list can. */
function list(value: unknown): unknown[] {
  const isDataset = (each: unknown): boolean => definitionKind(each) === "topic" || definitionKind(each) === "table";
  return Array.isArray(value) ? value.filter(isDataset) : [value];
}

function exportedDefinitions(exports: Record<string, unknown>): Map<Definition, string> {
  const named = Object.entries(exports).flatMap(([name, value]) => list(value).map((each) => [name, each] as const));
  const found = new Map<Definition, string>();
  for (const [name, each] of named) if (definitionKind(each) && !found.has(each as Definition)) found.set(each as Definition, name);
  return found;
}

function describe(definition: Definition, reader: Reader): void {
  if (reader.seen.has(definition)) return;
  reader.seen.add(definition);
  for (const each of reached(definition)) describe(each, reader);
  if (definitionKind(definition) === "dag") {
    const { faults } = definition as DagDefinition;
    for (const error of faults) reader.problems.push({ ...error.toJSON(), file: reader.file });
    if (faults.length > 0) return;
  }
  try {
    reader.declarations.push(description(definition, reader));
  } catch (error) {
    const { code, parts } = asMillraceError(error, declarationText(definitionKind(definition) as string, definition.name, definition.site));
    reader.problems.push({ ...new MillraceError(code, parts).toJSON(), file: reader.file });
  }
}

function reached(definition: Definition): Definition[] {
  if (definitionKind(definition) === "dag") return [...(definition as DagDefinition).datasets];
  if (definitionKind(definition) === "contract") return [(definition as ContractDefinition).dataset];
  if (definitionKind(definition) === "mart") return Object.values((definition as MartDefinition).tables);
  const { model, external, checks = [], beside = [] } = definition as TableDefinition;
  if (model !== undefined) return [...modelReads(model), ...beside];
  if (external?.kind === "mount") return [external.mount];
  const { from, to } = definition as Partial<StageDefinition> & { from?: unknown };
  const inputs = Array.isArray(from) ? from : from ? [from as Definition] : [];
  return [...inputs, ...Object.values(to ?? {}), ...checks.flatMap(({ reads }) => reads)];
}

function description(definition: Definition, reader: Reader): Description {
  const common: Common = {
    name: definition.name,
    identity: identityOf(definition),
    site: definition.site && placeText(definition.site, reader.folder),
    file: reader.file,
    export: reader.exported.get(definition),
  };
  switch (definitionKind(definition)) {
    case "topic":
      return topicDescription(definition as TopicDefinition, common);
    case "table":
      return tableDescription(definition as TableDefinition, common, reader.folder);
    case "dag":
      return dagDescription(definition as DagDefinition, common, reader.folder);
    case "mount":
      return { kind: "mount", ...common, decl: (definition as MountDefinition).decl };
    case "contract":
      return { kind: "contract", ...common, decl: (definition as ContractDefinition).decl };
    case "mart":
      return martDescription(definition as MartDefinition, common);
    default:
      return stageDescription(definition as StageDefinition, common, reader.folder);
  }
}

function topicDescription(topic: TopicDefinition, common: Common): TopicDescription {
  const { key, eventTime, partitions, retentionMs, retentionBytes, compact } = topic;
  return { kind: "topic", ...common, ...schemaOf(topic.schema, "topic", topic), key, eventTime, partitions, retentionMs, retentionBytes, compact, checks: checksIn(topic, "topic") };
}

function tableDescription(table: TableDefinition, common: Common, folder: string): TableDescription {
  const { external, schema, from, key, eventTime, interval, writtenBy, loadedBy, partitionBy, commitEveryMs, model, name, site } = table;
  return { kind: "table", ...common, ...(schema ? schemaOf(schema, "table", table) : {}), from: from?.name, key, eventTime, interval, writtenBy, loadedBy, partitionBy, commitEveryMs, checks: checksIn(table, "table", { module: common.file, export: common.export }), model: model && modelDescription(table, model, declarationText("table", name, site), { module: common.file, export: common.export }), external: external && externalDescription(external, folder) };
}

function checksIn({ name, site, checks }: TopicDefinition | TableDefinition, kind: string, code?: { module: string; export?: string }): CheckDecl[] | undefined {
  return checks?.map((check) => checkDecl(check, declarationText(kind, name, site), code));
}

function externalDescription(external: NonNullable<TableDefinition["external"]>, folder: string): TableDescription["external"] {
  if (external.kind === "mount") return { kind: "mount", mount: external.mount.name };
  const { kind, at, connection, format, onBadRows, description, owner, tags, columns } = external;
  return { kind, at: at.map((path) => (isAbsolute(path) ? portablePath(folder, path) : path)), ...(connection && { connection }), format, onBadRows, description, owner, tags: [...tags], columnNotes: { ...columns } };
}

function martDescription({ description, owner, readers, tables }: MartDefinition, common: Common): MartDescription {
  return { kind: "mart", ...common, description, owner, readers: [...readers].sort(), tables: Object.values(tables).map(({ name }) => name).sort() };
}

function schemaOf(schema: SchemaInput, kind: string, { name, site }: TopicDefinition | TableDefinition): { schema: JsonSchema; columns: Column[] } {
  const { jsonSchema, columns } = readSchema(schema, declarationText(kind, name, site));
  return { schema: jsonSchema, columns };
}

function stageDescription(stage: StageDefinition, common: Common, folder: string): StageDescription {
  const { scale, place, retries, failureLimit, window, allowedLatenessMs, keepForMs, by, guarantee, bounded, shaped, checks, secrets } = stage;
  return {
    kind: "stage",
    ...common,
    stageKind: stage.kind,
    from: stage.from.map(({ name }) => name),
    to: Object.fromEntries(Object.entries(stage.to).map(([alias, to]) => [alias, { kind: definitionKind(to) as "topic" | "table", name: to.name }])),
    ...{ scale, place, retries, failureLimit, window, allowedLatenessMs, keepForMs, by, guarantee, bounded, shaped, secrets, checks: checks?.map((check) => checkDecl(check, "the stage")) },
    reads: stage.run && fieldsRead(stage.run),
    aggregate: stage.aggregate && Object.fromEntries(Object.entries(stage.aggregate).map(([name, aggregate]) => [name, { op: aggregate.op, field: "field" in aggregate ? aggregate.field : undefined }])),
    settings: stage.settings && relativeSettings(stage.settings, stage.pathSettings ?? [], folder),
  };
}

/** A path inside the machine's own tree would make the release differ from one machine to the next. */
function relativeSettings(settings: Json, names: readonly string[], folder: string): Json {
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) return settings;
  const short = (path: Json): Json => (typeof path === "string" && isAbsolute(path) ? portablePath(folder, path) : path);
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, names.includes(name) && Array.isArray(value) ? value.map(short) : value]));
}

const processMark = randomUUID();
const identities = new WeakMap<Definition, string>();
let identityLast = 0;

function identityOf(definition: Definition): string {
  let identity = identities.get(definition);
  if (identity === undefined) {
    identity = `${processMark}:${++identityLast}`;
    identities.set(definition, identity);
  }
  return identity;
}

function madeRef(definition: Definition, folder: string): ModuleDescription["made"] {
  const kind = definitionKind(definition);
  // A topic that nobody reads or writes harms nobody; a stage that is forgotten does not run.
  if (kind !== "stage" && kind !== "table" && kind !== "dag" && kind !== "mount" && kind !== "mart" && kind !== "contract") return [];
  // One that stands in the statements of others needs no name of its own.
  if ((definition as TableDefinition).model?.materialize.kind === "ephemeral") return [];
  return [{ kind, name: definition.name, site: definition.site && placeText(definition.site, folder) }];
}
