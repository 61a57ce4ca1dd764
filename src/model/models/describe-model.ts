import { createHash } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import { invalid } from "../option-checks.ts";
import { checkPlaces, hasPlaces } from "../dags/templates.ts";
import { type DagSettings, dagSettings, scheduleOption } from "../dags/dag-options.ts";
import type { Definition, TableDefinition } from "../definition.ts";
import type { ModuleDescription } from "../describe-module.ts";
import type { Column } from "../manifest.ts";
import { canonical } from "../release.ts";
import { plainSql } from "../sql-quotes.ts";
import { datasetName } from "../dataset-name.ts";
import { checkDecl } from "../quality/check-definition.ts";
import type { ModelDecl, UnitTestDecl } from "./model-decl.ts";
import type { ModelDefinition, UnitTest } from "./model-definition.ts";

/** A model as plain JSON: what leaves the process that ran the user's code. */
export interface ModelDescription {
  decl: Omit<ModelDecl, "dag">;
  /** Of the DAG that builds it; absent where nothing is built. */
  dag?: { name: string; settings: DagSettings; retries: number };
}

/** Most bytes of a seed's file: each release keeps a copy. */
export const seedBytesMax = 100 * 1024 * 1024;

const fingerprintOf = (content: unknown): string => createHash("sha256").update(canonical(content)).digest("hex").slice(0, 16);

/** The DAG of models that say nothing of one. */
const commonDag = "models";

export function modelDescription(table: TableDefinition, model: ModelDefinition, where: string, code: { module: string; export?: string }): ModelDescription {
  const full = model.statement(false);
  const { materialize } = model;
  const isIncremental = ["append", "merge", "replace-keys"].includes(materialize.kind);
  const incremental = isIncremental ? model.statement(true) : full;
  for (const { text } of [full, incremental]) if (text !== "") checkPlaces("sql", { sql: text }, where);
  if (materialize.kind === "view" && hasPlaces(full.text)) throw invalid("a view's statement has a data interval in it, and a view has no runs", where, "let the model be a table with `interval`, or leave the interval out");
  const secrets = [...new Set([...full.secrets, ...incremental.secrets])].sort();
  if (materialize.kind === "view" && secrets.length > 0) throw invalid("a view's statement has a step with a key, which whoever reads the view would need", where, 'let the model be a table: materialize: "table"');
  const self = table.name.split(".").map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
  const content = { sql: full.text, ...(incremental.text !== full.text && { sqlIncremental: incremental.text }), materialize };
  return {
    decl: {
      ...content,
      reads: [...new Set([...full.reads, ...incremental.reads].map((dataset) => datasetName(dataset, where)))].filter((name) => name !== table.name),
      ...(incremental.text.includes(self) && { readsItself: true as const }),
      ...(secrets.length > 0 && { secrets }),
      onSchemaChange: model.onSchemaChange,
      ...(table.schema !== undefined && { contract: true as const }),
      checks: model.checks.map((check) => checkDecl(check, where, code)),
      unitTests: Object.entries(model.unitTests).map(([name, test]) => unitTestDecl(name, test, `${where}, unit test "${name}"`)),
      description: model.description,
      owner: model.owner,
      tags: [...model.tags],
      columnNotes: { ...model.columnNotes },
      fingerprint: fingerprintOf({ sql: plainSql(full.text), incremental: plainSql(incremental.text), materialize }),
    },
    ...(isBuilt(materialize.kind) && { dag: dagOf(model, where) }),
  };
}

/**
 * A seed's rows change with its file, and with the columns that it is read as. Other models stay as they are.
 * @param files - digest of each file of the project
 * @throws MillraceError `MR-MODEL-014` for a file that the project does not have
 */
export function withSeedFile(decl: ModelDescription["decl"], columns: readonly Column[], files: ReadonlyMap<string, string>, where: string): ModelDescription["decl"] {
  const { materialize } = decl;
  if (materialize.kind !== "seed") return decl;
  const digest = files.get(materialize.file);
  if (digest === undefined) throw new MillraceError("MR-MODEL-014", { what: `the project has no file "${materialize.file}" of at most ${seedBytesMax} bytes`, where, mend: "put the file there, or correct its path from the project folder" });
  return { ...decl, materialize: { ...materialize, digest }, fingerprint: fingerprintOf([decl.fingerprint, digest, columns]) };
}

/** Files of the project that the seeds in it are made of. */
export function seedFiles(modules: readonly ModuleDescription[]): string[] {
  const models = modules.flatMap(({ declarations }) => declarations.flatMap((each) => (each.kind === "table" && each.model ? [each.model.decl] : [])));
  return models.flatMap(({ materialize }) => (materialize.kind === "seed" ? [materialize.file] : []));
}

/** Datasets that it names, to be described with it. */
export function modelReads({ statement, checks, unitTests }: ModelDefinition): Definition[] {
  const tests = Object.values(unitTests).flatMap(({ given }) => given.map(([dataset]) => dataset));
  return [...statement(false).reads, ...statement(true).reads, ...checks.flatMap(({ reads }) => reads), ...tests];
}

function isBuilt(kind: ModelDecl["materialize"]["kind"]): boolean {
  return kind !== "view" && kind !== "ephemeral";
}

function dagOf({ dag, schedule, retries = 0 }: ModelDefinition, where: string): ModelDescription["dag"] {
  const name = dag ?? dagName(schedule.schedule);
  return { name, settings: dagSettings(name, schedule, scheduleOption(schedule, where), where), retries };
}

/** `models`, or `models.daily`: one for each schedule that is a text; other schedules are told apart by `dag`. */
function dagName(schedule: unknown): string {
  if (schedule === undefined) return commonDag;
  if (typeof schedule !== "string") return `${commonDag}.scheduled`;
  const words = schedule.replaceAll("*", "x").replaceAll(/[^A-Za-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return `${commonDag}.${words}`;
}

function unitTestDecl(name: string, { given, expect, interval }: UnitTest, where: string): UnitTestDecl {
  return {
    name,
    given: given.map(([dataset, rows]) => ({ dataset: datasetName(dataset, where), rows: rows.map((row) => ({ ...row })) })),
    expect: expect.map((row) => ({ ...row })),
    ...(interval && { interval: { start: new Date(interval.start).toISOString(), end: new Date(interval.end).toISOString() } }),
  };
}
