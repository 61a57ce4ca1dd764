import { durationText } from "../model/duration.ts";
import type { DeadlineDecl } from "../model/dag-manifest.ts";
import { tell } from "./alerts.ts";
import type { Run, World } from "./world.ts";

/**
 * Works out by when a run is to end, and keeps it in the run's row: a run that hangs misses it all the same, and so does
 * one whose scheduler has died in between.
 */
export function setDeadlines(world: World, run: Run, after: DeadlineDecl["after"]): void {
  const from = after === "start" ? (run.row.startedAt as number) : run.row.runAfter;
  const added = run.graph.decl.deadlines.filter((decl) => decl.after === after).map((decl) => ({ ...decl, at: from + decl.ms }));
  // A run that was cleared long after it fell due, or that catches up with a time when nobody watched, is not late.
  const wanted = after === "start" ? added : added.filter(({ at }) => at > world.now || wasWatched(run));
  if (wanted.length === 0) return;
  run.row.deadlines = [...run.row.deadlines, ...wanted];
  world.changed("runs", run.row);
  watchDeadlines(world, run);
}

function wasWatched({ row, dag }: Run): boolean {
  return row.kind !== "backfill" && row.clears === 0 && row.runAfter >= dag.watchedSince;
}

/** Lets the time come to the deadlines that a run has. */
export function watchDeadlines(world: World, run: Run): void {
  for (const { at } of run.row.deadlines) world.timer(at, { type: "deadline", run });
}

/** Tells of the deadlines that a run has missed by now, each once: a deadline that was told of is gone from its row. */
export function missDeadlines(world: World, run: Run): void {
  const { row } = run;
  const missed = row.deadlines.filter(({ at }) => at <= world.now);
  if (missed.length === 0) return;
  row.deadlines = row.deadlines.filter(({ at }) => at > world.now);
  world.changed("runs", row);
  const how = row.state === "queued" ? "it still waits for others of its DAG" : row.state === "running" ? "it still runs" : "it has ended only now";
  for (const { after, ms, at } of missed) {
    const text = `run ${row.id} has missed its deadline of ${new Date(at).toISOString()}, ${durationText(ms)} after it ${after === "due" ? "fell due" : "had started"}: ${how}`;
    tell(world, run, { kind: "deadline", key: `${after} ${ms} ${at}`, text });
  }
}

/** A run that has ended misses no more deadlines. */
export function dropDeadlines(world: World, run: Run): void {
  missDeadlines(world, run);
  if (run.row.deadlines.length > 0) run.row.deadlines = [];
}
