import type { AttemptRow, AttemptState } from "../state/run-store.ts";
import { turn } from "./cells.ts";
import type { Event } from "./events.ts";
import type { Work } from "./executor.ts";
import { hire, letWorkerGo } from "./leases.ts";
import { occupy, release } from "./slots.ts";
import { workOf } from "./work.ts";
import type { Attempt, Instance, World } from "./world.ts";

/** After how long a hint is given again, in milliseconds: it may have got lost. */
const offerAgainMs = 30_000;

/** Takes slots and mints what a start must show. A deferred attempt goes on as itself, with a new token. */
export function queueAttempt(world: World, instance: Instance): void {
  const { row } = instance;
  const again = instance.attempt?.row.state === "deferred" ? instance.attempt : undefined;
  const attempt: Attempt = again ?? { row: newAttempt(world, instance), instance, hiredAt: 0 };
  Object.assign(attempt.row, { state: "queued", token: world.mint(), queuedAt: world.now, worker: null });
  instance.attempt = attempt;
  turn(instance, "queued");
  occupy(world, attempt);
  world.attempts.set(attempt.row.id, attempt);
  world.changed("attempts", attempt.row);
  world.changed("instances", row);
  offer(world, attempt);
}

/** What is queued is offered, with a limit to its wait, which a restart of the scheduler does not make longer. */
export function offer(world: World, attempt: Attempt): void {
  const { row, instance: { node } } = attempt;
  if (node.decl.queueTimeoutMs !== undefined) world.timer(row.queuedAt + node.decl.queueTimeoutMs, { type: "queue-timeout", attempt, token: row.token });
  offerAgain(world, attempt);
}

export function offerAgain(world: World, attempt: Attempt): void {
  const { row, instance: { row: { lost }, run, node } } = attempt;
  world.effect({ type: "offer", hint: { attempt: row.id, token: row.token, dag: run.row.dag, task: node.decl, release: run.row.release, lost } });
  world.timer(world.now + offerAgainMs, { type: "offer-again", attempt, token: row.token });
}

function newAttempt(world: World, { row }: Instance): AttemptRow {
  row.attempts++;
  return {
    ...{ id: world.mint(), run: row.run, task: row.task, index: row.index, number: row.attempts, state: "queued", token: "", fence: 0, worker: null },
    ...{ queuedAt: world.now, startedAt: null, endedAt: null, error: null, looks: 0 },
  };
}

/** The one way to start: queued, and with the token of this queueing. Anything else is an old or doubled hint. */
export function startAttempt(world: World, { attempt: id, token, worker: name }: Extract<Event, { type: "start" }>): Work | undefined {
  const attempt = world.attempts.get(id);
  if (attempt?.row.state !== "queued" || attempt.row.token !== token) return undefined;
  const { row, instance } = attempt;
  const { timeoutMs, totalTimeoutMs } = instance.node.decl;
  row.state = "running";
  row.worker = name;
  row.fence = ++world.fence;
  row.startedAt ??= world.now;
  instance.row.state = "running";
  if (instance.row.startedAt === null) {
    instance.row.startedAt = world.now;
    if (totalTimeoutMs !== undefined) world.timer(world.now + totalTimeoutMs, { type: "total-timeout", instance, since: world.now });
  }
  if (timeoutMs !== undefined) world.timer(world.now + timeoutMs, { type: "attempt-timeout", attempt, fence: row.fence });
  world.changed("attempts", row);
  world.changed("instances", instance.row);
  hire(world, name, attempt);
  return workOf(attempt);
}

/** Takes an attempt away from whoever runs it. */
export function stopAttempt(world: World, instance: Instance, why: string): void {
  const { attempt } = instance;
  if (!attempt) return;
  closeAttempt(world, attempt, "cancelled", why);
  instance.attempt = undefined;
}

/** Ends an attempt for good. One that still runs, and has not said itself that it ends, is stopped. */
export function closeAttempt(world: World, attempt: Attempt, state: AttemptState, why?: string): void {
  const { row, instance } = attempt;
  const stopped = row.state === "running" && (state === "timed_out" || state === "lost" || state === "cancelled");
  row.state = state;
  row.endedAt = world.now;
  letWorkerGo(world, attempt);
  release(world, attempt);
  world.attempts.delete(row.id);
  world.changed("attempts", row);
  if (stopped) world.effect({ type: "stop", attempt: row.id, why: why ?? row.error?.what ?? state, graceMs: instance.node.decl.graceMs });
}
