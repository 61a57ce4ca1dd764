import { existsSync } from "node:fs";
import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { socketPort } from "../../log/embedded/port.ts";
import { socketPath } from "../../log/embedded/socket-path.ts";
import type { LogDriver } from "../../log/driver.ts";
import type { KafkaLogDecl, ProfileDecl } from "../../model/profile.ts";
import type { QueryResult } from "../../sql/query-request.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { Swap } from "../../state/run-store.ts";
import type { StateStore } from "../../state/store.ts";
import { objectCopiesFolder, logFolder, stateFile } from "../data-folder.ts";
import { openLakeFiles } from "../drivers/open-files.ts";
import { openKafka } from "../drivers/open-stage-log.ts";
import { openState } from "../drivers/open-state.ts";
import { inProcessLog } from "../in-process-log.ts";
import { ProjectData } from "../project-data.ts";

/** Rows of a table that are shown. */
const shownMax = 10;

/** What a SQL task of a trial reads and writes: it reads the project's datasets, and writes into a lake of its own. */
export interface TrialPlaces {
  projectFolder: string;
  /** What stands under the project; secrets filled in. */
  profile: ProfileDecl;
  dataFolder: string;
  /** A folder for what is written; where the project has no data yet, what is read lies there too. */
  scratch: string;
  /** Of the Millrace that runs on the data folder; undefined when none does. */
  logToken: string | undefined;
}

export class TrialData {
  readonly #own: ProjectData;
  readonly #state: StateStore;
  readonly #close: () => Promise<void>;
  /** For a SQL task. */
  readonly data: Pick<ProjectData, "resolver" | "lake" | "lakeFolders">;

  private constructor(project: ProjectData, own: ProjectData, state: StateStore, close: () => Promise<void>) {
    this.#own = own;
    this.#state = state;
    this.#close = close;
    this.data = { resolver: (reading) => project.resolver(reading), lake: own.lake, lakeFolders: own.lakeFolders };
  }

  static async open({ projectFolder, profile, dataFolder, scratch, logToken }: TrialPlaces): Promise<TrialData> {
    const folder = existsSync(stateFile(dataFolder)) ? dataFolder : scratch;
    const state = await openState(undefined, scratch);
    const projectState = folder === scratch && !profile.state ? state : await openState(profile.state, folder);
    const log = await openLog(profile.log, folder, logToken);
    const files = await openLakeFiles(profile.files, { dataFolder: folder, scratch });
    const project = new ProjectData({ log: log.driver, state: projectState, files, dataFolder: folder, projectFolder, copies: objectCopiesFolder(scratch) });
    const own = new ProjectData({ log: log.driver, state, dataFolder: scratch, projectFolder });
    return new TrialData(project, own, state, async () => {
      project.buckets.close();
      await Promise.all([project.lake.close(), own.lake.close(), log.close()]);
      await state.close();
      if (projectState !== state) await projectState.close();
    });
  }

  /** Nobody else writes there: they fit, unless they were prepared from something older. */
  async swap(swaps: readonly Swap[]): Promise<boolean> {
    for (const { collection, key, expected, value } of swaps) if ((await this.#state.compareAndSwap(collection, key, expected, value)) === undefined) return false;
    return true;
  }

  /** The first rows that were written to a table. */
  async rowsOf(table: string, signal: AbortSignal): Promise<QueryResult> {
    const runner = new SqlRunner({ standbyMs: 0 });
    try {
      return await runner.run({ sql: `from ${table.split(".").map((name) => `"${name}"`).join(".")} limit ${shownMax}`, signal, resolve: this.#own.resolver(), limits: { rowsMax: shownMax } });
    } finally {
      await runner.close();
    }
  }

  close(): Promise<void> {
    return this.#close();
  }
}

/** Behind the socket of the Millrace that runs; where none does, served by this process. */
async function openLog(kafka: KafkaLogDecl | undefined, dataFolder: string, token: string | undefined): Promise<{ driver: LogDriver; close(): Promise<void> }> {
  if (kafka) {
    const driver = await openKafka(kafka);
    return { driver, close: () => driver.close() };
  }
  const folder = logFolder(dataFolder);
  if (token === undefined) return inProcessLog(folder, { name: "commands", reads: ["*"], writes: [] });
  const driver = new EmbeddedLog(await socketPort({ path: socketPath(folder), token }));
  return { driver, close: () => driver.close() };
}
