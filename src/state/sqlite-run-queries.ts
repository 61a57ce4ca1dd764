import { MillraceError } from "../errors.ts";
import type { AlertFilter, AlertRow, AlertState, AttemptPage, AttemptRow, BackfillIntervalRow, BackfillRow, InstancePage, InstanceRow, MemoRow, RunFilter, RunKind, RunRow, RunState, Unfinished } from "./run-store.ts";
import { jsonText } from "./row-table.ts";
import type { RunTables } from "./sqlite-run-tables.ts";
import type { Bound, Statements } from "./sqlite-statements.ts";

const runStates: RunState[] = ["queued", "running", "success", "failed", "cancelled"];
const alertStates: AlertState[] = ["gathering", "pending", "sent", "failed"];

/** What is read of the run store. Whoever calls holds the transaction, where it takes one. */
export class RunQueries {
  readonly #tables: RunTables;
  readonly #sql: Statements;

  constructor(tables: RunTables, sql: Statements) {
    this.#tables = tables;
    this.#sql = sql;
  }

  unfinished(): Omit<Unfinished, "fence"> {
    const { runs, instances, attempts, dags, backfills, pools, ledgers, alerts, throttles } = this.#tables;
    const open = "(select seq from run where state in ('queued', 'running'))";
    const found = this.#sql.all<{ seq: number; id: string }>("select * from run where state in ('queued', 'running') order by seq");
    const ids = new Map(found.map(({ seq, id }) => [seq, id]));
    const idOf = (row: { run: number }): string => ids.get(row.run) as string;
    return {
      runs: found.map((row) => runs.row(row)),
      instances: this.#sql.all<{ run: number }>(`select * from instance where run in ${open}`).map((row) => instances.row(row, idOf(row))),
      attempts: this.#sql.all<{ run: number }>(`select * from attempt where run in ${open} and state in ('queued', 'running', 'deferred')`).map((row) => attempts.row(row, idOf(row))),
      dags: this.#sql.all("select * from dag").map((row) => dags.row(row)),
      backfills: this.#sql.all("select * from backfill where state in ('running', 'paused') order by createdAt, id").map((row) => backfills.row(row)),
      pools: this.#sql.all("select * from pool order by name").map((row) => pools.row(row)),
      throttles: this.#sql.all("select * from throttle").map((row) => throttles.row(row)),
      ledgers: this.#sql.all("select * from ledger").map((row) => ledgers.row(row)),
      alerts: this.#sql.all("select * from alert where state = 'gathering' order by seq").map((row) => alerts.row(row)),
    };
  }

  /**
   * Each state has its newest runs at the end of an index: a page is merged from those ends, and its cost does not depend
   * on how rare what it looks for is.
   */
  runs({ dag, states = runStates, backfill, before, limit }: RunFilter): RunRow[] {
    if (states.length === 0) return [];
    const narrow: [column: string, value: Bound][] = [];
    if (backfill !== undefined) narrow.push(["backfill", backfill]);
    if (dag !== undefined) narrow.push(["dag", dag]);
    const end = `select * from (select seq from run where ${narrow.map(([column]) => `${column} = ? and `).join("")}state = ? and seq < ? order by seq desc limit ?)`;
    const behind = before === undefined ? Number.MAX_SAFE_INTEGER : this.#placeOf(before);
    const values = states.flatMap((state) => [...narrow.map(([, value]) => value), state, behind, limit]);
    return this.#runs(`select * from run where seq in (${states.map(() => end).join(" union all ")}) order by seq desc limit ?`, ...values, limit);
  }

  #placeOf(run: string): number {
    const seq = this.number(run);
    if (seq !== undefined) return seq;
    throw new MillraceError("MR-SCHED-002", { what: `the run "${run}", which the page was to begin behind, has been removed`, where: "the run store", mend: "begin with the first page again" });
  }

  idsFrom(kind: "run" | "backfill", prefix: string, limit: number): string[] {
    const found = this.#sql.all<{ id: string }>(`select id from ${kind} where id >= ? and id < ? order by id limit ?`, prefix, `${prefix}\u{10ffff}`, limit);
    return found.map(({ id }) => id);
  }

  memo(key: string): MemoRow | undefined {
    const row = this.#sql.one<object>("select * from memo where key = ?", key);
    return row && this.#tables.memos.row(row);
  }

  run(id: string): RunRow | undefined {
    return this.#runs("select * from run where id = ?", id)[0];
  }

  runsBetween(dag: string, from: number, to: number, limit = -1): RunRow[] {
    return this.#runs("select * from run where dag = ? and intervalStart >= ? and intervalStart < ? order by intervalStart, seq limit ?", dag, finite(from), finite(to), limit);
  }

  runBefore(dag: string, start: number, kinds: readonly RunKind[]): RunRow | undefined {
    const places = kinds.map(() => "?").join(", ");
    const newest = `select seq from run where dag = ? and intervalStart < ? and kind in (${places}) order by intervalStart desc, seq desc limit 1`;
    return this.#runs(`select * from run where seq = (${newest})`, dag, finite(start), ...kinds)[0];
  }

  instances(run: string, page?: InstancePage): InstanceRow[] {
    const { after, limit = -1 } = page ?? {};
    const behind = after ? ' and (task, "index") > (?, ?)' : "";
    const values = after ? [after.task, after.index] : [];
    return this.#sql.all(`select * from instance where run = ?${behind} order by task, "index" limit ?`, this.number(run) ?? null, ...values, limit).map((row) => this.#tables.instances.row(row, run));
  }

  attempts(run: string, task?: string, index?: number, page?: AttemptPage): AttemptRow[] {
    const { after, limit = -1 } = page ?? {};
    const narrow = `${task === undefined ? "" : " and task = ?"}${index === undefined ? "" : ' and "index" = ?'}${after ? ' and (task, "index", number) > (?, ?, ?)' : ""}`;
    const values = [task, index, after?.task, after?.index, after?.number].filter((value) => value !== undefined);
    return this.#sql.all(`select * from attempt where run = ?${narrow} order by task, "index", number limit ?`, this.number(run) ?? null, ...values, limit).map((row) => this.#tables.attempts.row(row, run));
  }

  backfills(dag?: string): BackfillRow[] {
    const narrow = dag === undefined ? "" : "where dag = ? ";
    return this.#sql.all(`select * from backfill ${narrow}order by createdAt desc, id desc`, ...(dag === undefined ? [] : [dag])).map((row) => this.#tables.backfills.row(row));
  }

  backfill(id: string): BackfillRow | undefined {
    return this.#sql.all("select * from backfill where id = ?", id).map((row) => this.#tables.backfills.row(row))[0];
  }

  backfillIntervals(backfill: string, { after, limit }: { after: number; limit: number }): BackfillIntervalRow[] {
    return this.#sql.all("select * from backfill_interval where backfill = ? and ordinal > ? order by ordinal limit ?", backfill, after, limit).map((row) => this.#tables.intervals.row(row));
  }

  /** A page is merged from the ends of the states' indexes, as one of runs is. */
  alerts({ dag, states = alertStates, before, limit }: AlertFilter): AlertRow[] {
    if (states.length === 0) return [];
    const narrow = dag === undefined ? "" : "dag = ? and ";
    const end = `select * from (select seq from alert where ${narrow}state = ? and seq < ? order by seq desc limit ?)`;
    const behind = before === undefined ? Number.MAX_SAFE_INTEGER : this.#placeOfAlert(before);
    const values = states.flatMap((state) => [...(dag === undefined ? [] : [dag]), state, behind, limit]);
    return this.#alerts(`select * from alert where seq in (${states.map(() => end).join(" union all ")}) order by seq desc limit ?`, ...values, limit);
  }

  pendingAlerts({ limit, notTo }: { limit: number; notTo: readonly AlertRow["to"][] }): AlertRow[] {
    const others = notTo.map((to) => jsonText(to, "alert.to"));
    return this.#alerts(`select * from alert indexed by alert_pending where state = 'pending' and "to" not in (${others.map(() => "?").join(", ")}) order by nextAt, seq limit ?`, ...others, limit);
  }

  #placeOfAlert(id: string): number {
    const found = this.#sql.one<{ seq: number }>("select seq from alert where id = ?", id);
    if (found) return found.seq;
    throw new MillraceError("MR-SCHED-002", { what: `the alert "${id}", which the page was to begin behind, has been removed`, where: "the run store", mend: "begin with the first page again" });
  }

  #alerts(sql: string, ...values: Bound[]): AlertRow[] {
    return this.#sql.all(sql, ...values).map((row) => this.#tables.alerts.row(row));
  }

  /** The number that stands for a run in the tables; undefined when the run is not there. */
  number(run: string): number | undefined {
    return this.#sql.one<{ seq: number }>("select seq from run where id = ?", run)?.seq;
  }

  #runs(sql: string, ...values: Bound[]): RunRow[] {
    return this.#sql.all(sql, ...values).map((row) => this.#tables.runs.row(row));
  }
}

/** SQLite's integers have 64 bits and know no infinity. */
const finite = (at: number): number => Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, at));
