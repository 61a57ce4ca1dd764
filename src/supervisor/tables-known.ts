import type { Lake } from "../lake/lake.ts";
import type { TableMetadata } from "../lake/table-metadata.ts";

/** What is known of all tables at one moment, in UTF-8 order of their names. */
export interface KnownTables<T> {
  known: Map<string, T>;
  /** Why nothing is known of a table that is there. */
  unreadable: Map<string, unknown>;
}

/**
 * What is to be known of each table by its metadata, for those who ask again and again: one look at the state tells which tables
 * have changed, and only their metadata is read.
 */
export class TablesKnown<T> {
  readonly #lake: Pick<Lake, "versions" | "table">;
  readonly #of: (name: string, metadata: TableMetadata) => T;
  readonly #kept = new Map<string, { version: number; value: T }>();

  constructor(lake: Pick<Lake, "versions" | "table">, of: (name: string, metadata: TableMetadata) => T) {
    this.#lake = lake;
    this.#of = of;
  }

  async now(): Promise<KnownTables<T>> {
    const versions = await this.#lake.versions();
    for (const name of this.#kept.keys()) if (!versions.has(name)) this.#kept.delete(name);
    const found = await Promise.allSettled([...versions].map(([name, version]) => this.#one(name, version)));
    const known = new Map<string, T>();
    const unreadable = new Map<string, unknown>();
    for (const [i, name] of [...versions.keys()].entries()) {
      const each = found[i];
      if (each.status === "fulfilled") known.set(name, each.value);
      else if (!isGone(each.reason)) unreadable.set(name, each.reason);
    }
    return { known, unreadable };
  }

  /** What is read may be newer than the version asked for: then the next look finds that it has changed. */
  async #one(name: string, version: number): Promise<T> {
    const kept = this.#kept.get(name);
    if (kept?.version === version) return kept.value;
    const value = this.#of(name, await (await this.#lake.table(name)).metadata());
    this.#kept.set(name, { version, value });
    return value;
  }
}

/** Since it was seen to be there. */
const isGone = (error: unknown): boolean => (error as { code?: unknown }).code === "MR-LAKE-001";
