import type { Lake } from "../lake/lake.ts";

export interface SnapshotKeeperOptions {
  lake: Pick<Lake, "tables" | "table">;
  logger: { warn(fields: object, text: string): void };
}

/** As often as a stage looks after the table that it writes. */
const everyMs = 30_000;

/** Expires old versions of tables that tasks write, as stages do it with theirs. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #written = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #closed = false;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
  }

  /** Tables that have a new version, or may have had one before a crash. */
  wrote(...tables: string[]): void {
    for (const table of tables) this.#written.add(table);
    if (this.#closed || this.#timer || this.#written.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#round = this.sweep().finally(() => {
        this.#timer = undefined;
        this.wrote();
      });
    }, everyMs).unref();
  }

  /** Looks after those written since the last time. */
  async sweep(): Promise<void> {
    const { lake, logger } = this.#options;
    const names = [...this.#written];
    this.#written.clear();
    for (const name of names) {
      if (this.#closed) return;
      try {
        if ((await lake.tables()).includes(name)) await (await lake.table(name)).expire();
      } catch (error) {
        logger.warn({ err: error, table: name }, "old versions of a table could not be expired; it is tried again when it is written");
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#round;
  }
}
