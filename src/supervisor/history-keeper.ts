import { rm } from "node:fs/promises";
import type { KeptFiles } from "../files/shared-files.ts";
import type { RemovedRun, RunRow, RunStore } from "../state/run-store.ts";
import type { HistoryConfig } from "./definitions/project-config.ts";
import { runFolders, runKey } from "./tasks/attempt-place.ts";

export interface HistoryKeeperOptions {
  store: Pick<RunStore, "removeRuns" | "removedRuns" | "forgetRemoved">;
  dataFolder: string;
  /** Where logs and results lie that all planes find. */
  shared?: readonly KeptFiles[];
  history: HistoryConfig;
  /** Whether a run is about to be changed. */
  isHeld(run: Pick<RunRow, "id" | "dag">): boolean;
  /** Milliseconds since 1970. Default: the system's. */
  clock?: () => number;
  logger: { warn(fields: object, text: string): void };
}

/** Also for those who bring Millrace up for a short time alone, again and again. */
const firstMs = 10_000;
const everyMs = 3_600_000;
const pageMax = 100;

/**
 * Keeps the history of runs in bounds: from time to time it removes what is older than it need be. Rows go first; the store
 * remembers whose files may be left until they are gone too, so a crash between any two steps leaves nothing behind for good.
 */
export class HistoryKeeper {
  readonly #options: HistoryKeeperOptions;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;

  constructor(options: HistoryKeeperOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#wait(firstMs);
  }

  /** Ends after the step under way; the next keeper goes on there. */
  async close(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** Removes all that is to be removed now. */
  async sweep(): Promise<void> {
    const { store, history, isHeld, clock = Date.now } = this.#options;
    const { signal } = this.#ending;
    // What is left from before a crash, or could not be removed then.
    await this.#removeFiles();
    if (history.keepMs === undefined) return;
    await store.removeRuns({ before: clock() - history.keepMs, keepRuns: history.keepRuns, isHeld, signal });
    await this.#removeFiles();
  }

  #wait(ms: number): void {
    if (this.#ending.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#round = this.sweep()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, "history could not be removed; it is tried again in an hour"))
        .finally(() => this.#wait(everyMs));
    }, ms).unref();
  }

  async #removeFiles(): Promise<void> {
    const { store } = this.#options;
    for (let after: RemovedRun | undefined; !this.#ending.signal.aborted; ) {
      const page = await store.removedRuns({ after, limit: pageMax });
      if (page.length === 0) return;
      const gone: RemovedRun[] = [];
      for (const run of page) if (await this.#removeFilesOf(run)) gone.push(run);
      await store.forgetRemoved(gone);
      after = page.at(-1);
    }
  }

  /** @returns false when the disk refuses: then it is tried again another time */
  async #removeFilesOf({ id, dag, createdAt }: RemovedRun): Promise<boolean> {
    const { dataFolder, shared = [], logger } = this.#options;
    const run = { dag, run: id, made: createdAt };
    try {
      for (const folder of runFolders(dataFolder, run)) await rm(folder, { recursive: true, force: true });
      for (const files of shared) for await (const key of files.list(`${runKey(run)}/`)) await files.delete(key);
      return true;
    } catch (error) {
      logger.warn({ err: error, run: id }, "files of a removed run could not be removed; it is tried again in an hour");
      return false;
    }
  }
}
