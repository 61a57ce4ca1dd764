import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MillraceError } from "../../errors.ts";
import { sqlName } from "../../lake/duckdb.ts";
import type { ResultColumn } from "../../lake/result-schema.ts";
import type { RowChangeRequest } from "../../lake/row-change.ts";
import type { Table } from "../../lake/table.ts";
import type { Snapshot, TableMetadata } from "../../lake/table-metadata.ts";
import { headOf } from "../../lake/table-metadata.ts";
import type { TableDecl } from "../../model/manifest.ts";
import type { HistoryDecl, Materialization, ModelDecl, SeedDecl } from "../../model/models/model-decl.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import { runChecks } from "../../quality/checks/run-checks.ts";
import { filledStatement } from "../../model/dags/templates.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import type { FilesSource } from "../../sql/query-request.ts";
import { skippedTexts } from "../../sql/skipped-text.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { WriteRequest, WriteResult } from "../../sql/write-request.ts";
import { historyColumns, historySql } from "../../wrangle/history-sql.ts";
import { fieldsOf, formatRules } from "../external/external-files.ts";
import type { Declared, ProjectData, Reading } from "../project-data.ts";
import type { AttemptRunner, Publication, RunnerContext } from "../tasks/attempt-runner.ts";
import { openVersion } from "../../quality/checks/open-version.ts";
import type { JudgedVersion } from "../quality/project-quality.ts";
import { isBlocking, refuseBroken } from "../quality/publication-checks.ts";
import { codeRunner } from "../quality/row-judge.ts";
import { statementRunner } from "../quality/run-statement.ts";
import { type ModelTable, modelTable } from "./model-columns.ts";
import { readLedger, replacedTimes, withFilled, writeLedger } from "./model-intervals.ts";
import { modelRows } from "./model-rows.ts";
import { currentInputs, inputOf, inputsSummary, type ModelInputs, wasMadeOf } from "./model-inputs.ts";

export interface ModelTasksOptions {
  data: Pick<ProjectData, "resolver" | "lake" | "lakeFolders">;
  /** What the release of a run declares. */
  declaredOf: (release: string) => Declared;
  /** The folder in which the files of a release lie as it had them. */
  filesOf: (release: string) => string;
  /** Statements at once. Default 3: small ones wait for commits as long as they compute. */
  atOnce?: number;
  /** Called when a version of a table was judged, before it is published or kept back. */
  onJudged?(version: JudgedVersion): Promise<void>;
  /** Called when a table has a new version. */
  onPublished?(table: string): void;
}

type ModelTableDecl = TableDecl & { model: ModelDecl };

/** What a run of models is asked for. */
interface ModelParams {
  only?: string[] | null;
  full?: boolean;
  /** What is built goes there, and nobody sees it before it is published: a shadow of the tables. */
  branch?: string | null;
}

/** The task's own timeout ends it before. */
const statementMs = 24 * 3_600_000;
const statementsPerProcess = 200;

/** Entry of a snapshot's summary: the model's fingerprint. */
export const fingerprintKey = "millrace.model";

/**
 * Builds models: the statement in a process of its own, its rows into files, the checks over the table as it would be, and
 * only then the swap that makes it so, in the transaction that records the success.
 */
export class ModelTasks implements AttemptRunner {
  readonly #options: ModelTasksOptions;
  readonly #runner: SqlRunner;

  constructor(options: ModelTasksOptions) {
    this.#options = options;
    this.#runner = new SqlRunner({ concurrencyMax: options.atOnce ?? 3, statementsPerProcess, shared: options.data.lakeFolders });
  }

  /** For other statements of the project's own. */
  get runner(): SqlRunner {
    return this.#runner;
  }

  async run(work: Work, context: RunnerContext): Promise<Outcome | Publication> {
    const { only, full = false, branch } = (work.run.params ?? {}) as ModelParams;
    const name = work.task.into as string;
    if (only && !only.includes(name)) return { kind: "skipped", note: "it was not chosen" };
    const decl = this.#options.declaredOf(work.run.release).tables[name];
    if (decl?.model === undefined) throw new MillraceError("MR-LAKE-001", { what: `table "${name}" is not declared as a model`, where: context.where, mend: "declare and export the table, or mend its problem" });
    const build = new ModelBuild(this.#options, this.#runner, decl as ModelTableDecl, work, context, { full, branch: branch ?? undefined });
    return build.run();
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

/** One build of one model. */
class ModelBuild {
  readonly #options: ModelTasksOptions;
  readonly #runner: SqlRunner;
  readonly #decl: ModelTableDecl;
  readonly #work: Work;
  readonly #context: RunnerContext;
  readonly #full: boolean;
  readonly #branch: string | undefined;
  readonly #declared: Declared;
  readonly #inputs: ModelInputs = {};

  constructor(options: ModelTasksOptions, runner: SqlRunner, decl: ModelTableDecl, work: Work, context: RunnerContext, { full, branch }: { full: boolean; branch?: string }) {
    this.#options = options;
    this.#runner = runner;
    this.#decl = decl;
    this.#work = work;
    this.#context = context;
    this.#full = full;
    this.#branch = branch;
    this.#declared = options.declaredOf(work.run.release);
  }

  async run(): Promise<Outcome | Publication> {
    const before = await this.#options.data.lake.table(this.#decl.name).catch(() => undefined);
    if (!this.#full && (await this.#isCurrent(before))) {
      this.#context.log.info("nothing that it reads has changed since it was built");
      return { kind: "success", result: { json: JSON.stringify({ unchanged: true }) } };
    }
    return this.#build(before);
  }

  /** Whether the rows that are there are what the statement would give again. */
  async #isCurrent(table: Table | undefined): Promise<boolean> {
    const summary = (await this.#head(table))?.summary;
    const { kind } = this.#decl.model.materialize;
    if ((kind !== "table" && kind !== "seed") || summary?.[fingerprintKey] !== this.#decl.model.fingerprint) return false;
    const inputs = await currentInputs(this.#options.data.lake, this.#decl.model, this.#declared, this.#branch);
    return inputs !== undefined && wasMadeOf(summary, inputs);
  }

  /** The version that rows come upon. */
  async #head(table: Table | undefined): Promise<Snapshot | undefined> {
    return table && (headOf(await table.metadata(), this.#branch) ?? (await table.currentSnapshot()));
  }

  async #build(before: Table | undefined): Promise<Publication> {
    const { log } = this.#context;
    const { name, model } = this.#decl;
    const folder = await this.#options.data.lake.stage();
    try {
      const { table, reshape, written } = await this.#write(before, folder);
      log.info("the statement has run", { rows: written.rows, bytes: written.bytes, ms: written.stats.ms });
      for (const note of skippedTexts(written.stats.skipped)) log.warn(note);
      if (this.#branch !== undefined) await openBranch(table, this.#branch);
      const [from, to] = this.#interval;
      const replaced = (parent: Snapshot | undefined) => replacedTimes(readLedger(parent), from, to);
      const checks = [...model.checks, ...ownChecks(model.materialize)];
      const check = checks.length === 0 ? undefined : (metadata: TableMetadata) => this.#check(table, checks, metadata);
      const change = await modelRows(table, model.materialize, { files: written.files, replaced, full: this.#full, reshape, check, ...this.#naming() });
      await change.check();
      return {
        kind: "publication",
        result: { json: JSON.stringify({ rows: written.rows, checks: checks.length }) },
        publish: async (end) => {
          const snapshot = await change.publish(end);
          if (!snapshot) return;
          log.info(`published as a version of table "${name}"`, { snapshot: String(snapshot["snapshot-id"]) });
          this.#options.onPublished?.(name);
        },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Milliseconds since 1970. */
  get #interval(): [from: number, to: number] {
    const { start, end } = this.#work.run.interval;
    return [Date.parse(start), Date.parse(end)];
  }

  /** Runs the statement, its rows into files that fit the table, which is made or changed for them. */
  async #write(before: Table | undefined, folder: string): Promise<ModelTable & { written: WriteResult }> {
    const { lake } = this.#options.data;
    const { interval, model } = this.#decl;
    const hasRows = !this.#full && (await this.#head(before)) !== undefined;
    const seed = model.materialize.kind === "seed" ? this.#seed(model.materialize) : undefined;
    const source = seed ? `select * from ${quoted(this.#decl.name)}` : filledStatement(hasRows ? (model.sqlIncremental ?? model.sql) : model.sql, this.#work.run, this.#context.where);
    const isWhole = model.materialize.kind === "table" || seed !== undefined || (this.#full && model.materialize.kind !== "interval");
    const replacesAll = isWhole && this.#branch === undefined;
    let made = model.materialize.kind === "history" ? await this.#historyTable(source, hasRows) : undefined;
    const sql = made === undefined ? source : await this.#historyStatement(model.materialize as HistoryDecl, source, made, hasRows);
    const written = await this.#runner.write({
      ...{ sql, folder, constants: interval === undefined ? {} : { [interval]: BigInt(this.#interval[0]) * 1_000n } },
      ...this.#reading((read, source) => (this.#inputs[read] = inputOf(source)), seed && new Map([[this.#decl.name, seed]])),
      columns: async (result) => (made ??= await modelTable(lake, this.#shadowed(this.#decl), result, replacesAll)).columns,
    });
    return { ...(made as ModelTable), written };
  }

  /** The file of a seed, under the table's own name. */
  #seed({ file, format, digest }: SeedDecl): FilesSource {
    const path = join(this.#options.filesOf(this.#work.run.release), file);
    return { kind: "files", ...formatRules(format), ...(this.#decl.model.contract && { columns: fieldsOf(this.#decl.columns) }), partitionColumns: [], files: [{ path, sha256: digest }] };
  }

  /** On a branch no column goes: the rows that everybody else reads still have it. */
  #shadowed(decl: ModelTableDecl): ModelTableDecl {
    const { model } = decl;
    return this.#branch === undefined || model.onSchemaChange !== "sync" ? decl : { ...decl, model: { ...model, onSchemaChange: "append" } };
  }

  /** A history's table that has rows takes on what its source gives before it is looked at: the statement reads both. */
  async #historyTable(source: string, hasRows: boolean): Promise<ModelTable> {
    const { rows } = await this.#runner.run({ sql: `describe ${source}`, ...this.#reading() });
    const result: ResultColumn[] = rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
    const { lake } = this.#options.data;
    const { model } = this.#decl;
    // Versions that are kept have all columns that there ever were.
    const decl = hasRows && model.onSchemaChange === "sync" ? { ...this.#decl, model: { ...model, onSchemaChange: "append" as const } } : this.#decl;
    const made = await modelTable(lake, this.#shadowed(decl), [...result, ...historyColumns], !hasRows && this.#branch === undefined);
    if (!hasRows || made.reshape === undefined) return made;
    await made.table.reshape(made.reshape);
    return { ...made, reshape: undefined };
  }

  async #historyStatement(decl: HistoryDecl, source: string, { table, columns }: ModelTable, hasRows: boolean): Promise<string> {
    const own = new Set<string>(historyColumns.map(({ name }) => name));
    const held = columns.filter(({ name }) => !own.has(name));
    const given = held.filter(({ optional }) => !optional).map(({ name }) => name);
    const now = `timestamptz '${new Date(this.#work.made).toISOString()}'`;
    return historySql({ decl, source, columns: given, now, ...(hasRows && { held: { table: quoted(table.name), columns: held.map(({ name }) => name) } }) });
  }

  #reading(onTable?: Reading["onTable"], staged?: Reading["staged"]): Pick<WriteRequest, "resolve" | "signal" | "secrets" | "limits"> {
    return { resolve: this.#options.data.resolver({ declared: this.#declared, onTable, staged, branch: this.#branch }), signal: this.#context.signal, secrets: this.#context.secrets, limits: { timeoutMs: statementMs } };
  }

  /** Looks at the table as it will be. @throws MillraceError `MR-QUALITY-001` */
  async #check(table: Table, checks: readonly CheckDecl[], metadata: TableMetadata): Promise<void> {
    const { name } = this.#decl;
    const snapshot = headOf(metadata, this.#branch);
    const { dataset, staged } = await openVersion(table.at(metadata), snapshot, this.#branch === undefined ? undefined : { version: this.#branch }, checks);
    const reading = this.#reading(undefined, staged);
    const results = await runChecks(checks, dataset, statementRunner(this.#runner, reading), { runCode: codeRunner(this.#runner, reading, this.#context.codeFolder) });
    if (this.#branch === undefined) await this.#options.onJudged?.({ dataset: name, version: snapshot ? String(snapshot["snapshot-id"]) : null, results, keptBack: results.some(isBlocking) });
    refuseBroken(results, name, this.#context.log);
  }

  /** What the version says of its making. */
  #naming(): RowChangeRequest {
    const { attempt } = this.#work;
    const { materialize, fingerprint } = this.#decl.model;
    const [from, to] = this.#interval;
    const ledger = (parent: Snapshot | undefined) => writeLedger(withFilled(readLedger(parent), fingerprint, from, to));
    return { attempt, branch: this.#branch, summary: this.#summary(), ...(materialize.kind === "interval" && { summaryUpon: ledger }) };
  }

  #summary(): Record<string, string> {
    const { run, task, number } = this.#work;
    return {
      "millrace.dag": run.dag,
      "millrace.run": run.id,
      "millrace.task": task.name,
      "millrace.attempt": String(number),
      "millrace.release": run.release,
      "millrace.interval": `${run.interval.start}/${run.interval.end}`,
      [fingerprintKey]: this.#decl.model.fingerprint,
      ...inputsSummary(this.#inputs),
    };
  }
}

/** A shadow begins as the table is; one of a table without rows begins with the first that come. */
async function openBranch(table: Table, branch: string): Promise<void> {
  const metadata = await table.metadata();
  if (metadata.refs[branch] === undefined && headOf(metadata) !== undefined) await table.createBranch(branch);
}

/** What must hold for a table to be what it is kept as. */
function ownChecks(materialize: Materialization): CheckDecl[] {
  if (materialize.kind !== "history") return [];
  const key = materialize.key.map(sqlName).join(", ");
  return [{ kind: "sql", name: "one_version_holds", columns: [], sql: `select ${key} from {{ this }} where valid_to is null group by ${key} having count(*) > 1`, severity: "error" }];
}

const quoted = (name: string): string => name.split(".").map((part) => `"${part}"`).join(".");
