import { entrySchema } from "./entries.ts";
import { RunRemoval } from "./run-removal.ts";
import { runSchema } from "./run-schema.ts";
import type { RunStore } from "./run-store.ts";
import type { Claim, Claims, ShardedRuns, Standing } from "./shards.ts";
import { SqlRuns } from "./sql-runs.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

/**
 * The embedded run store as one of a single shard, which belongs to whoever takes it last.
 *
 * @param path - of the file; it and its folder are made when they are not there
 * @throws MillraceError `MR-STATE-001` when the file cannot be opened; `MR-STATE-004` when a newer Millrace has written it
 */
export async function sqliteShards(path: string): Promise<ShardedRuns> {
  const database = await SqliteDatabase.open(path, [entrySchema, runSchema]);
  const removal = new RunRemoval(database);
  const open = (): RunStore => new SqlRuns({ database, removal, shard: 0 });
  return { shards: 1, claims: new FreeClaims(), history: open(), open: async () => open(), close: () => database.close() };
}

/** Claims of one who is alone: all that is asked for is granted, and nobody else is heard of. */
class FreeClaims implements Claims {
  readonly leaseMs = Infinity;
  readonly #held = new Map<string, Claim & { holder: string }>();
  #epoch = 0;

  async beat(holder: string): Promise<Standing> {
    return { planes: [{ holder, silentMs: 0 }], held: [...this.#held.values()] };
  }

  async claim(holder: string, keys: readonly string[], most: number): Promise<Claim[]> {
    const free = keys.filter((key) => !this.#held.has(key)).slice(0, most);
    return free.map((key) => {
      const claim = { key, epoch: ++this.#epoch };
      this.#held.set(key, { ...claim, holder });
      return claim;
    });
  }

  async giveBack({ key, epoch }: Claim): Promise<void> {
    if (this.#held.get(key)?.epoch === epoch) this.#held.delete(key);
  }

  async leave(): Promise<void> {
    this.#held.clear();
  }
}
