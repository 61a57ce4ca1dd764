import { MillraceError } from "../errors.ts";
import type { Database } from "./database.ts";
import { entries, type Entry, lockOf } from "./entries.ts";
import type { StateStore, Swap, Versioned } from "./store.ts";
import type { Turns } from "./turns.ts";

/** The state store over an SQL database. */
export class SqlState implements StateStore {
  readonly #database: Database;
  readonly #turns: Turns;

  /** Both end with it. */
  constructor(database: Database, turns: Turns) {
    this.#database = database;
    this.#turns = turns;
  }

  async get<T>(collection: string, key: string): Promise<Versioned<T> | undefined> {
    const entry = await this.#database.read(`${collection}/${key}`, () => entries.get(collection, key));
    return entry && decode<T>(entry);
  }

  async list<T>(collection: string): Promise<(Versioned<T> & { key: string })[]> {
    const found = await this.#database.read(collection, () => entries.list(collection));
    return found.map((entry) => ({ key: entry.key, ...decode<T>(entry) }));
  }

  async put<T>(collection: string, key: string, value: T): Promise<number> {
    const text = encode(value, `${collection}/${key}`);
    return this.#database.write(`${collection}/${key}`, [lockOf(collection, key)], () => entries.put(collection, key, text));
  }

  async compareAndSwap<T>(collection: string, key: string, expected: number, value: T): Promise<number | undefined> {
    const text = encode(value, `${collection}/${key}`);
    return this.#database.write(`${collection}/${key}`, [lockOf(collection, key)], function* () {
      return (yield* entries.version(collection, key)) === expected ? yield* entries.put(collection, key, text) : undefined;
    });
  }

  async swapAll(swaps: readonly Swap[]): Promise<boolean> {
    const writes = swaps.map((swap) => ({ ...swap, where: `${swap.collection}/${swap.key}`, text: swap.value === undefined ? undefined : encode(swap.value, `${swap.collection}/${swap.key}`) }));
    const locks = swaps.map(({ collection, key }) => lockOf(collection, key));
    return this.#database.write(writes.map(({ where }) => where).join(", "), locks, function* () {
      for (const { collection, key, expected } of writes) if ((yield* entries.version(collection, key)) !== expected) return false;
      // What goes, goes first: a key that comes in its place then gets a version above it.
      for (const { collection, key, text } of writes) if (text === undefined) yield* entries.remove(collection, key);
      for (const { collection, key, text } of writes) if (text !== undefined) yield* entries.put(collection, key, text);
      return true;
    });
  }

  delete(collection: string, key: string): Promise<void> {
    return this.#database.write(`${collection}/${key}`, [lockOf(collection, key)], () => entries.remove(collection, key));
  }

  inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.#turns.run(names, work);
  }

  async close(): Promise<void> {
    await this.#turns.close();
    await this.#database.close();
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
