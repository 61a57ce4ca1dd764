import type { Schema } from "./schema.ts";

/**
 * Rows of tasks and attempts lie by the number of their run, which grows: what is written now lies together at the end,
 * however much history there is, and no index beside these two trees is touched. Runs are fewer; each of their indexes
 * ends in that number too, so that what is new in it lies behind what is old of the same DAG and state.
 */
const steps = [
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
  `
  -- Runs that were removed, while files of theirs may be left.
  create table removed_files (id text not null, createdAt integer not null, dag text not null, primary key (id, createdAt)) strict, without rowid;
  `,
  `
  -- Rows belong to shards, each of which one scheduler writes at a time. \`claimed\` is the epoch that its claim began with.
  create table claim (key text primary key, holder text, claimed integer not null, epoch integer not null, until integer not null) strict, without rowid;
  create table shard (shard integer primary key, fence integer not null) strict;
  insert into claim select 'shard 0', holder, epoch, epoch, 0 from scheduler;
  insert into shard select 0, fence from scheduler;
  drop table scheduler;
  alter table run add column shard integer not null default 0;
  alter table dag add column shard integer not null default 0;
  alter table backfill add column shard integer not null default 0;
  alter table alert add column shard integer not null default 0;
  alter table removed_run add column shard integer not null default 0;
  drop index run_by_end;
  create index run_by_end on run (shard, endedAt, seq) where endedAt is not null;
  create table ledger_of_shard (shard integer not null, dataset text not null, done text not null, primary key (shard, dataset)) strict, without rowid;
  insert into ledger_of_shard select 0, dataset, done from ledger;
  drop table ledger;
  alter table ledger_of_shard rename to ledger;
  create table throttle_of_shard (shard integer not null, key text not null, at integer not null, until integer not null, primary key (shard, key)) strict, without rowid;
  insert into throttle_of_shard select 0, key, at, until from throttle;
  drop table throttle;
  alter table throttle_of_shard rename to throttle;
  create index throttle_by_end on throttle (shard, until);
  `,
];

export const runSchema: Schema = { part: "runs", steps };
