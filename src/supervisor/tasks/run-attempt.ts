import { setTimeout } from "node:timers/promises";
import { MillraceError } from "../../errors.ts";
import { filledSettings } from "../../model/dags/templates.ts";
import type { Json } from "../../model/manifest.ts";
import { secretAccess } from "../../model/secret.ts";
import type { Outcome } from "../../scheduler/executor.ts";
import type { StoredResult } from "../../state/run-store.ts";
import type { AttemptLog } from "./attempt-log.ts";
import { attemptText, placeOf, resultKey } from "./attempt-place.ts";
import { chosenBy } from "./chosen-by.ts";
import { errorOutcome } from "./error-outcome.ts";
import { runRequest } from "./http-task.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import type { CodeLoader } from "./load-code.ts";
import type { ResultStore } from "./result-store.ts";
import type { Rendered, WorkMessage } from "./task-protocol.ts";

/** What an attempt needs of the worker process that it runs in. */
export interface AttemptHost {
  /** The folder of the user's code. */
  codeFolder: string;
  code: CodeLoader;
  results: ResultStore;
}

/** Runs one attempt to its end. Never rejects: whatever goes wrong is an outcome. */
export async function runAttempt(host: AttemptHost, work: WorkMessage, log: AttemptLog, signal: AbortSignal): Promise<Outcome> {
  const where = attemptText(placeOf(work));
  try {
    const context = await contextOf(host, work, log, signal, where);
    if (work.task.kind === "http") {
      const settings = work.task.code ? await renderSettings(host, work, context, where) : filledSettings(work.task, { ...work.run, secrets: work.secrets });
      return await runRequest(settings, { signal, log, where, idempotencyKey: idempotencyKey(work), store: (value) => store(host, work, value, where) });
    }
    const { run } = await host.code.codeOf(work, where);
    if (!run) throw notRunnable(work, where);
    // Code that waits for its signal would wait for ever for one that was given before it began.
    signal.throwIfAborted();
    return await outcomeOf(host, work, where, signal, () => run(context));
  } catch (error) {
    return errorOutcome(error, { where, codeFolder: host.codeFolder, log });
  }
}

/** Runs what makes the settings of a task that another process then carries out. */
export async function renderAttempt(host: AttemptHost, work: WorkMessage, log: AttemptLog, signal: AbortSignal): Promise<Rendered> {
  const where = attemptText(placeOf(work));
  try {
    return { ok: true, settings: await renderSettings(host, work, await contextOf(host, work, log, signal, where), where) };
  } catch (error) {
    return { ok: false, outcome: errorOutcome(error, { where, codeFolder: host.codeFolder, log }) };
  }
}

async function renderSettings(host: AttemptHost, work: WorkMessage, context: object, where: string): Promise<Json> {
  const { render } = await host.code.codeOf(work, where);
  if (!render) throw notRunnable(work, where);
  return (await render(context)) as Json;
}

/** What the user's function gets: its inputs and item by the names that the user gave them, and the facts of the run. */
async function contextOf(host: AttemptHost, work: WorkMessage, log: AttemptLog, signal: AbortSignal, where: string): Promise<object> {
  const { run, task, index, number, fence, looks } = work;
  const { debug, info, warn, error } = log;
  return {
    ...(await inputsOf(host.results, work.inputs, where)),
    ...(task.item === undefined ? {} : { [task.item]: await itemOf(host.results, work, where) }),
    interval: run.interval,
    logicalDate: run.logicalDate,
    run,
    params: run.params,
    attempt: number,
    fence,
    looks,
    index,
    previous: work.previous ? await host.results.load(work.previous, where) : null,
    log: { debug, info, warn, error },
    signal,
    ...secretAccess(work.secrets ?? {}, "task", where),
    idempotencyKey: idempotencyKey(work),
  };
}

async function inputsOf(results: ResultStore, inputs: WorkMessage["inputs"], where: string): Promise<Record<string, unknown>> {
  const load = (stored: StoredResult) => results.load(stored, where);
  const loaded = Object.entries(inputs).map(async ([name, stored]) => [name, stored === null ? null : Array.isArray(stored) ? await Promise.all(stored.map(load)) : await load(stored)]);
  return Object.fromEntries(await Promise.all(loaded));
}

async function itemOf(results: ResultStore, { item, list, index }: WorkMessage, where: string): Promise<unknown> {
  return list ? results.item(list, index, where) : item;
}

async function outcomeOf(host: AttemptHost, work: WorkMessage, where: string, signal: AbortSignal, run: () => unknown): Promise<Outcome> {
  switch (work.task.kind) {
    case "sensor":
      return look(host, work, where, signal, run);
    case "branch":
      return { kind: "success", ...chosenBy(await run(), where) };
    case "shortCircuit":
      return { kind: "success", ...((await run()) ? {} : { chosen: [] }) };
    default:
      return { kind: "success", ...(await store(host, work, await run(), where)) };
  }
}

/** What the code of a sensor gives. */
type SensorAnswer = { done: false } | { done: true; value?: unknown };

/** One look, or looks until the condition holds: the scheduler wakes a sensor that gives its place back between them. */
async function look(host: AttemptHost, work: WorkMessage, where: string, signal: AbortSignal, run: () => unknown): Promise<Outcome> {
  const { mode, everyMs, timeoutMs, soft } = work.task.sensor ?? { mode: "reschedule", everyMs: 60_000, timeoutMs: 7 * 24 * 3_600_000, soft: false };
  const since = performance.now();
  for (;;) {
    const seen = (await run()) as SensorAnswer;
    if (seen.done) return { kind: "success", ...(await store(host, work, seen.value, where)) };
    if (mode === "reschedule") return { kind: "deferred", ms: everyMs };
    if (performance.now() + everyMs - since > timeoutMs) return sensorTimeout(timeoutMs, soft, where);
    await setTimeout(everyMs, undefined, { signal });
  }
}

function sensorTimeout(timeoutMs: number, soft: boolean, where: string): Outcome {
  const what = `the sensor has not seen what it waits for within ${timeoutMs / 1_000} s`;
  if (soft) return { kind: "skipped", note: what };
  return { kind: "failed", final: true, error: { code: "MR-TASK-001", what, where, mend: "look why it does not come, or give the sensor more time", retryable: false } };
}

async function store(host: AttemptHost, work: WorkMessage, value: unknown, where: string): Promise<{ result?: StoredResult }> {
  const result = await host.results.store(value, resultKey(placeOf(work), work.attempt), where);
  return result ? { result } : {};
}

function notRunnable({ task }: WorkMessage, where: string): MillraceError {
  return new MillraceError("MR-TASK-004", { what: `a worker cannot run the ${task.kind} task "${task.name}"`, where, mend: "start Millrace with the version that made the manifest" });
}
