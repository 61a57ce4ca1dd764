import type { Lake } from "../lake/lake.ts";
import type { Duty } from "./duties.ts";
import { Rounds } from "./rounds.ts";

export interface OrphanKeeperOptions {
  lake: Pick<Lake, "tables" | "table">;
  logger: { warn(fields: object, text: string): void };
}

/** A start has other things to do first. */
const firstMs = 5 * 60_000;
const everyMs = 24 * 3_600_000;
/** Longer than anybody writes at one commit: other engines write files for hours before they name them. */
const graceMs = 3 * 24 * 3_600_000;

/**
 * Removes, once a day, files in the folders of tables that no version names: what writers have left that were killed, or were
 * second in a race. A table that is damaged keeps all its files, and the others have their turn.
 */
export class OrphanKeeper implements Duty {
  readonly #options: OrphanKeeperOptions;
  readonly #rounds: Rounds;

  constructor(options: OrphanKeeperOptions) {
    this.#options = options;
    const tell = (error: unknown): void => options.logger.warn({ err: error }, "tables could not be listed; it is tried again in a day");
    this.#rounds = new Rounds({ firstMs, everyMs, round: () => this.sweep().catch(tell) });
  }

  begin(): void {
    this.#rounds.begin();
  }

  /** Looks through all tables now. */
  async sweep(): Promise<void> {
    const { lake, logger } = this.#options;
    for (const name of await lake.tables()) {
      if (this.#rounds.rests) return;
      try {
        await (await lake.table(name)).removeOrphans(graceMs);
      } catch (error) {
        logger.warn({ err: error, table: name }, "files that no version of a table names could not be removed; it is tried again in a day");
      }
    }
  }

  /** Ends after the table under way. */
  rest(): Promise<void> {
    return this.#rounds.rest();
  }
}
