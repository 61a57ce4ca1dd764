import type { DatabaseSync } from "node:sqlite";
import { MillraceError } from "../errors.ts";

/**
 * What made each version of the tables out of the one before. A step that was ever released is never changed.
 *
 * Rows of tasks and attempts lie by the number of their run, which grows: what is written now lies together at the end,
 * however much history there is, and no index beside these two trees is touched. Runs are fewer; each of their indexes
 * ends in that number too, so that what is new in it lies behind what is old of the same DAG and state.
 */
const steps: string[] = [
  `
  create table scheduler (one integer primary key check (one = 1), epoch integer not null, holder text not null, fence integer not null) strict;
  insert into scheduler values (1, 0, '', 0);
  create table run (
    seq integer primary key, id text not null unique, dag text not null, kind text not null, state text not null, release text not null, logicalDate integer,
    intervalStart integer not null, intervalEnd integer not null, runAfter integer not null, createdAt integer not null, startedAt integer, endedAt integer,
    params text, note text, clears integer not null, backfill text, ordinal integer, cause text
  ) strict;
  create index run_by_state on run (state, seq);
  create index run_by_dag on run (dag, state, seq);
  create index run_by_backfill on run (backfill, state, seq) where backfill is not null;
  create index run_by_interval on run (dag, intervalStart, seq, kind);
  create index run_by_end on run (endedAt, seq) where endedAt is not null;
  create table instance (
    run integer not null, task text not null, "index" integer not null, state text not null, attempts integer not null, attemptsMax integer not null, lost integer not null,
    readyAt integer, startedAt integer, endedAt integer, wakeAt integer, result text, chosen text, note text,
    primary key (run, task, "index")
  ) strict, without rowid;
  create table attempt (
    run integer not null, task text not null, "index" integer not null, number integer not null, id text not null, state text not null, token text not null, fence integer not null,
    worker text, queuedAt integer not null, startedAt integer, endedAt integer, error text, looks integer not null,
    primary key (run, task, "index", number)
  ) strict, without rowid;
  create table dag (dag text primary key, paused integer not null, note text, since integer not null, lastStart integer, lastEnd integer, updated text not null) strict, without rowid;
  create table backfill (
    id text primary key, dag text not null, state text not null, "from" integer not null, "to" integer not null, "order" text not null, reprocess text not null,
    maxActiveRuns integer not null, params text, note text, createdAt integer not null, endedAt integer, intervals integer not null, next integer not null
  ) strict, without rowid;
  create index backfill_by_dag on backfill (dag, createdAt, id);
  create table backfill_interval (
    backfill text not null, ordinal integer not null, start integer not null, "end" integer not null, run text, reason text,
    primary key (backfill, ordinal)
  ) strict, without rowid;
  create table pool (name text primary key, slots integer not null, note text) strict, without rowid;
  create table ledger (dataset text primary key, done text not null) strict, without rowid;
  -- Numbers of runs that were removed, while rows of their tasks and attempts are left.
  create table removed_run (seq integer primary key) strict;
  `,
  `
  alter table run add column deadlines text not null default '[]';
  create table alert (
    seq integer primary key, id text not null unique, dag text not null, kind text not null, "to" text not null, run text not null, release text not null,
    intervalStart integer not null, intervalEnd integer not null, task text, "index" integer not null, attempt integer, text text not null, at integer not null,
    lastAt integer not null, count integer not null, state text not null, tries integer not null, nextAt integer, endedAt integer, error text
  ) strict;
  create index alert_by_state on alert (state, seq);
  create index alert_by_dag on alert (dag, state, seq);
  create index alert_pending on alert (nextAt, seq) where state = 'pending';
  create index alert_by_end on alert (endedAt, seq) where endedAt is not null;
  `,
  `
  create table throttle (key text primary key, at integer not null, until integer not null) strict, without rowid;
  create index throttle_by_end on throttle (until);
  create table memo (key text primary key, run text not null, result text, at integer not null, until integer not null) strict, without rowid;
  create index memo_by_end on memo (until);
  `,
];

/**
 * Makes the tables of the run store, or brings older ones up to date; several processes may do so at once.
 *
 * @throws MillraceError `MR-STATE-004` when a newer Millrace has made them
 */
export function createRunTables(database: DatabaseSync): void {
  database.exec("create table if not exists schema_version (part text primary key, version integer not null) strict, without rowid");
  if (versionOf(database) === steps.length) return;
  database.exec("begin immediate");
  try {
    upgrade(database);
    database.exec("commit");
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

function upgrade(database: DatabaseSync): void {
  const version = versionOf(database);
  if (version > steps.length) throw tooNew(version);
  for (const step of steps.slice(version)) database.exec(step);
  database.prepare("insert or replace into schema_version values ('runs', ?)").run(steps.length);
}

function versionOf(database: DatabaseSync): number {
  const found = database.prepare("select version from schema_version where part = 'runs'").get() as { version: number } | undefined;
  return found?.version ?? 0;
}

function tooNew(version: number): MillraceError {
  return new MillraceError("MR-STATE-004", {
    what: `a newer Millrace has written the run store: its tables have version ${version}, this one knows ${steps.length}`,
    where: "the run store",
    mend: "run the newer Millrace, or restore the data folder of the time before",
  });
}
