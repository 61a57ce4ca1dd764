import type { PostgresDatabase } from "./postgres-database.ts";
import type { Claim, Claims, Standing } from "./shards.ts";
import { all, run, type Work } from "./work.ts";

/** Of the server: those of the planes may differ. */
const now = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

/** Leases in a table. Who claims passes over rows that another is about to claim. */
export class PostgresClaims implements Claims {
  readonly leaseMs: number;
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase, leaseMs: number) {
    this.#database = database;
    this.leaseMs = leaseMs;
  }

  beat(holder: string): Promise<Standing> {
    const { leaseMs } = this;
    return this.#write(function* () {
      yield* run(`delete from plane where until < ${now}`);
      yield* run(`insert into plane (holder, until) values (?, ${now} + ?) on conflict (holder) do update set until = excluded.until`, holder, leaseMs);
      yield* run(`update claim set until = ${now} + ? where holder = ?`, leaseMs, holder);
      // The asker may have been frozen since, and still has what nobody can claim before this is committed.
      const planes = yield* all<{ holder: string; silentMs: number }>(`select holder, greatest(0, ? - (until - ${now})) as silentMs from plane where until >= ${now} or holder = ? order by holder`, leaseMs, holder);
      const held = yield* all<Claim & { holder: string }>(`select key, claimed as epoch, holder from claim where holder is not null and (until >= ${now} or holder = ?) order by key`, holder);
      return { planes, held };
    });
  }

  claim(holder: string, keys: readonly string[], most: number): Promise<Claim[]> {
    const { leaseMs } = this;
    if (keys.length === 0 || most < 1) return Promise.resolve([]);
    const wanted = JSON.stringify([...keys].sort());
    return this.#write(function* () {
      yield* run("insert into claim (key, holder, claimed, epoch, until) select value, null, 0, 0, 0 from json_each(?) where not exists (select 1 from claim where key = value) on conflict do nothing", wanted);
      const free = yield* all<{ key: string }>(`select key from claim where key in (select value from json_each(?)) and (holder is null or until < ${now}) limit ? for update skip locked`, wanted, Math.min(most, keys.length));
      return yield* all<Claim>(`update claim set holder = ?, epoch = epoch + 1, claimed = epoch + 1, until = ${now} + ? where key in (select value from json_each(?)) returning key, claimed as epoch`, holder, leaseMs, JSON.stringify(free.map(({ key }) => key)));
    });
  }

  giveBack({ key, epoch }: Claim): Promise<void> {
    return this.#write(function* () {
      yield* run("update claim set holder = null, epoch = epoch + 1, until = 0 where key = ? and claimed = ? and holder is not null", key, epoch);
    });
  }

  leave(holder: string): Promise<void> {
    return this.#write(function* () {
      yield* run("update claim set holder = null, epoch = epoch + 1, until = 0 where holder = ?", holder);
      yield* run("delete from plane where holder = ?", holder);
    });
  }

  #write<T>(work: () => Work<T>): Promise<T> {
    return this.#database.write("the claims", [], work);
  }
}
