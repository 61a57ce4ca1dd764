import { MillraceError } from "../../errors.ts";
import type { SourceDecl } from "../../model/onboarding/source-decl.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { ProjectData } from "../project-data.ts";
import { placeOf, resultKey } from "../tasks/attempt-place.ts";
import type { AttemptRunner, RunnerContext } from "../tasks/attempt-runner.ts";
import type { ResultStore } from "../tasks/result-store.ts";
import { crawledTables, type SourceParts, type SourceTable, sourceTable, sourceTables } from "./source-tables.ts";
import { loadTable } from "./table-load.ts";
import { isToLoad, type TableToLoad, toLoad } from "./table-to-load.ts";

export interface SourceTasksOptions {
  data: Pick<ProjectData, "lake" | "crawled" | "buckets">;
  /** That declared paths are from. */
  projectFolder: string;
  results: ResultStore;
  /** Called when a table has a new version. */
  onPublished?(table: string): void;
}

const loadsAtOnce = 2;
const statementsPerProcess = 200;

/** Runs the tasks of source folders that come behind the crawl: what there is to load, and the loads. */
export class SourceTasks {
  readonly #options: SourceTasksOptions;
  readonly #runner = new SqlRunner({ concurrencyMax: loadsAtOnce, statementsPerProcess });
  readonly changes: AttemptRunner = { run: (work, context) => this.#changes(work, context) };
  readonly load: AttemptRunner = { run: (work, context) => this.#load(work, context) };

  constructor(options: SourceTasksOptions) {
    this.#options = options;
  }

  /** For other statements over the same tables. */
  get runner(): SqlRunner {
    return this.#runner;
  }

  async #changes(work: Work, { log, where }: RunnerContext): Promise<Outcome> {
    const tables = (await this.#all(work)).filter(isToLoad).map(toLoad);
    for (const { table, ...facts } of tables) log.info(`${table}: ${facts.newFiles} new files, ${facts.changedFiles} changed ones`, facts);
    if (tables.length === 0) log.info("there is nothing to load");
    return { kind: "success", result: await this.#options.results.store(tables, resultKey(placeOf(work), work.attempt), where) };
  }

  async #load(work: Work, { log, where, signal }: RunnerContext): Promise<Outcome> {
    const { table } = await this.#item(work, where);
    const { lake, crawled } = this.#options.data;
    const raw = await crawled.table(table);
    if (raw === undefined) return { kind: "skipped", note: `table "${table}" is not there any more` };
    const source = await sourceTable(this.#parts, declOf(work), raw, () => crawledTables(crawled, work.run.dag));
    if (!isToLoad(source)) log.info("all of it is loaded");
    const result = isToLoad(source) ? await loadTable(source, { lake, runner: this.#runner, signal, log, attempt: work.attempt, summary: summaryOf(work) }) : { table: source.into };
    this.#options.onPublished?.(source.into);
    // Also where an attempt before this one has loaded it and did not live to say so.
    return { kind: "success", result: { json: JSON.stringify(result) }, updated: [source.into] };
  }

  async #all(work: Work): Promise<SourceTable[]> {
    return sourceTables(this.#parts, declOf(work), await crawledTables(this.#options.data.crawled, work.run.dag));
  }

  get #parts(): SourceParts {
    const { data, projectFolder } = this.#options;
    return { lake: data.lake, buckets: data.buckets, projectFolder };
  }

  async #item({ list, index }: Work, where: string): Promise<TableToLoad> {
    if (list === undefined) throw new MillraceError("MR-INTERNAL-001", { what: "a load has no table", where, mend: "report this" });
    return ("json" in list ? (JSON.parse(list.json) as TableToLoad[])[index] : await this.#options.results.item(list, index, where)) as TableToLoad;
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

const declOf = ({ task }: Work): SourceDecl => task.settings as unknown as SourceDecl;

/** What each version says of its making. */
function summaryOf({ run, task, number }: Work): Record<string, string> {
  return { "millrace.dag": run.dag, "millrace.run": run.id, "millrace.task": task.name, "millrace.attempt-number": String(number), "millrace.release": run.release };
}
