import { setTimeout } from "node:timers/promises";
import type { Removal, RemovedRun } from "./run-store.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import type { Statements } from "./sqlite-statements.ts";

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
  where endedAt is not null and endedAt < ? and (endedAt, seq) > (?, ?) and state not in ('queued', 'running')
  order by endedAt, seq limit 1`;

/**
 * Removes history. A run goes first, with its number kept in `removed_run` and its name in `removed_files`; then, in steps,
 * what lies under that number. Whoever has removed its files says so, and its name goes too.
 */
export class RunRemoval {
  readonly #file: SqliteFile;
  readonly #sql: Statements;

  constructor(file: SqliteFile, sql: Statements) {
    this.#file = file;
    this.#sql = sql;
  }

  async removeRuns(removal: Removal): Promise<number> {
    const { before, limit = Infinity, signal } = removal;
    // What a process left that was killed on the way.
    await this.#stepwise(signal, () => this.#removeRows());
    const search = new Search(this.#sql, removal);
    let removed = 0;
    await this.#stepwise(signal, () => {
      if (this.#removeRows()) return true;
      const found = search.step(limit - removed, (run) => this.#hide(run));
      removed += found;
      return found > 0 || !search.over;
    });
    await this.#stepwise(signal, () => this.#removeBackfill(before));
    await this.#stepwise(signal, () => this.#removeAlerts(before));
    return removed;
  }

  removedRuns({ after, limit }: { after?: RemovedRun; limit: number }): RemovedRun[] {
    return this.#file.read("the history", () => this.#sql.all<RemovedRun>("select id, dag, createdAt from removed_files where (id, createdAt) > (?, ?) order by id, createdAt limit ?", after?.id ?? "", after?.createdAt ?? 0, limit));
  }

  forgetRemoved(runs: readonly RemovedRun[]): void {
    this.#write(() => {
      for (const { id, createdAt } of runs) this.#sql.run("delete from removed_files where id = ? and createdAt = ?", id, createdAt);
    });
  }

  #hide({ seq, id, dag, createdAt }: Candidate): void {
    this.#sql.run("insert into removed_run values (?)", seq);
    this.#sql.run("insert or ignore into removed_files (id, createdAt, dag) values (?, ?, ?)", id, createdAt, dag);
    this.#sql.run("delete from run where seq = ?", seq);
  }

  /** @returns false when there was nothing to do */
  #removeRows(): boolean {
    let room = rowsMax;
    for (;;) {
      const next = this.#sql.one<{ seq: number }>("select seq from removed_run limit 1");
      if (!next) return room < rowsMax;
      room -= this.#sql.run('delete from attempt where (run, task, "index", number) in (select run, task, "index", number from attempt where run = ? limit ?)', next.seq, room);
      room -= this.#sql.run('delete from instance where (run, task, "index") in (select run, task, "index" from instance where run = ? limit ?)', next.seq, room);
      if (room <= 0) return true;
      room -= this.#sql.run("delete from removed_run where seq = ?", next.seq);
    }
  }

  #removeBackfill(before: number): boolean {
    const next = this.#sql.one<{ id: string }>("select id from backfill b where endedAt < ? and state in ('done', 'cancelled') and not exists (select 1 from run where run.backfill = b.id) limit 1", before);
    if (!next) return false;
    const rows = this.#sql.run("delete from backfill_interval where (backfill, ordinal) in (select backfill, ordinal from backfill_interval where backfill = ? limit ?)", next.id, rowsMax);
    if (rows < rowsMax) this.#sql.run("delete from backfill where id = ?", next.id);
    return true;
  }

  #removeAlerts(before: number): boolean {
    return this.#sql.run("delete from alert where seq in (select seq from alert where endedAt < ? and state in ('sent', 'failed') order by endedAt, seq limit ?)", before, rowsMax) > 0;
  }

  /** Makes small transactions until there is nothing to do, and leaves most of the time in between to others. */
  async #stepwise(signal: AbortSignal | undefined, step: () => boolean): Promise<void> {
    for (;;) {
      if (signal?.aborted) return;
      const begun = performance.now();
      if (!this.#write(step)) return;
      await setTimeout(restFactor * (performance.now() - begun));
    }
  }

  #write<T>(work: () => T): T {
    return this.#file.write("the history", work);
  }
}

/** Finds runs to remove, a few in each step. A step must be in one transaction with what is done about them. */
class Search {
  readonly #sql: Statements;
  readonly #removal: Removal;
  /** Of each DAG seen, the oldest of those that stay for being new; none when all do. */
  readonly #newest = new Map<string, { intervalStart: number; seq: number } | undefined>();
  #at: Place = { endedAt: Number.MIN_SAFE_INTEGER, seq: 0 };
  over = false;

  constructor(sql: Statements, removal: Removal) {
    this.#sql = sql;
    this.#removal = removal;
  }

  /**
   * @param max - runs at the most; with none left to take it is over
   * @returns how many were taken
   */
  step(max: number, take: (run: Candidate) => void): number {
    const until = performance.now() + searchMs;
    let taken = 0;
    while (taken < max && performance.now() < until) {
      const next = this.#sql.one<Candidate>(candidate, this.#removal.before, this.#at.endedAt, this.#at.seq);
      this.over = next === undefined;
      if (!next) return taken;
      this.#at = next;
      if (next.kept || this.#isNew(next) || this.#removal.isHeld?.(next)) continue;
      take(next);
      taken++;
    }
    this.over ||= taken === max;
    return taken;
  }

  #isNew({ dag, intervalStart, seq }: Candidate): boolean {
    const { keepRuns = 0 } = this.#removal;
    if (keepRuns === 0) return false;
    if (!this.#newest.has(dag)) this.#newest.set(dag, this.#sql.one("select intervalStart, seq from run where dag = ? order by intervalStart desc, seq desc limit 1 offset ?", dag, keepRuns - 1));
    const oldest = this.#newest.get(dag);
    return !oldest || intervalStart > oldest.intervalStart || (intervalStart === oldest.intervalStart && seq >= oldest.seq);
  }
}
