import { randomUUID } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { SavedQuery, SavedQueryControl, SavedQueryText } from "../../server/saved-query-control.ts";
import type { StateStore, Versioned } from "../../state/store.ts";

const collection = "saved-queries";
/** With texts of 64 KiB at most, what all of them together may hold. */
const queriesMax = 1_000;

type Stored = Omit<SavedQuery, "id" | "version">;

/** Saved queries in the state store, where every process of the project finds them. */
export class SavedQueries implements SavedQueryControl {
  readonly #state: StateStore;
  readonly #clock: () => number;

  constructor(state: StateStore, clock: () => number = Date.now) {
    this.#state = state;
    this.#clock = clock;
  }

  async list(): Promise<SavedQuery[]> {
    const all = (await this.#state.list<Stored>(collection)).map(({ key, ...stored }) => saved(key, stored));
    return all.sort((a, b) => a.name.localeCompare(b.name, "en") || (a.id < b.id ? -1 : 1));
  }

  async get(id: string): Promise<SavedQuery> {
    const stored = await this.#state.get<Stored>(collection, id);
    if (stored === undefined) throw missing(id);
    return saved(id, stored);
  }

  async add(query: SavedQueryText): Promise<SavedQuery> {
    if ((await this.#state.list(collection)).length >= queriesMax) throw new MillraceError("MR-HTTP-008", { what: `${queriesMax} queries are saved, which is the most`, where: "the saved queries", mend: "remove some that nobody needs" });
    return this.#write(randomUUID(), 0, query);
  }

  async replace(id: string, version: number, query: SavedQueryText): Promise<SavedQuery> {
    await this.get(id);
    return this.#write(id, version, query);
  }

  remove(id: string): Promise<void> {
    return this.#state.delete(collection, id);
  }

  async #write(id: string, expected: number, { name, sql, by }: SavedQueryText): Promise<SavedQuery> {
    const value: Stored = { name, sql, by: by ?? null, changedAt: new Date(this.#clock()).toISOString() };
    const version = await this.#state.compareAndSwap(collection, id, expected, value);
    if (version === undefined) throw new MillraceError("MR-HTTP-012", { what: `"${name}" was changed by somebody else`, where: "the saved queries", mend: "load it anew, or save yours under another name" });
    return saved(id, { value, version });
  }
}

const saved = (id: string, { value, version }: Versioned<Stored>): SavedQuery => ({ id, ...value, version });

const missing = (id: string): MillraceError => new MillraceError("MR-HTTP-005", { what: `there is no saved query "${id}"`, where: "the saved queries", mend: "it may have been removed: look through those that there are" });
