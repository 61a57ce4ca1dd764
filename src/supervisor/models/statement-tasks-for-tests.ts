import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { query, stagedRows } from "../../lake/lake-for-tests.ts";
import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { directPort } from "../../log/embedded/port.ts";
import { LogService } from "../../log/embedded/service.ts";
import type { Materialization, ModelDecl } from "../../model/models/model-decl.ts";
import type { TableDecl } from "../../model/manifest.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import { taskDecl } from "../../scheduler/dag-for-tests.ts";
import { sqliteState } from "../../state/sqlite.ts";
import { folderFiles } from "../../files/folder.ts";
import { stateFile } from "../data-folder.ts";
import { ProjectData } from "../project-data.ts";
import { Mask } from "../secrets/mask.ts";
import type { AttemptRunner, Publication, RunnerContext } from "../tasks/attempt-runner.ts";
import { openCommandLog } from "../tasks/attempt-log.ts";
import { placeOf } from "../tasks/attempt-place.ts";
import { ResultStore } from "../tasks/result-store.ts";
import { SqlTasks } from "../tasks/sql-task.ts";
import { ModelTasks } from "./model-task.ts";

export type Hours = [from: number, to: number];

/** Tasks whose rows a statement gives, models and others, over a lake and a log of their own, without a scheduler. */
export class StatementTasks {
  readonly data: ProjectData;
  readonly models: ModelTasks;
  readonly #sql: SqlTasks;
  /** Its files, code of the project too. */
  readonly folder: string;
  readonly #close: () => Promise<void>;
  readonly #state: Awaited<ReturnType<typeof sqliteState>>;
  readonly tables: Record<string, TableDecl> = {};

  private constructor(folder: string, state: Awaited<ReturnType<typeof sqliteState>>) {
    const log = new LogService({ folder });
    this.folder = folder;
    this.#state = state;
    this.data = new ProjectData({ log: new EmbeddedLog(directPort(log, { name: "test", reads: ["*"], writes: ["*"], admin: true })), state, dataFolder: folder, projectFolder: folder });
    const options = { data: this.data, declaredOf: () => ({ tables: this.tables, external: {} }), filesOf: () => folder };
    this.models = new ModelTasks(options);
    this.#sql = new SqlTasks({ ...options, results: new ResultStore(folderFiles(join(folder, "results"))) });
    this.#close = () => log.close();
  }

  static async open(): Promise<StatementTasks> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-statements-"));
    return new StatementTasks(folder, await sqliteState(stateFile(folder)));
  }

  async close(): Promise<void> {
    await Promise.all([this.models.close(), this.#sql.close(), this.data.lake.close(), this.#close()]);
    await this.#state.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Declares a model; of one by interval, its column is `hour`. */
  model(name: string, sql: string, materialize: Materialization = { kind: "table" }, more: Partial<ModelDecl> = {}): void {
    const model: ModelDecl = { materialize, sql, reads: [], onSchemaChange: "append", checks: [], unitTests: [], tags: [], columnNotes: {}, dag: "models", fingerprint: sql, ...more };
    this.tables[name] = { name, columns: [], partitionBy: [], commitEveryMs: 0, model, ...(materialize.kind === "interval" && { interval: materialize.column }) };
  }

  /** Declares a table that tasks write by hour. */
  byHour(name: string): void {
    const columns = [{ name: "hour", type: "timestamp" as const, nullable: false }, { name: "n", type: "integer" as const, nullable: true }];
    this.tables[name] = { name, columns, partitionBy: [], commitEveryMs: 0, writtenBy: "tasks", interval: "hour" };
  }

  /** Puts rows beside those of a table, which is made of them when it is not there. */
  async append(name: string, sql: string): Promise<void> {
    const table = await this.data.lake.openOrCreate(name, [{ id: 1, name: "n", required: false, type: "long" }]);
    await (await table.append({ files: [await stagedRows(table, sql)], attempt: randomUUID() })).publish();
  }

  rows = async (name: string): Promise<unknown[]> => query(await this.data.lake.table(name), (from) => `select * from ${from} order by all`);

  /** Runs an attempt up to where its output is ready. @param hours - its interval, from 2026 on */
  async build(name: string, { hours = [0, 24], params = {}, sql, secrets = {} }: { hours?: Hours; params?: object; sql?: string; secrets?: Record<string, string> } = {}): Promise<Outcome | Publication> {
    const attempt = randomUUID();
    const [start, end] = hours.map((hour) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString());
    const run: Work["run"] = { id: "run-1", dag: "models", kind: "manual", release: "r1", logicalDate: start, interval: { start, end }, params: params as Work["run"]["params"] };
    const work: Work = { attempt, fence: 1, number: 1, task: taskDecl(name, { into: name, code: false }), index: -1, run, made: Date.now(), inputs: {}, looks: 0 };
    const mask = new Mask({});
    const log = openCommandLog(this.folder, placeOf(work), mask);
    const { signal } = new AbortController();
    const context: RunnerContext = { signal, killed: signal, log, mask, secrets, where: `task ${name}`, codeFolder: this.folder, settings: async () => ({ sql: sql ?? "" }) };
    const runner: AttemptRunner = sql === undefined ? this.models : this.#sql;
    return runner.run(work, context);
  }

  /** Makes the output of an attempt visible. */
  async publish(built: Outcome | Publication): Promise<void> {
    if (built.kind === "publication") await built.publish(async (swaps) => (await this.#state.swapAll(swaps)) || "stale");
  }

  async run(...asked: Parameters<StatementTasks["build"]>): Promise<unknown> {
    const built = await this.build(...asked);
    await this.publish(built);
    return built.kind === "publication" ? JSON.parse((built.result as { json: string }).json) : JSON.parse((built as { result: { json: string } }).result.json);
  }
}
