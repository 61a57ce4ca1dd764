import { MillraceError } from "../errors.ts";
import { createEntries, Entries, type Entry } from "./sqlite-entries.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { SqliteTurns } from "./sqlite-turns.ts";
import type { StateStore, Swap, Versioned } from "./store.ts";

/**
 * The embedded state store: one SQLite file that several processes open at once. Every write is on disk when it resolves.
 *
 * @param path - of the file; it and its folder are made when they are not there
 * @throws MillraceError `MR-STATE-001` when the file cannot be opened
 */
export async function sqliteState(path: string): Promise<StateStore> {
  return new SqliteState(await SqliteFile.open(path, createEntries), new SqliteTurns(`${path}-turns`));
}

class SqliteState implements StateStore {
  readonly #file: SqliteFile;
  readonly #entries: Entries;
  readonly #turns: SqliteTurns;

  constructor(file: SqliteFile, turns: SqliteTurns) {
    this.#file = file;
    this.#turns = turns;
    this.#entries = new Entries(file.database);
  }

  async get<T>(collection: string, key: string): Promise<Versioned<T> | undefined> {
    return this.#file.read(`${collection}/${key}`, () => {
      const entry = this.#entries.get(collection, key);
      return entry && decode<T>(entry);
    });
  }

  async list<T>(collection: string): Promise<(Versioned<T> & { key: string })[]> {
    return this.#file.read(collection, () => this.#entries.list(collection).map((entry) => ({ key: entry.key, ...decode<T>(entry) })));
  }

  async put<T>(collection: string, key: string, value: T): Promise<number> {
    const text = encode(value, `${collection}/${key}`);
    return this.#file.write(`${collection}/${key}`, () => this.#entries.put(collection, key, text));
  }

  async compareAndSwap<T>(collection: string, key: string, expected: number, value: T): Promise<number | undefined> {
    const text = encode(value, `${collection}/${key}`);
    return this.#file.write(`${collection}/${key}`, () => (this.#entries.version(collection, key) === expected ? this.#entries.put(collection, key, text) : undefined));
  }

  async swapAll(swaps: readonly Swap[]): Promise<boolean> {
    const where = swaps.map(({ collection, key }) => `${collection}/${key}`).join(", ");
    const writes = swaps.map((swap) => ({ ...swap, text: swap.value === undefined ? undefined : encode(swap.value, `${swap.collection}/${swap.key}`) }));
    return this.#file.write(where, () => {
      if (writes.some(({ collection, key, expected }) => this.#entries.version(collection, key) !== expected)) return false;
      // What goes, goes first: a key that comes in its place then gets a version above it.
      for (const { collection, key, text } of writes) if (text === undefined) this.#entries.remove(collection, key);
      for (const { collection, key, text } of writes) if (text !== undefined) this.#entries.put(collection, key, text);
      return true;
    });
  }

  async delete(collection: string, key: string): Promise<void> {
    this.#file.write(`${collection}/${key}`, () => this.#entries.remove(collection, key));
  }

  inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#turns.run(names, work);
  }

  async close(): Promise<void> {
    this.#turns.close();
    this.#file.close();
  }
}

function decode<T>({ version, value }: Entry): Versioned<T> {
  return { version, value: JSON.parse(value) as T };
}

function encode(value: unknown, where: string): string {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw notJson(where, cause);
  }
  throw notJson(where);
}

function notJson(where: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-STATE-001", {
    what: "a value is not JSON",
    where: `state ${where}`,
    mend: "store plain JSON; integers beyond 2^53 as strings",
    cause,
  });
}
