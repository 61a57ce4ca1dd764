import { type ErrorJson, MillraceError } from "../errors.ts";
import type { AttemptState } from "../state/run-store.ts";
import { closeAttempt } from "./attempts.ts";
import { turn } from "./cells.ts";
import type { Event } from "./events.ts";
import type { Outcome } from "./executor.ts";
import { behind } from "./graph.ts";
import { letWorkerGo } from "./leases.ts";
import { remember } from "./memos.ts";
import { tellOfRetry } from "./news.ts";
import { retryWait } from "./retry.ts";
import { settle, wakeIn } from "./settle.ts";
import { release, requestSlots } from "./slots.ts";
import { type Attempt, type Instance, isOver, type Timer, type World } from "./world.ts";
import { wrongResult } from "./wrong-result.ts";

/** Attempts lost with their workers that cost a task no retry. What kills each of its workers ends after these. */
const lostMax = 3;

/** What a worker says of how its attempt has ended; false when it is no longer its to end. */
export function endAttempt(world: World, { attempt: id, fence, outcome }: Extract<Event, { type: "end" }>): boolean {
  const attempt = world.attempts.get(id);
  if (attempt?.row.state !== "running" || attempt.row.fence !== fence) return false;
  const { instance } = attempt;
  switch (outcome.kind) {
    case "success":
      succeed(world, attempt, outcome);
      break;
    case "skipped":
      closeAttempt(world, attempt, "skipped");
      instance.row.note = outcome.note ?? instance.row.note;
      settle(world, instance, "skipped");
      break;
    case "deferred":
      giveBack(world, attempt, outcome.ms);
      break;
    case "failed":
      fail(world, attempt, "failed", outcome.error, outcome);
  }
  return true;
}

function succeed(world: World, attempt: Attempt, { result, chosen, updated = [] }: Extract<Outcome, { kind: "success" }>): void {
  const { instance } = attempt;
  const { row, node, run } = instance;
  const wrong = wrongResult(instance, result, chosen);
  if (wrong) return fail(world, attempt, "failed", wrong.toJSON(), { final: true });
  closeAttempt(world, attempt, "success");
  row.result = result ?? null;
  row.chosen = chosen ?? null;
  remember(world, instance);
  for (const dataset of updated) world.updated.push({ dataset, interval: { start: run.row.intervalStart, end: run.row.intervalEnd }, cause: run.row.id });
  settle(world, instance, "success");
  if (node.decl.kind !== "shortCircuit" || chosen?.length !== 0 || node.decl.cascade === false) return;
  for (const later of behind([node])) {
    if (later.decl.teardownOf === undefined) for (const each of run.cells[later.place]) if (each.row.state === "none") settle(world, each, "skipped");
  }
}

/** A sensor that has not found it yet gives its slots back, and looks again later. */
function giveBack(world: World, attempt: Attempt, ms: number): void {
  const { row, instance } = attempt;
  const { sensor } = instance.node.decl;
  const waited = world.now - (row.startedAt as number);
  if (sensor && waited >= sensor.timeoutMs) {
    if (!sensor.soft) return fail(world, attempt, "timed_out", lateError(instance, "what it waits for has not come", sensor.timeoutMs), { final: true });
    closeAttempt(world, attempt, "skipped");
    instance.row.note = "what it waits for has not come in time";
    return settle(world, instance, "skipped");
  }
  row.looks++;
  row.state = "deferred";
  letWorkerGo(world, attempt);
  release(world, attempt);
  world.changed("attempts", row);
  turn(instance, "deferred");
  wakeIn(world, instance, sensor ? Math.min(ms, sensor.timeoutMs - waited) : ms);
}

/** Ends an attempt without success, and lets the next one come if there is to be one. */
function fail(world: World, attempt: Attempt, how: AttemptState, error: ErrorJson, { final = false, retryAfterMs }: { final?: boolean; retryAfterMs?: number }): void {
  const { instance } = attempt;
  const { row, node } = instance;
  attempt.row.error = error;
  closeAttempt(world, attempt, how);
  if (final || row.attempts >= row.attemptsMax) return settle(world, instance, "failed");
  tellOfRetry(world, instance, error);
  instance.attempt = undefined;
  turn(instance, "up_for_retry");
  wakeIn(world, instance, retryAfterMs ?? retryWait(node.decl, `${row.run}/${row.task}/${row.index}`, row.attempts - row.lost));
}

/** The worker of an attempt is gone. That is no fault of the task, unless it happens each time. */
export function lose(world: World, attempt: Attempt, why: string): void {
  const { instance, row } = attempt;
  const error = new MillraceError("MR-SCHED-005", { what: `attempt ${row.number} was lost: ${why}`, where: `task "${row.task}" of run ${row.run}`, mend: "look at its log for what it did last, and at the machine's memory; an attempt that ends its own process is lost too" });
  if (instance.row.lost >= lostMax) return fail(world, attempt, "lost", error.toJSON(), {});
  attempt.row.error = error.toJSON();
  closeAttempt(world, attempt, "lost");
  instance.row.lost++;
  instance.row.attemptsMax++;
  tellOfRetry(world, instance, error.toJSON());
  instance.attempt = undefined;
  turn(instance, "scheduled");
  world.changed("instances", instance.row);
  requestSlots(world, instance);
}

export function timeOut(world: World, attempt: Attempt, stands: boolean, what: string, ms: number | undefined): void {
  if (stands) fail(world, attempt, "timed_out", lateError(attempt.instance, what, ms), {});
}

export function fireTotal(world: World, { instance, since }: Extract<Timer, { type: "total-timeout" }>): void {
  if (isOver(instance.row.state) || instance.row.startedAt !== since) return;
  const error = lateError(instance, "its attempts together have taken too long", instance.node.decl.totalTimeoutMs);
  if (instance.attempt) return fail(world, instance.attempt, "timed_out", error, { final: true });
  instance.row.note = error.what;
  settle(world, instance, "failed");
}

function lateError({ row }: Instance, what: string, ms: number | undefined): ErrorJson {
  return new MillraceError("MR-SCHED-006", { what: `${what}: ${(ms ?? 0) / 1000} s`, where: `task "${row.task}" of run ${row.run}`, mend: "look at its log for what it waited on, or give it more time" }).toJSON();
}
