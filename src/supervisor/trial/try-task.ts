import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instantIn } from "../../calendar/instant-in.ts";
import { type Interval, manualInterval } from "../../calendar/next-run.ts";
import { timetableOf } from "../../calendar/timetable.ts";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import { folderFiles } from "../../files/folder.ts";
import type { DagDecl, TaskDecl } from "../../model/dag-manifest.ts";
import { durationText } from "../../model/duration.ts";
import type { Json, Manifest } from "../../model/manifest.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import type { Outcome, Work, WorkRun } from "../../scheduler/executor.ts";
import { dagGraph, type TaskNode } from "../../scheduler/graph.ts";
import type { QueryResult } from "../../sql/query-request.ts";
import { checkedParams } from "../checked-params.ts";
import { compileCacheFolder, resultsFolder, stateFile } from "../data-folder.ts";
import { filledProfile } from "../drivers/filled-profile.ts";
import { openRuns } from "../drivers/open-state.ts";
import { placeOf } from "../tasks/attempt-place.ts";
import { LocalExecutor } from "../tasks/local-executor.ts";
import { ResultStore } from "../tasks/result-store.ts";
import { SqlTasks } from "../tasks/sql-task.ts";
import { LogTail } from "./log-tail.ts";
import { sayingRunners } from "./saying-runners.ts";
import { TrialData } from "./trial-data.ts";
import { type LastSuccess, trialInputs } from "./trial-inputs.ts";
import { TrialPort } from "./trial-port.ts";

export interface TrialRequest {
  dag: string;
  task: string;
  /** In its map; absent: the first item. */
  index?: number;
  /** As for a run by hand at this instant. Default: now. Without an offset on the DAG's clocks, as the next. */
  at?: string;
  interval?: { start: string; end: string };
  params?: { [name: string]: Json };
  /** Values of inputs as JSON, by the names that the task's code has for them. */
  inputs: ReadonlyMap<string, string>;
}

export interface TrialOptions {
  manifest: Manifest;
  projectFolder: string;
  /** What stands under the project. */
  profile: ProfileDecl;
  dataFolder: string;
  /** Of the Millrace that runs on the data folder, where one does. */
  logToken: string | undefined;
  /** Lines of the attempt's log as they come, and what else its process says. */
  onLine(line: string): void;
  /** Ends the trial; it then rejects with the signal's reason. */
  signal: AbortSignal;
}

export interface TrialEnd {
  dag: string;
  task: string;
  index: number;
  interval: { start: string; end: string };
  params: Json;
  /** `deferred`: a sensor has not seen what it waits for. */
  state: Outcome["kind"];
  /** Why it was skipped, or what it waits for. */
  note: string | null;
  result: Json;
  /** Of a branch: the tasks behind it that were chosen. */
  chosen: string[] | null;
  error: ErrorJson | null;
  /** Of a statement that writes a table: its first rows. The table itself is left alone. */
  rows: (Pick<QueryResult, "columns" | "rows"> & { table: string }) | null;
}

/** Time beyond the grace for processes that are ended by force. */
const endMs = 2_000;

/**
 * Runs one attempt of a task of the project's folder, in a worker process of its own, and keeps nothing: no run, no
 * attempt, no result, no version of a table.
 *
 * @throws MillraceError `MR-SCHED-001`, `MR-SCHED-002` when there is no such task; `MR-SCHED-008` for its parameters;
 * `MR-CLI-001` for an input that nothing is known of; the signal's reason
 */
export async function tryTask(request: TrialRequest, options: TrialOptions): Promise<TrialEnd> {
  const node = nodeOf(request, options.manifest);
  const work = await workOf(request, node, options);
  const scratch = await mkdtemp(join(tmpdir(), "millrace-trial-"));
  try {
    return { dag: request.dag, task: work.task.name, index: work.index, interval: work.run.interval, params: work.run.params, ...(await runTrial(work, scratch, options)) };
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Found = Omit<TrialEnd, "dag" | "task" | "index" | "interval" | "params">;

async function runTrial(work: Work, scratch: string, { manifest, projectFolder, profile, dataFolder, logToken, onLine, signal }: TrialOptions): Promise<Found> {
  const results = new ResultStore(folderFiles(resultsFolder(scratch)));
  const data = work.task.kind === "sql" ? await TrialData.open({ projectFolder, profile: filledProfile(profile), dataFolder, scratch, logToken }) : undefined;
  const sql = data && new SqlTasks({ data: data.data, results, declaredOf: () => manifest, publishedText: (table) => `the rows would be a version of table "${table}"; a trial leaves it as it is` });
  const port = new TrialPort({
    work,
    swap: async (swaps) => data?.swap(swaps) ?? false,
    onLate: (why) => executor.stop(work.attempt, why, work.task.graceMs),
  });
  const executor = new LocalExecutor({ port, codeFolder: () => projectFolder, dataFolder: scratch, compileCache: compileCacheFolder(scratch), runners: { ...sayingRunners, ...(sql && { sql }) }, processes: 1, onLine });
  const tail = new LogTail(scratch, placeOf(work), onLine);
  try {
    executor.offer({ attempt: work.attempt, token: "", dag: work.run.dag, task: work.task, release: work.run.release, lost: 0 });
    const outcome = await endOf(port, signal);
    const { into } = work.task;
    const rows = data && into !== undefined && outcome.kind === "success" ? { table: into, ...(await data.rowsOf(into, signal)) } : null;
    return await told(outcome, results, work, rows);
  } catch (error) {
    executor.stop(work.attempt, "the trial is interrupted", work.task.graceMs);
    throw error;
  } finally {
    await executor.close(work.task.graceMs + endMs);
    await sql?.close();
    await data?.close();
    await tail.end();
  }
}

async function endOf(port: TrialPort, signal: AbortSignal): Promise<Outcome> {
  const interrupted = Promise.withResolvers<never>();
  const interrupt = (): void => interrupted.reject(signal.reason);
  signal.addEventListener("abort", interrupt);
  try {
    signal.throwIfAborted();
    return await Promise.race([port.ended, interrupted.promise]);
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

async function told(outcome: Outcome, results: ResultStore, work: Work, rows: TrialEnd["rows"]): Promise<Found> {
  const none = { note: null, result: null, chosen: null, error: null, rows: null };
  switch (outcome.kind) {
    case "success": {
      const result = outcome.result ? ((await results.load(outcome.result, `task "${work.task.name}"`)) as Json) : null;
      return { ...none, state: "success", result, chosen: outcome.chosen ?? null, rows };
    }
    case "failed":
      return { ...none, state: "failed", error: outcome.error };
    case "skipped":
      return { ...none, state: "skipped", note: outcome.note ?? null };
    case "deferred":
      return { ...none, state: "deferred", note: `it has not seen what it waits for, and would look again in ${durationText(outcome.ms)}` };
  }
}

function nodeOf({ dag, task }: TrialRequest, { project, dags, problems }: Manifest): TaskNode {
  if (!Object.hasOwn(dags, dag)) {
    const left = problems.length === 0 ? "" : `; the project has problems, the first: ${problems[0].what}`;
    throw new MillraceError("MR-SCHED-001", { what: `DAG "${dag}" does not exist${left}`, where: `project "${project}"`, mend: `use one of ${list(Object.keys(dags)) || "those that a pipeline declares; there are none"}` });
  }
  const graph = dagGraph(dags[dag], "");
  const node = graph.byName.get(task);
  if (node) return node;
  throw new MillraceError("MR-SCHED-002", { what: `there is no task "${task}"`, where: `DAG "${dag}"`, mend: `use one of ${list([...graph.byName.keys()])}` });
}

const list = (names: string[]): string => names.map((name) => `"${name}"`).join(", ");

async function workOf(request: TrialRequest, node: TaskNode, options: TrialOptions): Promise<Work> {
  const { manifest } = options;
  const decl = manifest.dags[request.dag];
  const index = indexOf(request, node);
  const run = runOf(request, decl, manifest.release);
  const given = { dag: decl.name, node, index, given: request.inputs };
  const found = await withLastSuccess(decl.name, options, (lastSuccess) => trialInputs({ ...given, lastSuccess }));
  return { attempt: randomUUID(), fence: 0, number: 1, task: forTrial(node.decl), index, module: decl.module, export: decl.export, run, made: Date.now(), looks: 0, ...found };
}

/** A sensor looks once, whatever it would do between two looks; a process of its own tells whose fault its death is. */
function forTrial(decl: TaskDecl): TaskDecl {
  return { ...decl, isolated: true, ...(decl.sensor && { sensor: { ...decl.sensor, mode: "reschedule" } }) };
}

function indexOf({ dag, index }: TrialRequest, { map, decl }: TaskNode): number {
  if (map) return index ?? 0;
  if (index === undefined) return -1;
  throw new MillraceError("MR-CLI-001", { what: "it is in no map, and has no items", where: `task "${decl.name}" of DAG "${dag}"`, mend: "leave the item's number out" });
}

function runOf(request: TrialRequest, decl: DagDecl, release: string): WorkRun {
  const { timezone, name } = decl;
  const at = request.at === undefined ? Date.now() : instantIn(request.at, timezone, "--at");
  if (!request.interval && decl.schedule.kind === "custom") {
    throw new MillraceError("MR-CLI-001", { what: "its timetable is code, which a trial does not run", where: `DAG "${name}"`, mend: "say the interval: --interval 2026-01-01..2026-01-02" });
  }
  const { start, end } = request.interval ? spanOf(request.interval, timezone) : manualInterval(timetableOf(decl.schedule), at);
  return {
    ...{ id: `${name}.trial.${randomUUID()}`, dag: name, kind: "manual", release, logicalDate: new Date(at).toISOString() },
    interval: { start: new Date(start).toISOString(), end: new Date(end).toISOString() },
    params: { ...dagGraph(decl, release).params, ...checkedParams(decl, request.params) },
  };
}

function spanOf(interval: { start: string; end: string }, timezone: string): Interval {
  const [start, end] = [instantIn(interval.start, timezone, "--interval"), instantIn(interval.end, timezone, "--interval")];
  if (start <= end) return { start, end };
  throw new MillraceError("MR-CLI-001", { what: "the interval ends before it begins", where: "--interval", mend: "give the earlier instant first: --interval 2001-01-01..2001-01-02" });
}

/** Lets `body` ask for the newest run that succeeded; the store is opened when it does, and never made. */
async function withLastSuccess<T>(dag: string, { profile, dataFolder }: Pick<TrialOptions, "profile" | "dataFolder">, body: (lastSuccess: () => Promise<LastSuccess | undefined>) => Promise<T>): Promise<T> {
  if (!profile.state && !existsSync(stateFile(dataFolder))) return body(async () => undefined);
  const runs = await openRuns(filledProfile(profile).state, dataFolder);
  const store = runs.history;
  const results = new ResultStore(folderFiles(resultsFolder(dataFolder)));
  let found: Promise<LastSuccess | undefined> | undefined;
  const find = async (): Promise<LastSuccess | undefined> => {
    const [run] = await store.runs({ dag, states: ["success"], limit: 1 });
    return run && { instances: await store.instances(run.id), textOf: (stored) => results.text(stored, `run "${run.id}"`) };
  };
  try {
    return await body(() => (found ??= find()));
  } finally {
    await runs.close();
  }
}
