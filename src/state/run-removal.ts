import { setTimeout } from "node:timers/promises";
import type { Database } from "./database.ts";
import type { Removal, RemovedRun } from "./run-store.ts";
import { all, type Bound, one, run, type Work } from "./work.ts";

/** Longest search for runs to remove, in milliseconds, and most rows removed, in one transaction: a commit may have to wait for it. */
const searchMs = 3;
const rowsMax = 500;
/** Times that a step has taken, for which the next one waits: history is removed with a tenth of the time, at the most. */
const restFactor = 9;

/** Where the search stands: runs go in the order of their end. */
interface Place {
  endedAt: number;
  seq: number;
}

interface Candidate extends Place, RemovedRun {
  intervalStart: number;
  kept: number;
}

/**
 * The next run that has ended, and whether the scheduler still asks for it: `RunStore.removeRuns` says which. The run before
 * one that goes on is the last of its kind: for scheduled ones and those of backfills, runs of others do not count.
 * The run stored last stays as well: its number may not be given again while rows of its tasks are left.
 */
const candidate = `
  select seq, endedAt, id, dag, createdAt, intervalStart,
    seq = (select max(seq) from run)
    or not exists (select 1 from run n where n.dag = r.dag and (n.intervalStart, n.seq) > (r.intervalStart, r.seq))
    or (kind = 'scheduled' and not exists (select 1 from run n where n.dag = r.dag and (n.intervalStart, n.seq) > (r.intervalStart, r.seq) and n.kind = 'scheduled'))
    or (kind = 'backfill' and not exists (select 1 from dag d where d.dag = r.dag and d.lastStart >= r.intervalStart))
    or exists (select 1 from backfill b where b.dag = r.dag and b.state in ('running', 'paused') and r.intervalStart >= b."from" and r.intervalStart < b."to")
    or exists (
      select 1 from run a where a.dag = r.dag and a.state in ('queued', 'running') and a.intervalStart > r.intervalStart and a.intervalStart <= coalesce((
        select min(n.intervalStart) from run n where n.dag = r.dag and n.intervalStart > r.intervalStart and (r.kind not in ('scheduled', 'backfill') or n.kind in ('scheduled', 'backfill'))
      ), ${Number.MAX_SAFE_INTEGER}))
    as kept
  from run r
  where shard = ? and endedAt is not null and endedAt < ? and (endedAt, seq) > (?, ?) and state not in ('queued', 'running')
  order by endedAt, seq limit 1`;

/** The shard whose history is removed, and how its commits are kept away meanwhile. */
export interface Removed {
  shard: number;
  /** That its commits hold as well. */
  lock: string;
  /** Throws when another has taken the shard. */
  check(): Work<void>;
}

/**
 * Removes history. A run goes first, with its number kept in `removed_run` and its name in `removed_files`; then, in steps,
 * what lies under that number. Whoever has removed its files says so, and its name goes too.
 */
export class RunRemoval {
  readonly #database: Database;
  #step: Promise<unknown> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Until no step is under way. Who holds a run from now on and then reads it finds it whole, or not at all: every later step
   * asks whether it is held.
   */
  async settled(): Promise<void> {
    await this.#step?.catch(() => undefined);
  }

  async removeRuns(of: Removed, removal: Removal): Promise<number> {
    const { before, limit = Infinity, signal } = removal;
    const search = new Search(of.shard, removal);
    let removed = 0;
    for (let at: Found = { taken: 0, isOver: false, ...beginning }; ; ) {
      // First, too: a process may have been killed on the way.
      await this.#stepwise(of, signal, () => removeRows(of.shard));
      if (at.isOver || signal?.aborted) break;
      const begun = performance.now();
      at = await this.#write(of, () => search.step(at, limit - removed));
      removed += at.taken;
      if (!at.isOver) await rest(begun);
    }
    await this.#stepwise(of, signal, () => removeBackfill(of.shard, before));
    await this.#stepwise(of, signal, () => removeAlerts(before));
    return removed;
  }

  removedRuns({ after, limit }: { after?: RemovedRun; limit: number }): Promise<RemovedRun[]> {
    return this.#database.read("the history", () => all<RemovedRun>("select id, dag, createdAt from removed_files where (id, createdAt) > (?, ?) order by id, createdAt limit ?", after?.id ?? "", after?.createdAt ?? 0, limit));
  }

  forgetRemoved(runs: readonly RemovedRun[]): Promise<void> {
    return this.#database.write("the history", [], function* () {
      for (const { id, createdAt } of runs) yield* run("delete from removed_files where id = ? and createdAt = ?", id, createdAt);
    });
  }

  /** Makes small transactions until there is nothing to do. */
  async #stepwise(of: Removed, signal: AbortSignal | undefined, step: () => Work<boolean>): Promise<void> {
    while (!signal?.aborted) {
      const begun = performance.now();
      if (!(await this.#write(of, step))) return;
      await rest(begun);
    }
  }

  #write<T>({ lock, check }: Removed, work: () => Work<T>): Promise<T> {
    const step = this.#database.write("the history", [lock], function* () {
      yield* check();
      return yield* work();
    });
    this.#step = step;
    return step;
  }
}

/** Leaves most of the time to others. */
const rest = (begun: number): Promise<void> => setTimeout(restFactor * (performance.now() - begun));

function* hide({ seq, id, dag, createdAt }: Candidate, shard: number): Work<void> {
  yield* run("insert into removed_run (seq, shard) values (?, ?)", seq, shard);
  yield* run("insert into removed_files (id, createdAt, dag) values (?, ?, ?) on conflict do nothing", id, createdAt, dag);
  yield* run("delete from run where seq = ?", seq);
}

/** @returns false when there was nothing to do */
function* removeRows(shard: number): Work<boolean> {
  let room = rowsMax;
  for (;;) {
    const next = yield* one<{ seq: number }>("select seq from removed_run where shard = ? limit 1", shard);
    if (!next) return room < rowsMax;
    room -= yield* removeFirst("attempt", "run", next.seq, ["task", '"index"', "number"], room);
    if (room > 0) room -= yield* removeFirst("instance", "run", next.seq, ["task", '"index"'], room);
    if (room <= 0) return true;
    room -= yield* run("delete from removed_run where seq = ?", next.seq);
  }
}

function* removeBackfill(shard: number, before: number): Work<boolean> {
  const next = yield* one<{ id: string }>("select id from backfill b where shard = ? and endedAt < ? and state in ('done', 'cancelled') and not exists (select 1 from run where run.backfill = b.id) limit 1", shard, before);
  if (!next) return false;
  const rows = yield* removeFirst("backfill_interval", "backfill", next.id, ["ordinal"], rowsMax);
  if (rows < rowsMax) yield* run("delete from backfill where id = ?", next.id);
  return true;
}

/**
 * Removes rows of one owner in the order of their key, `max` at the most: by a range, for which both databases take the index.
 *
 * @param key - the columns of the primary key behind that of the owner
 */
function* removeFirst(table: string, owner: string, id: Bound, key: string[], max: number): Work<number> {
  const columns = key.join(", ");
  const end = yield* one<Record<string, Bound>>(`select ${columns} from ${table} where ${owner} = ? order by ${columns} limit 1 offset ?`, id, max);
  const narrow = end === undefined ? "" : ` and (${columns}) < (${key.map(() => "?").join(", ")})`;
  return yield* run(`delete from ${table} where ${owner} = ?${narrow}`, id, ...Object.values(end ?? {}));
}

/** Of all shards: what is over changes no more. */
function* removeAlerts(before: number): Work<boolean> {
  return (yield* run("delete from alert where seq in (select seq from alert where endedAt < ? and state in ('sent', 'failed') order by endedAt, seq limit ?)", before, rowsMax)) > 0;
}

/** What a step of the search has come to. */
interface Found extends Place {
  /** Runs that it took. */
  taken: number;
  isOver: boolean;
}

const beginning: Place = { endedAt: Number.MIN_SAFE_INTEGER, seq: 0 };

/** Finds runs to remove, a few in each step, and hides them. */
class Search {
  readonly #shard: number;
  readonly #removal: Removal;
  /** Of each DAG seen, the oldest of those that stay for being new; none when all do. */
  readonly #newest = new Map<string, { intervalStart: number; seq: number } | undefined>();

  constructor(shard: number, removal: Removal) {
    this.#shard = shard;
    this.#removal = removal;
  }

  /**
   * @param from - where the step before has come to
   * @param max - runs at the most; with none left to take it is over
   */
  *step(from: Place, max: number): Work<Found> {
    const until = performance.now() + searchMs;
    let { endedAt, seq } = from;
    let taken = 0;
    while (taken < max && performance.now() < until) {
      const next = yield* one<Candidate>(candidate, this.#shard, this.#removal.before, endedAt, seq);
      if (!next) return { endedAt, seq, taken, isOver: true };
      ({ endedAt, seq } = next);
      if (next.kept || (yield* this.#isNew(next)) || this.#removal.isHeld?.(next)) continue;
      yield* hide(next, this.#shard);
      taken++;
    }
    return { endedAt, seq, taken, isOver: taken === max };
  }

  *#isNew({ dag, intervalStart, seq }: Candidate): Work<boolean> {
    const { keepRuns = 0 } = this.#removal;
    if (keepRuns === 0) return false;
    if (!this.#newest.has(dag)) this.#newest.set(dag, yield* one("select intervalStart, seq from run where dag = ? order by intervalStart desc, seq desc limit 1 offset ?", dag, keepRuns - 1));
    const oldest = this.#newest.get(dag);
    return !oldest || intervalStart > oldest.intervalStart || (intervalStart === oldest.intervalStart && seq >= oldest.seq);
  }
}
