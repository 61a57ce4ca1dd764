import { queueAttempt, startAttempt } from "./attempts.ts";
import { advanceBackfill, createBackfill, rerun, turnBackfill } from "./backfill-runs.ts";
import { learnTicks, pause, register, resume, setPool } from "./dags.ts";
import { spreadUpdate } from "./datasets.ts";
import type { Event } from "./events.ts";
import { runNamed } from "./known.ts";
import { learnMemo, look } from "./look.ts";
import { receive } from "./mail.ts";
import { answer, clear, mark } from "./operate.ts";
import { endAttempt } from "./outcomes.ts";
import { restore } from "./restore.ts";
import { endRun, learnPast, startChild, stateOf, stopRun, trigger } from "./runs.ts";
import { admit } from "./slots.ts";
import { runTimers } from "./timers.ts";
import { hearWorker, loseWorker } from "./workers.ts";
import type { World } from "./world.ts";

/**
 * All states of runs, tasks and attempts, and every way from one to another. A step changes the world and nothing else: it
 * knows no clock but `now` and does nothing outside; what is to be stored and done is left with the world.
 *
 *     run      queued -> running -> success | failed | cancelled; cleared -> queued
 *     task     none -> scheduled -> queued -> running -> success | failed | skipped
 *              none -> skipped | upstream_failed | removed
 *              running -> up_for_retry | deferred -> scheduled; cleared -> none
 *     attempt  queued -> running -> success | failed | skipped | timed_out | lost | cancelled
 *              running -> deferred -> queued
 *
 * @throws MillraceError when what is asked for cannot be; the world is then as it was
 */
export function step(world: World, event: Event, now: number): unknown {
  world.now = Math.max(now, world.now);
  const answer = apply(world, event);
  settleAll(world);
  return answer;
}

function apply(world: World, event: Event): unknown {
  switch (event.type) {
    case "restore":
      return restore(world, event);
    case "register":
      return register(world, event);
    case "time":
      return runTimers(world);
    case "start":
      return startAttempt(world, event);
    case "end":
      return endAttempt(world, event);
    case "alive":
      return hearWorker(world, event.worker, event.attempts);
    case "gone":
      return loseWorker(world, event.worker, "its worker has ended");
    case "trigger":
      return trigger(world, event.request).row;
    case "pause":
      return pause(world, event.dag, event.note);
    case "resume":
      return resume(world, event.dag);
    case "cancel":
      return stopRun(world, runNamed(world, event.run), "cancelled", event.note);
    case "clear":
      return clear(world, event);
    case "mark":
      return mark(world, event);
    case "answer":
      return answer(world, event);
    case "updated":
      return spreadUpdate(world, event.dataset, event.interval, event.cause);
    case "pool":
      return setPool(world, event);
    case "backfill":
      return createBackfill(world, event);
    case "backfill-state":
      return turnBackfill(world, event);
    case "past":
      return learnPast(world, event.run, event.previous);
    case "rerun":
      return rerun(world, event);
    case "ticks":
      return learnTicks(world, event);
    case "memo":
      return learnMemo(world, event);
    case "message":
      return receive(world, event.message);
    case "nothing":
      return;
    case "alerts":
      for (const row of event.rows) world.changed("alerts", row);
      if (event.rows.some(({ state }) => state === "pending")) world.effect({ type: "alerts" });
      return;
  }
}

/** Carries on what an event has set in motion, until nothing moves; then slots are given out, which may set more in motion. */
function settleAll(world: World): void {
  for (;;) {
    settleTasks(world);
    admit(world, queueAttempt);
    const letter = world.letters.shift();
    if (!letter) return;
    receive(world, letter);
  }
}

function settleTasks(world: World): void {
  const { open, parents, updated, ending, advancing } = world;
  do {
    lookAtOpen(world);
    for (const instance of parents.splice(0)) startChild(world, instance);
    for (const { dataset, interval, cause } of updated.splice(0)) spreadUpdate(world, dataset, interval, cause);
    if (open.length === 0) endRuns(world);
  } while (open.length + parents.length + updated.length + ending.size + advancing.size > 0);
}

/** In the order of coming: the items of a map start from its first. A look may add more. */
function lookAtOpen(world: World): void {
  for (const instance of world.open) {
    instance.open = false;
    look(world, instance);
  }
  world.open.length = 0;
}

function endRuns(world: World): void {
  for (const run of world.ending) {
    world.ending.delete(run);
    if (run.row.state === "running" && run.unfinished === 0) endRun(world, run, stateOf(run));
  }
  for (const backfill of world.advancing) {
    world.advancing.delete(backfill);
    if (world.backfills.has(backfill.row.id)) advanceBackfill(world, backfill);
  }
}
