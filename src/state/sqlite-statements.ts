import type { DatabaseSync, StatementSync } from "node:sqlite";

export type Bound = string | number | null;

/** Prepares each text of SQL once. For texts that the code makes, of which there are few; values are bound. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  one<Found = unknown>(sql: string, ...values: Bound[]): Found | undefined {
    return this.#statement(sql).get(...values) as Found | undefined;
  }

  all<Found = unknown>(sql: string, ...values: Bound[]): Found[] {
    return this.#statement(sql).all(...values) as Found[];
  }

  /** @returns how many rows it changed */
  run(sql: string, ...values: Bound[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) this.#prepared.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}
