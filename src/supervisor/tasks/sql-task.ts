import { rm } from "node:fs/promises";
import { MillraceError } from "../../errors.ts";
import type { Json } from "../../model/manifest.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import { everyRow } from "../../lake/filter.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";
import { skippedTexts } from "../../sql/skipped-text.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { writeColumns } from "../../sql/write-columns.ts";
import { readLedger, replacedTimes, withFilled, writeLedger } from "../models/model-intervals.ts";
import { timesIn } from "../models/model-rows.ts";
import type { Declared, ProjectData } from "../project-data.ts";
import { placeOf, resultKey } from "./attempt-place.ts";
import type { AttemptRunner, Publication, RunnerContext } from "./attempt-runner.ts";
import type { ResultStore } from "./result-store.ts";

export interface SqlTasksOptions {
  data: Pick<ProjectData, "resolver" | "lake" | "lakeFolders">;
  results: ResultStore;
  /** The tables as the release of a run declares them. */
  declaredOf: (release: string) => Declared;
  /** Statements at once. Default 2. */
  atOnce?: number;
  /** What the log of an attempt says once its rows are a version of the table. */
  publishedText?: (table: string) => string;
  /** Called when a table has a new version. */
  onPublished?(table: string): void;
}

/** Of a statement whose rows are the result. More belong in a table. */
const rowsMax = 100_000;
/** The task's own timeout ends it before. */
const statementMs = 24 * 3_600_000;

/** All statements here are of the project's own code, which runs as the same user anyway. */
const statementsPerProcess = 100;

/** Runs SQL tasks: the statement in a process of its own, its rows into a table or into the result. */
export class SqlTasks implements AttemptRunner {
  readonly #options: SqlTasksOptions;
  readonly #runner: SqlRunner;
  readonly #publishedText: (table: string) => string;

  constructor(options: SqlTasksOptions) {
    this.#options = options;
    this.#publishedText = options.publishedText ?? ((table) => `published as a version of table "${table}"`);
    this.#runner = new SqlRunner({ concurrencyMax: options.atOnce ?? 2, statementsPerProcess, shared: options.data.lakeFolders });
  }

  async run(work: Work, context: RunnerContext): Promise<Outcome | Publication> {
    const { sql } = (await context.settings()) as { sql: string };
    context.log.debug("the statement", { sql });
    return work.task.into === undefined ? this.#select(sql, work, context) : this.#write(sql, work.task.into, work, context);
  }

  async #select(sql: string, work: Work, { signal, where, log, secrets }: RunnerContext): Promise<Outcome> {
    const { columns, rows, truncated, stats } = await this.#runner.run({ sql, signal, secrets, resolve: this.#options.data.resolver({ declared: this.#options.declaredOf(work.run.release) }), limits: { rowsMax, timeoutMs: statementMs } });
    if (truncated) throw new MillraceError("MR-TASK-003", { what: `the statement has more than ${rowsMax} rows`, where, mend: "write them into a table with `into`, or let the statement give fewer" });
    log.info("the statement has run", { rows: rows.length, ms: stats.ms });
    for (const note of skippedTexts(stats.skipped)) log.warn(note);
    const named = rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
    return { kind: "success", result: await this.#options.results.store(named, resultKey(placeOf(work), work.attempt), where) };
  }

  async #write(sql: string, name: string, work: Work, { signal, where, log, secrets }: RunnerContext): Promise<Publication> {
    const decl = this.#options.declaredOf(work.run.release).tables[name];
    if (!decl) throw new MillraceError("MR-LAKE-001", { what: `table "${name}" is not declared`, where, mend: "declare and export the table, or mend its problem" });
    const inputs: { [table: string]: string | null } = {};
    const table = await this.#options.data.lake.createTable(decl);
    const folder = await table.stage();
    try {
      const [from, to] = [Date.parse(work.run.interval.start), Date.parse(work.run.interval.end)];
      const written = await this.#runner.write({
        ...{ sql, signal, secrets, folder, limits: { timeoutMs: statementMs } },
        resolve: this.#options.data.resolver({ declared: this.#options.declaredOf(work.run.release), onTable: (read, { snapshotId }) => (inputs[read] = snapshotId?.toString() ?? null) }),
        columns: await writeColumns(table, decl.columns),
        constants: decl.interval === undefined ? {} : { [decl.interval]: BigInt(from) * 1_000n },
      });
      log.info("the statement has run", { rows: written.rows, bytes: written.bytes, ms: written.stats.ms });
      for (const note of skippedTexts(written.stats.skipped)) log.warn(note);
      const naming = { files: written.files, attempt: work.attempt, summary: summaryOf(work, inputs) };
      const replacement = await table.replaceRows(decl.interval === undefined ? { ...naming, where: everyRow } : { ...naming, ...ofInterval(decl.interval, from, to) });
      return {
        kind: "publication",
        result: { json: JSON.stringify({ rows: written.rows }) },
        publish: async (end) => {
          const snapshot = await replacement.publish(end);
          if (!snapshot) return;
          log.info(this.#publishedText(name), { snapshot: String(snapshot["snapshot-id"]) });
          this.#options.onPublished?.(name);
        },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

/** Rows of an interval take the place of all that overlaps it: runs of another schedule, or by hand, would else double them. */
function ofInterval(column: string, from: number, to: number) {
  return {
    where: (parent: Snapshot | undefined) => timesIn(column, replacedTimes(readLedger(parent), from, to)),
    summaryUpon: (parent: Snapshot | undefined) => writeLedger(withFilled(readLedger(parent), ofTask, from, to)),
  };
}

/** What says so of its rows in the ledger: which of a task's statements they are of does not matter, for each fills its interval alone. */
const ofTask = "task";

/** What the version says of its making. */
function summaryOf({ run, task, number }: Work, inputs: Json): { [key: string]: string } {
  return {
    "millrace.dag": run.dag,
    "millrace.run": run.id,
    "millrace.task": task.name,
    "millrace.attempt": String(number),
    "millrace.release": run.release,
    "millrace.interval": `${run.interval.start}/${run.interval.end}`,
    "millrace.inputs": JSON.stringify(inputs),
  };
}
