import { rm } from "node:fs/promises";
import { MillraceError } from "../../errors.ts";
import type { Replacement, ReplaceRequest } from "../../lake/replace-rows.ts";
import type { Table } from "../../lake/table.ts";
import type { TableDecl } from "../../model/manifest.ts";
import type { ModelDecl } from "../../model/models/model-decl.ts";
import { filledStatement } from "../../model/dags/templates.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { tableSource } from "../../sql/table-source.ts";
import { type ProjectData, viewsOf } from "../project-data.ts";
import type { AttemptRunner, Publication, RunnerContext } from "../tasks/attempt-runner.ts";
import { judge, runChecks } from "./model-checks.ts";
import { modelTable } from "./model-columns.ts";
import { currentInputs, type ModelInputs, sameInputs } from "./model-inputs.ts";

export interface ModelTasksOptions {
  data: Pick<ProjectData, "resolver" | "lake">;
  /** The tables as the release of a run declares them. */
  tablesOf: (release: string) => Record<string, TableDecl>;
  /** Statements at once. Default 2. */
  atOnce?: number;
  /** Called when a table has a new version. */
  onPublished?(table: string): void;
}

type ModelTableDecl = TableDecl & { model: ModelDecl };

/** What a run of models is asked for. */
interface ModelParams {
  only?: string[] | null;
  full?: boolean;
}

/** The task's own timeout ends it before. */
const statementMs = 24 * 3_600_000;
const statementsPerProcess = 200;

/** Entries of a snapshot's summary: the model's fingerprint, and the versions of what it read. */
const fingerprintKey = "millrace.model";
const inputsKey = "millrace.inputs";

/**
 * Builds models: the statement in a process of its own, its rows into files, the checks over the table as it would be, and
 * only then the swap that makes it so, in the transaction that records the success.
 */
export class ModelTasks implements AttemptRunner {
  readonly #options: ModelTasksOptions;
  readonly #runner: SqlRunner;

  constructor(options: ModelTasksOptions) {
    this.#options = options;
    this.#runner = new SqlRunner({ concurrencyMax: options.atOnce ?? 2, statementsPerProcess });
  }

  async run(work: Work, context: RunnerContext): Promise<Outcome | Publication> {
    const { only, full = false } = (work.run.params ?? {}) as ModelParams;
    const name = work.task.into as string;
    if (only && !only.includes(name)) return { kind: "skipped", note: "it was not chosen" };
    const decl = this.#options.tablesOf(work.run.release)[name];
    if (decl?.model === undefined) throw new MillraceError("MR-LAKE-001", { what: `table "${name}" is not declared as a model`, where: context.where, mend: "declare and export the table, or mend its problem" });
    const build = new ModelBuild(this.#options, this.#runner, decl as ModelTableDecl, work, context, full);
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
  readonly #views: Record<string, string>;
  readonly #inputs: ModelInputs = {};

  constructor(options: ModelTasksOptions, runner: SqlRunner, decl: ModelTableDecl, work: Work, context: RunnerContext, full: boolean) {
    this.#options = options;
    this.#runner = runner;
    this.#decl = decl;
    this.#work = work;
    this.#context = context;
    this.#full = full;
    this.#views = viewsOf(options.tablesOf(work.run.release));
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
    const summary = (await table?.currentSnapshot())?.summary;
    if (this.#decl.model.materialize.kind !== "table" || summary?.[fingerprintKey] !== this.#decl.model.fingerprint) return false;
    const inputs = await currentInputs(this.#options.data.lake, this.#decl.model, this.#options.tablesOf(this.#work.run.release));
    return inputs !== undefined && sameInputs(inputs, JSON.parse(summary[inputsKey] ?? "{}") as ModelInputs);
  }

  async #build(before: Table | undefined): Promise<Publication> {
    const { data } = this.#options;
    const { log, signal } = this.#context;
    const { name, interval, model } = this.#decl;
    const start = BigInt(Date.parse(this.#work.run.interval.start)) * 1_000n;
    const folder = await data.lake.stage();
    let made: Awaited<ReturnType<typeof modelTable>> | undefined;
    try {
      const written = await this.#runner.write({
        ...{ sql: this.#statement(before !== undefined), signal, folder, limits: { timeoutMs: statementMs } },
        resolve: data.resolver({ views: this.#views, onTable: (read, snapshot) => (this.#inputs[read] = snapshot?.toString() ?? null) }),
        columns: async (result) => (made = await modelTable(data.lake, this.#decl, result, model.materialize.kind === "table" || this.#full)).columns,
        constants: interval === undefined ? {} : { [interval]: start },
      });
      const { table, after } = made as NonNullable<typeof made>;
      log.info("the statement has run", { rows: written.rows, bytes: written.bytes, ms: written.stats.ms });
      const where: ReplaceRequest["where"] = interval === undefined ? "all" : { column: interval, value: start };
      const replacement = await table.replaceRows({ where, files: written.files, attempt: this.#work.attempt, summary: this.#summary() });
      const checks = await this.#check(table, replacement).catch((error) => replacement.discard().then(() => Promise.reject(error)));
      return {
        kind: "publication",
        result: { json: JSON.stringify({ rows: written.rows, checks }) },
        publish: async (end) => {
          const snapshot = await replacement.publish(end);
          if (!snapshot) return;
          if (after.length > 0) await table.changeSchema(after);
          log.info(`published as a version of table "${name}"`, { snapshot: String(snapshot["snapshot-id"]) });
          this.#options.onPublished?.(name);
        },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  #statement(hasRows: boolean): string {
    const { sql, sqlIncremental } = this.#decl.model;
    return filledStatement(hasRows && !this.#full ? (sqlIncremental ?? sql) : sql, this.#work.run, this.#context.where);
  }

  /** Looks at the table as it will be. @throws MillraceError `MR-QUALITY-001` */
  async #check(table: Table, replacement: Replacement): Promise<number> {
    const { name, model } = this.#decl;
    if (model.checks.length === 0) return 0;
    const prepared = await replacement.prepare();
    if (prepared === undefined) return 0;
    try {
      const staged = new Map([[name, await tableSource(table.at(prepared.metadata))]]);
      const resolve = this.#options.data.resolver({ views: this.#views, staged });
      const results = await runChecks(this.#runner, model.checks, name, { resolve, signal: this.#context.signal, limits: { timeoutMs: statementMs } });
      judge(results, name, this.#context.log);
      return results.length;
    } finally {
      await prepared.drop();
    }
  }

  /** What the version says of its making. */
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
      [inputsKey]: JSON.stringify(this.#inputs),
    };
  }
}
