import { setImmediate as turn } from "node:timers/promises";
import type { Removal } from "./run-store.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import type { Statements } from "./sqlite-statements.ts";

/** Runs looked at, and rows removed, in one transaction: some milliseconds, which is what a commit may have to wait. */
const runsMax = 50;
const rowsMax = 1_000;

interface Candidate {
  seq: number;
  endedAt: number;
  kept: number;
}

/**
 * Runs that have ended, and whether the scheduler still asks for them: `RunStore.removeRuns` says which.
 * The run stored last stays as well: its number may not be given again while rows of its tasks are left.
 */
const candidates = `
  select seq, endedAt,
    seq = (select max(seq) from run)
    or not exists (select 1 from run n where n.dag = r.dag and (n.intervalStart, n.seq) > (r.intervalStart, r.seq))
    or (kind = 'scheduled' and not exists (select 1 from run n where n.dag = r.dag and (n.intervalStart, n.seq) > (r.intervalStart, r.seq) and n.kind = 'scheduled'))
    or (kind = 'backfill' and not exists (select 1 from dag d where d.dag = r.dag and d.lastStart >= r.intervalStart))
    or exists (select 1 from backfill b where b.dag = r.dag and b.state in ('running', 'paused') and r.intervalStart >= b."from" and r.intervalStart < b."to")
    as kept
  from run r
  where endedAt is not null and endedAt < ? and (endedAt, seq) > (?, ?) and state not in ('queued', 'running')
  order by endedAt, seq limit ?`;

/** Removes history. A run goes first, with its number kept in `removed_run`; then, in steps, what lies under that number. */
export class RunRemoval {
  readonly #file: SqliteFile;
  readonly #sql: Statements;

  constructor(file: SqliteFile, sql: Statements) {
    this.#file = file;
    this.#sql = sql;
  }

  async removeRuns({ before, limit }: Removal): Promise<number> {
    // What a process left that was killed on the way.
    await this.#stepwise(() => this.#removeRows());
    let removed = 0;
    let last = { endedAt: Number.MIN_SAFE_INTEGER, seq: 0 };
    while (removed < limit) {
      const found = this.#write(() => this.#hide(before, last, Math.min(runsMax, limit - removed)));
      await this.#stepwise(() => this.#removeRows());
      if (found.length === 0) break;
      removed += found.filter(({ kept }) => !kept).length;
      last = found[found.length - 1];
    }
    await this.#stepwise(() => this.#removeBackfill(before));
    await this.#stepwise(() => this.#removeAlerts(before));
    return removed;
  }

  #hide(before: number, after: { endedAt: number; seq: number }, limit: number): Candidate[] {
    const found = this.#sql.all<Candidate>(candidates, before, after.endedAt, after.seq, limit);
    for (const { seq, kept } of found) {
      if (kept) continue;
      this.#sql.run("insert into removed_run values (?)", seq);
      this.#sql.run("delete from run where seq = ?", seq);
    }
    return found;
  }

  /** @returns false when there was nothing to do */
  #removeRows(): boolean {
    const next = this.#sql.one<{ seq: number }>("select seq from removed_run limit 1");
    if (!next) return false;
    let room = rowsMax;
    for (const { seq } of this.#sql.all<{ seq: number }>("select seq from removed_run limit ?", runsMax)) {
      room -= this.#sql.run('delete from attempt where (run, task, "index", number) in (select run, task, "index", number from attempt where run = ? limit ?)', seq, room);
      room -= this.#sql.run('delete from instance where (run, task, "index") in (select run, task, "index" from instance where run = ? limit ?)', seq, room);
      if (room === 0) break;
      this.#sql.run("delete from removed_run where seq = ?", seq);
    }
    return true;
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

  /** Makes small transactions until there is nothing to do, and lets others have their turn in between. */
  async #stepwise(step: () => boolean): Promise<void> {
    while (this.#write(step)) await turn();
  }

  #write<T>(work: () => T): T {
    return this.#file.write("the history", work);
  }
}
