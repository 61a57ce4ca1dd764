import { MillraceError } from "../errors.ts";
import { jsonText } from "./row-table.ts";
import type { AlertFilter, AlertRow, AlertState, AttemptPage, AttemptRow, BackfillIntervalRow, BackfillRow, InstancePage, InstanceRow, InstanceState, MemoRow, RunFilter, RunKind, RunMark, RunRow, RunState, TaskCount, Unfinished } from "./run-store.ts";
import { runTables as tables } from "./run-tables.ts";
import { all, type Bound, one, type Work } from "./work.ts";

/* What is read of the run store: of all shards, but for what is unfinished. */

const runStates: RunState[] = ["queued", "running", "success", "failed", "cancelled"];
const instanceStates: InstanceState[] = ["none", "scheduled", "queued", "running", "up_for_retry", "deferred", "success", "failed", "skipped", "upstream_failed", "removed", "cancelled"];
const alertStates: AlertState[] = ["gathering", "pending", "sent", "failed"];
/** For what has no bound: PostgreSQL knows no negative limit. */
const unlimited = Number.MAX_SAFE_INTEGER;

export function* unfinished(shard: number): Work<Omit<Unfinished, "fence">> {
  const open = "(select seq from run where shard = ? and state in ('queued', 'running'))";
  const found = yield* all<{ seq: number; id: string }>("select * from run where shard = ? and state in ('queued', 'running') order by seq", shard);
  const ids = new Map(found.map(({ seq, id }) => [seq, id]));
  const idOf = (row: { run: number }): string => ids.get(row.run) as string;
  return {
    runs: found.map((row) => tables.runs.row(row)),
    instances: (yield* all<{ run: number }>(`select * from instance where run in ${open} order by run, task, "index"`, shard)).map((row) => tables.instances.row(row, idOf(row))),
    attempts: (yield* all<{ run: number }>(`select * from attempt where run in ${open} and state in ('queued', 'running', 'deferred')`, shard)).map((row) => tables.attempts.row(row, idOf(row))),
    dags: (yield* all("select * from dag where shard = ?", shard)).map((row) => tables.dags.row(row)),
    backfills: (yield* all("select * from backfill where shard = ? and state in ('running', 'paused') order by createdAt, id", shard)).map((row) => tables.backfills.row(row)),
    pools: (yield* all("select * from pool order by name")).map((row) => tables.pools.row(row)),
    throttles: (yield* all("select * from throttle where shard = ?", shard)).map((row) => tables.throttles.row(row)),
    ledgers: (yield* all("select * from ledger where shard = ?", shard)).map((row) => tables.ledgers.row(row)),
    alerts: (yield* all("select * from alert where shard = ? and state = 'gathering' order by seq", shard)).map((row) => tables.alerts.row(row)),
  };
}

/**
 * Each state has its newest runs at the end of an index: a page is merged from those ends, and its cost does not depend
 * on how rare what it looks for is.
 */
export function* runs({ dag, states = runStates, backfill, before, limit }: RunFilter): Work<RunRow[]> {
  if (states.length === 0) return [];
  const narrow: [column: string, value: Bound][] = [];
  if (backfill !== undefined) narrow.push(["backfill", backfill]);
  if (dag !== undefined) narrow.push(["dag", dag]);
  const end = `select * from (select seq from run where ${narrow.map(([column]) => `${column} = ? and `).join("")}state = ? and seq < ? order by seq desc limit ?) newest`;
  const behind = before === undefined ? Number.MAX_SAFE_INTEGER : yield* placeOf("run", before);
  const values = states.flatMap((state) => [...narrow.map(([, value]) => value), state, behind, limit]);
  return yield* runsBy(`select * from run where seq in (${states.map(() => end).join(" union all ")}) order by seq desc limit ?`, ...values, limit);
}

/**
 * From each DAG's newest run to the one before, each found at the end of the index of its state: all DAGs cost one statement,
 * and no DAG more than what is asked of it, however long its history is.
 */
export function* newestRuns(dags: readonly string[], limit: number): Work<Map<string, RunRow[]>> {
  const newest = (of: string, before = ""): string => `(select max(seq) from (${runStates.map((state) => `select max(seq) as seq from run where dag = ${of} and state = '${state}'${before}`).join(" union all ")}) ends)`;
  const chain = `with recursive chain(dag, seq, place) as (
    select value, ${newest("value")}, 1 from json_each(?)
    union all
    select dag, ${newest("chain.dag", " and seq < chain.seq")}, place + 1 from chain where seq is not null and place < ?
  )`;
  const found = new Map<string, RunRow[]>(dags.map((dag) => [dag, []]));
  for (const row of yield* all<{ dag: string; place: number }>(`${chain} select run.*, chain.place from chain join run on run.seq = chain.seq`, JSON.stringify(dags), limit)) (found.get(row.dag) as RunRow[])[row.place - 1] = tables.runs.row(row);
  return found;
}

export function* idsFrom(kind: "run" | "backfill", prefix: string, limit: number): Work<string[]> {
  const found = yield* all<{ id: string }>(`select id from ${kind} where id >= ? and id < ? order by id limit ?`, prefix, `${prefix}\u{10ffff}`, limit);
  return found.map(({ id }) => id);
}

export function* memo(key: string): Work<MemoRow | undefined> {
  const row = yield* one<object>("select * from memo where key = ?", key);
  return row && tables.memos.row(row);
}

export function* run(id: string): Work<RunRow | undefined> {
  return (yield* runsBy("select * from run where id = ?", id))[0];
}

export function runsBetween(dag: string, from: number, to: number, limit = unlimited): Work<RunRow[]> {
  return runsBy("select * from run where dag = ? and intervalStart >= ? and intervalStart < ? order by intervalStart, seq limit ?", dag, finite(from), finite(to), limit);
}

export function runMarks(dag: string, from: number, to: number, limit: number): Work<RunMark[]> {
  return all<RunMark>('select intervalStart as "intervalStart", state from run where dag = ? and intervalStart >= ? and intervalStart < ? order by intervalStart, seq limit ?', dag, finite(from), finite(to), limit);
}

export function* runBefore(dag: string, start: number, kinds: readonly RunKind[]): Work<RunRow | undefined> {
  if (kinds.length === 0) return undefined;
  const places = kinds.map(() => "?").join(", ");
  const newest = `select seq from run where dag = ? and intervalStart < ? and kind in (${places}) order by intervalStart desc, seq desc limit 1`;
  return (yield* runsBy(`select * from run where seq = (${newest})`, dag, finite(start), ...kinds))[0];
}

export function* instances(ofRun: string, page?: InstancePage): Work<InstanceRow[]> {
  const { after, task, states, limit = unlimited } = page ?? {};
  const narrow = `${task === undefined ? "" : " and task = ?"}${states ? ` and state in (${states.map(() => "?").join(", ")})` : ""}${after ? ' and (task, "index") > (?, ?)' : ""}`;
  const values = [task, ...(states ?? []), after?.task, after?.index].filter((value) => value !== undefined);
  const number = (yield* numbers([ofRun])).get(ofRun) ?? null;
  return (yield* all(`select * from instance where run = ?${narrow} order by task, "index" limit ?`, number, ...values, limit)).map((row) => tables.instances.row(row, ofRun));
}

/** Counted task by task, in the order in which they lie: nothing is sorted. */
export function* taskCounts(ofRun: string): Work<TaskCount[]> {
  const number = (yield* numbers([ofRun])).get(ofRun) ?? null;
  const counts = instanceStates.map((state) => `count(*) filter (where state = '${state}') as "${state}"`).join(", ");
  const rows = yield* all<Record<string, unknown>>(`select task, max(attempts) as attempts, min(startedAt) as "startedAt", max(endedAt) as "endedAt", ${counts} from instance where run = ? group by task order by task`, number);
  return rows.map(({ task, attempts, startedAt, endedAt, ...row }) => ({
    task: String(task),
    states: Object.fromEntries(instanceStates.flatMap((state) => (Number(row[state]) > 0 ? [[state, Number(row[state])]] : []))),
    attempts: Number(attempts),
    startedAt: numberOrNull(startedAt),
    endedAt: numberOrNull(endedAt),
  }));
}

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));

export function* attempts(ofRun: string, task?: string, index?: number, page?: AttemptPage): Work<AttemptRow[]> {
  const { after, limit = unlimited } = page ?? {};
  const narrow = `${task === undefined ? "" : " and task = ?"}${index === undefined ? "" : ' and "index" = ?'}${after ? ' and (task, "index", number) > (?, ?, ?)' : ""}`;
  const values = [task, index, after?.task, after?.index, after?.number].filter((value) => value !== undefined);
  const number = (yield* numbers([ofRun])).get(ofRun) ?? null;
  return (yield* all(`select * from attempt where run = ?${narrow} order by task, "index", number limit ?`, number, ...values, limit)).map((row) => tables.attempts.row(row, ofRun));
}

export function* backfills(dag?: string): Work<BackfillRow[]> {
  const narrow = dag === undefined ? "" : "where dag = ? ";
  return (yield* all(`select * from backfill ${narrow}order by createdAt desc, id desc`, ...(dag === undefined ? [] : [dag]))).map((row) => tables.backfills.row(row));
}

export function* backfill(id: string): Work<BackfillRow | undefined> {
  const row = yield* one("select * from backfill where id = ?", id);
  return row === undefined ? undefined : tables.backfills.row(row);
}

export function* backfillIntervals(ofBackfill: string, { after, limit }: { after: number; limit: number }): Work<BackfillIntervalRow[]> {
  return (yield* all("select * from backfill_interval where backfill = ? and ordinal > ? order by ordinal limit ?", ofBackfill, after, limit)).map((row) => tables.intervals.row(row));
}

/** A page is merged from the ends of the states' indexes, as one of runs is. */
export function* alerts({ dag, states = alertStates, before, limit }: AlertFilter): Work<AlertRow[]> {
  if (states.length === 0) return [];
  const narrow = dag === undefined ? "" : "dag = ? and ";
  const end = `select * from (select seq from alert where ${narrow}state = ? and seq < ? order by seq desc limit ?) newest`;
  const behind = before === undefined ? Number.MAX_SAFE_INTEGER : yield* placeOf("alert", before);
  const values = states.flatMap((state) => [...(dag === undefined ? [] : [dag]), state, behind, limit]);
  return yield* alertsBy(`select * from alert where seq in (${states.map(() => end).join(" union all ")}) order by seq desc limit ?`, ...values, limit);
}

export function pendingAlerts({ limit, notTo }: { limit: number; notTo: readonly AlertRow["to"][] }): Work<AlertRow[]> {
  const others = notTo.map((to) => jsonText(to, "alert.to"));
  const narrow = others.map(() => ' and "to" <> ?').join("");
  return alertsBy(`select * from alert indexed by alert_pending where state = 'pending'${narrow} order by nextAt, seq limit ?`, ...others, limit);
}

/** The numbers that stand for runs in the tables; none for those that are not there. */
export function* numbers(ids: readonly string[]): Work<Map<string, number>> {
  const found = yield* all<{ id: string; seq: number }>("select id, seq from run where id in (select value from json_each(?))", JSON.stringify(ids));
  return new Map(found.map(({ id, seq }) => [id, seq]));
}

function* placeOf(kind: "run" | "alert", id: string): Work<number> {
  const found = yield* one<{ seq: number }>(`select seq from ${kind} where id = ?`, id);
  if (found) return found.seq;
  throw new MillraceError("MR-SCHED-002", { what: `the ${kind} "${id}", which the page was to begin behind, has been removed`, where: "the run store", mend: "begin with the first page again" });
}

function* runsBy(sql: string, ...values: Bound[]): Work<RunRow[]> {
  return (yield* all(sql, ...values)).map((row) => tables.runs.row(row));
}

function* alertsBy(sql: string, ...values: Bound[]): Work<AlertRow[]> {
  return (yield* all(sql, ...values)).map((row) => tables.alerts.row(row));
}

/** The databases' integers have 64 bits and know no infinity. */
const finite = (at: number): number => Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, at));
