import { letGo } from "./alerts.ts";
import { offerAgain } from "./attempts.ts";
import { askForIntervals } from "./backfill-runs.ts";
import { askAgain } from "./custom-ticks.ts";
import { runByUpdates } from "./datasets.ts";
import { missDeadlines } from "./deadlines.ts";
import { renewLeases } from "./leases.ts";
import { wake } from "./look.ts";
import { fireTotal, timeOut } from "./outcomes.ts";
import { createDue, stopRun } from "./runs.ts";
import { open } from "./settle.ts";
import { openThrottle } from "./slots.ts";
import { fireLease } from "./workers.ts";
import type { Timer, World } from "./world.ts";

/** Who looks at the clock so much later than was asked, in milliseconds, stood still: the machine slept, or we were frozen. */
const oversleptMs = 2_000;

export function runTimers(world: World): void {
  if (world.resting) return;
  if (world.now - (world.timers.key ?? Infinity) > oversleptMs) renewLeases(world);
  while (world.timers.key !== undefined && world.timers.key <= world.now) {
    const timer = world.timers.pop();
    if (timer) fire(world, timer);
  }
}

function fire(world: World, timer: Timer): void {
  switch (timer.type) {
    case "updates":
      return runByUpdates(world, timer.dag);
    case "ticks":
      return askAgain(world, timer);
    case "intervals":
      if (world.waitingBackfills.includes(timer.row) && !timer.dag.gone) askForIntervals(world, timer.dag, timer.row);
      return;
    case "due":
      if (timer.dag.dueAt === timer.at) createDue(world, timer.dag);
      return;
    case "wake":
      return wake(world, timer.instance, timer.at);
    case "lease":
      return fireLease(world, timer);
    case "attempt-timeout":
      return timeOut(world, timer.attempt, timer.attempt.row.state === "running" && timer.attempt.row.fence === timer.fence, "it has taken too long", timer.attempt.instance.node.decl.timeoutMs);
    case "queue-timeout":
      return timeOut(world, timer.attempt, timer.attempt.row.state === "queued" && timer.attempt.row.token === timer.token, "it was not started in time", timer.attempt.instance.node.decl.queueTimeoutMs);
    case "offer-again":
      if (timer.attempt.row.state === "queued" && timer.attempt.row.token === timer.token) offerAgain(world, timer.attempt);
      return;
    case "total-timeout":
      return fireTotal(world, timer);
    case "deadline":
      if (world.runs.get(timer.run.row.id) === timer.run) missDeadlines(world, timer.run);
      return;
    case "round":
      return open(world, timer.instance);
    case "throttle":
      return openThrottle(world, timer.key, timer.at);
    case "storm":
      if (world.storms.get(timer.storm.key) === timer.storm) letGo(world, timer.storm);
      return;
    case "run-timeout":
      if (timer.run.row.state === "running" && (timer.run.row.startedAt as number) + (timer.run.graph.decl.runTimeoutMs ?? 0) <= world.now) stopRun(world, timer.run, "failed", "it has taken too long");
  }
}
