import { randomUUID } from "node:crypto";
import type { StateStore, Swap } from "../state/store.ts";

/** Whose word something is. What people say wins over the project, the project over the lake and the crawler. */
export interface Voice {
  kind: "person" | "project" | "lake" | "crawler";
  /** The person, where one is named; the release; the crawler. */
  name?: string;
}

/** A version of an entry: what made it another one than it was. */
export interface EntryVersion {
  /** Later versions come behind earlier ones. */
  version: string;
  /** ISO 8601. */
  at: string;
  by: Voice;
  /** In words; the first two hundred. */
  changes: string[];
  /** The crawl that found it. */
  crawl?: string;
  /** Key of the file with the table as it was from then on. */
  file?: string;
}

const changesMax = 200;
const collectionOf = (entry: string): string => `catalog.history/${entry}`;

/** Every version of every entry of the catalog, up to a number that is kept of each. */
export class CatalogHistory {
  readonly #state: StateStore;
  readonly #keep: number | undefined;
  /** Milliseconds since 1970 of the version made last: two are never of one time. */
  #last = 0;

  /** @param keep - versions of each entry. Default: all */
  constructor(state: StateStore, keep?: number) {
    this.#state = state;
    this.#keep = keep;
  }

  /** What makes the version, to be swapped in together with what it is of. */
  swap(entry: string, { by, changes, crawl, file }: Omit<EntryVersion, "version" | "at">): Swap {
    this.#last = Math.max(Date.now(), this.#last + 1);
    const at = new Date(this.#last).toISOString();
    const value: EntryVersion = { version: `${at}-${randomUUID().slice(0, 4)}`, at, by, changes: changes.slice(0, changesMax), ...(crawl !== undefined && { crawl }), ...(file !== undefined && { file }) };
    return { collection: collectionOf(entry), key: value.version, expected: 0, value };
  }

  /** The newest first. */
  async of(entry: string): Promise<EntryVersion[]> {
    return (await this.#state.list<EntryVersion>(collectionOf(entry))).map(({ value }) => value).reverse();
  }

  /** Removes what is more than is kept. */
  async trim(entry: string): Promise<void> {
    if (this.#keep === undefined) return;
    for (const { version } of (await this.of(entry)).slice(this.#keep)) await this.#state.delete(collectionOf(entry), version);
  }
}
