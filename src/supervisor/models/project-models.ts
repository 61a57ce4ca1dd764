import { asMillraceError, MillraceError } from "../../errors.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";
import type { Manifest, TableDecl } from "../../model/manifest.ts";
import type { ModelDecl } from "../../model/models/model-decl.ts";
import { selectModels } from "../../model/models/select-models.ts";
import { exampleRun, filledStatement } from "../../model/dags/templates.ts";
import type { ModelControl, ModelDetail, ModelPublish, ModelSelection, ModelTestRequest, ModelTestResult, ModelView } from "../../server/model-control.ts";
import type { QueryResult } from "../../sql/query-request.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { KnownAnswers } from "../known-answers.ts";
import type { ProjectData } from "../project-data.ts";
import { DatasetJudge } from "../quality/dataset-judge.ts";
import { columnsOfSource } from "../source-state.ts";
import { filledSpans, readLedger } from "./model-intervals.ts";
import { fingerprintKey } from "./model-task.ts";
import { standInSecrets } from "./stand-in-secrets.ts";
import { runUnitTest } from "./unit-test.ts";

type ModelTable = TableDecl & { model: ModelDecl };

const statementsPerProcess = 200;
/** Columns of statements and where they come from, in memory, as JSON together. */
const shapeBytesMax = 8 * 1024 ** 2;

type Shape = Pick<QueryResult, "columns" | "lineage">;

/** The models of the project as it runs. */
export class ProjectModels implements ModelControl {
  readonly #data: ProjectData;
  readonly #manifest: () => Manifest;
  readonly #runner: SqlRunner;
  readonly #judge: DatasetJudge;
  readonly #shapes = new KnownAnswers<Shape>(shapeBytesMax, (shape) => JSON.stringify(shape).length, columnsOfSource);

  /** @param codeFolder - where the code of a release lies */
  constructor(data: ProjectData, manifest: () => Manifest, codeFolder: (release: string) => string) {
    this.#data = data;
    this.#runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess, shared: data.lakeFolders });
    this.#manifest = manifest;
    this.#judge = new DatasetJudge(data, manifest, this.#runner, codeFolder);
  }

  async list({ select = [], exclude }: ModelSelection): Promise<ModelView[]> {
    const views: ModelView[] = [];
    for (const table of this.#chosen({ select, exclude })) views.push(await this.#view(table));
    return views;
  }

  async publish({ select, exclude, branch }: ModelPublish): Promise<string[]> {
    const names: string[] = [];
    for (const { name } of this.#chosen({ select, exclude })) {
      // Not built yet, or kept as its statement alone. With one that is there and cannot be read nothing is published.
      const table = await this.#data.lake.table(name).catch((error) => (isNoTable(error) ? undefined : Promise.reject(error)));
      if (table !== undefined && Object.hasOwn((await table.metadata()).refs, branch)) names.push(name);
    }
    if (names.length > 0) {
      await this.#data.lake.publishBranch(names, branch);
      return names;
    }
    throw new MillraceError("MR-LAKE-001", { what: `none of the models has a branch "${branch}"`, where: "the models that were chosen", mend: `build them on it first: millrace run … --branch ${branch}` });
  }

  async show(name: string, signal: AbortSignal): Promise<ModelDetail> {
    const table = this.#manifest().tables[name];
    if (table?.model === undefined) throw new MillraceError("MR-MODEL-004", { what: `there is no model "${name}"`, where: "the project", mend: "look at `millrace models list`" });
    const isSeed = table.model.materialize.kind === "seed";
    const sql = isSeed ? `select * from "${name.split(".").join('"."')}"` : filledStatement(table.model.sql, exampleRun, `table "${name}"`);
    const { columns, lineage } = await this.#shape(table.model, sql, signal);
    return {
      ...(await this.#view(table as ModelTable)),
      sql: table.model.sql,
      columns: columns.map((column) => ({ ...column, note: table.model?.columnNotes[column.name] ?? null })),
      lineage: lineage ?? { known: false, reason: "it was not followed" },
    };
  }

  /** Of the columns that a statement gives. Without a row: what is wanted is what the statement says, not what it gives. */
  async #shape(model: ModelDecl, sql: string, signal: AbortSignal): Promise<Shape> {
    const asked = { key: sql, resolve: this.#data.resolver({ declared: this.#manifest() }) };
    const { answer } = await this.#shapes.answer(asked, (resolve) => this.#runner.run({ sql: `select * from (${sql}\n) limit 0`, signal, lineage: true, secrets: standInSecrets(model), resolve }));
    return answer;
  }

  async test({ select, exclude, kinds = ["check", "unit"] }: ModelTestRequest, signal: AbortSignal): Promise<ModelTestResult[]> {
    const results: ModelTestResult[] = [];
    for (const table of this.#chosen({ select, exclude })) {
      signal.throwIfAborted();
      if (kinds.includes("unit")) results.push(...(await this.#unitTests(table, signal)));
      if (kinds.includes("check")) results.push(...(await this.#checks(table, signal)));
    }
    return results;
  }

  close(): Promise<void> {
    return this.#runner.close();
  }

  #chosen({ select = [], exclude }: ModelSelection): ModelTable[] {
    const { tables } = this.#manifest();
    return selectModels(tables, select, exclude).map((name) => tables[name] as ModelTable);
  }

  async #snapshot(name: string): Promise<Snapshot | undefined> {
    const table = await this.#data.lake.table(name).catch(() => undefined);
    return table?.currentSnapshot();
  }

  async #view({ name, model }: ModelTable): Promise<ModelView> {
    const isBuilt = model.dag !== "";
    const snapshot = isBuilt ? await this.#snapshot(name) : undefined;
    const state = snapshot === undefined ? "never" : snapshot.summary[fingerprintKey] === model.fingerprint ? "built" : "changed";
    const ledger = readLedger(snapshot);
    const filled = ledger?.fingerprint === model.fingerprint ? filledSpans(ledger) : [];
    return {
      ...{ name, kind: model.materialize.kind, dag: isBuilt ? model.dag : null, description: model.description ?? null, owner: model.owner ?? null, tags: model.tags, reads: model.reads },
      ...{ checks: model.checks.map((check) => check.name), unitTests: model.unitTests.map((test) => test.name) },
      state: isBuilt ? state : null,
      builtAt: snapshot === undefined ? null : new Date(snapshot["timestamp-ms"]).toISOString(),
      filled: model.materialize.kind === "interval" ? filled.map(([start, end]) => ({ start: new Date(start).toISOString(), end: new Date(end).toISOString() })) : null,
    };
  }

  async #unitTests({ name, model }: ModelTable, signal: AbortSignal): Promise<ModelTestResult[]> {
    const results: ModelTestResult[] = [];
    for (const test of model.unitTests) {
      const about = { model: name, name: test.name, kind: "unit" as const };
      try {
        const outcome = await runUnitTest({ manifest: this.#manifest(), lake: this.#data.lake, runner: this.#runner, signal }, name, model, test);
        results.push({ ...about, ...outcome, state: outcome.failures === 0 ? "passed" : "failed", error: null });
      } catch (error) {
        results.push(notRun(about, error, signal));
      }
    }
    return results;
  }

  async #checks({ name, model }: ModelTable, signal: AbortSignal): Promise<ModelTestResult[]> {
    if (model.checks.length === 0 || model.materialize.kind === "ephemeral") return [];
    const about = (check: string) => ({ model: name, name: check, kind: "check" as const });
    if (model.materialize.kind !== "view" && (await this.#snapshot(name)) === undefined) return model.checks.map((check) => ({ ...about(check.name), state: "skipped", failures: 0, sample: [], error: null }));
    try {
      const { results } = await this.#judge.judge(name, { signal });
      return results.map(({ name: check, state, failures, sample, error }) => ({ ...about(check), state, failures: failures ?? (state === "passed" || state === "error" ? 0 : 1), sample, error }));
    } catch (error) {
      return model.checks.map((check) => notRun(about(check.name), error, signal));
    }
  }
}

const isNoTable = (error: unknown): boolean => error instanceof MillraceError && error.code === "MR-LAKE-001";

function notRun(about: Pick<ModelTestResult, "model" | "name" | "kind">, error: unknown, signal: AbortSignal): ModelTestResult {
  if (signal.aborted) throw error;
  return { ...about, state: "error", failures: 0, sample: [], error: asMillraceError(error, `table "${about.model}", ${about.name}`).toJSON() };
}
