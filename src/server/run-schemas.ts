import type { JsonSchema } from "../model/manifest.ts";
import type { AttemptState, InstanceState, RunKind, RunState } from "../state/run-store.ts";
import { nameSchema } from "./route.ts";
import { anything, anyObject, count, errorObject, flag, list, moment, momentOrNull, object, orNull, span, text, textOrNull } from "./schemas.ts";

/* Schemas of runs and their tasks, as several routes answer with them. */

const runKinds: RunKind[] = ["scheduled", "manual", "backfill", "dataset", "dag"];
export const runStates: RunState[] = ["queued", "running", "success", "failed", "cancelled"];
export const instanceStates: InstanceState[] = ["none", "scheduled", "queued", "running", "up_for_retry", "deferred", "success", "failed", "skipped", "upstream_failed", "removed", "cancelled"];
const attemptStates: AttemptState[] = ["queued", "running", "deferred", "success", "failed", "skipped", "timed_out", "lost", "cancelled"];

const oneOf = (values: readonly string[]): JsonSchema => ({ type: "string", enum: values });

/** Place of a task in its map; -1 outside of maps. */
export const taskIndex: JsonSchema = { type: "integer", minimum: -1, maximum: 2 ** 31 - 1 };
export const instanceState = oneOf(instanceStates);

/** Of a run's or a backfill's parameters. */
export const params = { ...anyObject, maxProperties: 1_000 };

const runProperties = {
  id: text,
  dag: text,
  kind: oneOf(runKinds),
  state: oneOf(runStates),
  release: text,
  logicalDate: momentOrNull,
  interval: span,
  runAfter: moment,
  createdAt: moment,
  startedAt: momentOrNull,
  endedAt: momentOrNull,
  params: anything,
  note: textOrNull,
  clears: count,
  backfill: textOrNull,
  cause: textOrNull,
};

export const runView = object(runProperties);

/** A run that a schedule will make. */
export const plannedRun = object({ interval: span, runAt: moment, logicalDate: momentOrNull });

const shownResult: JsonSchema = { ...anything, description: "Up to 4 KiB itself; of a larger one `file`, where it has one, and `bytes`." };

export const taskView = object({
  task: text,
  index: taskIndex,
  kind: text,
  state: instanceState,
  attempts: count,
  attemptsMax: count,
  startedAt: momentOrNull,
  endedAt: momentOrNull,
  wakeAt: momentOrNull,
  note: textOrNull,
  error: orNull(errorObject),
  result: shownResult,
});

export const taskInputs = object({
  upstreams: { ...list(object({ task: text, names: { ...list(text), description: "What its result is called in the task's code; none where it only comes before." }, isList: { ...flag, description: "The task gets the results of a whole map as a list." }, results: list(object({ index: taskIndex, state: instanceState, result: shownResult })), more: { ...flag, description: "There are more results." } })), description: "Tasks that come directly before, at most 50; of a map's results at most 20." },
  upstreamsLeft: { ...count, description: "How many more there are." },
  item: { ...orNull(object({ name: textOrNull, value: shownResult })), description: "The entry of its map's list; null outside of maps, in loops, and while the list is not known." },
});

export const runDetail = object({ ...runProperties, tasks: { type: "array", items: taskView } });

const gridTask = object({ name: text, kind: text, map: textOrNull, after: list(text), declared: { ...flag, description: "False: only runs of other releases have had it." }, prompt: { ...textOrNull, description: "What an approval asks." } });
const taskCell = object({
  task: text,
  states: { ...object(Object.fromEntries(instanceStates.map((state) => [state, count])), instanceStates), description: "Instances by state: one, or those of its map." },
  attempts: count,
  startedAt: momentOrNull,
  endedAt: momentOrNull,
});
const { params: _, ...gridRunProperties } = runProperties;

export const gridPage = object({ tasks: list(gridTask), runs: list(object({ ...gridRunProperties, cells: list(taskCell) })), next: textOrNull });
export const runGrid = object({ ...runProperties, tasks: list(gridTask), cells: list(taskCell) });
export const taskItem = object({ task: text, index: taskIndex, state: instanceState, attempts: count, attemptsMax: count, startedAt: momentOrNull, endedAt: momentOrNull, wakeAt: momentOrNull, note: textOrNull });
export const runMark = object({ id: text, state: oneOf(runStates), interval: span });

export const attemptView = object({
  number: count,
  state: oneOf(attemptStates),
  worker: textOrNull,
  queuedAt: moment,
  startedAt: momentOrNull,
  endedAt: momentOrNull,
  error: orNull(errorObject),
});

/** Which tasks of a run a change is about. */
export const taskChoices: JsonSchema = {
  type: "array",
  minItems: 1,
  maxItems: 1_000,
  items: object({ task: nameSchema, index: { ...taskIndex, description: "Absent: all items of its map." } }, ["index"]),
};

/** Runs by state; states without a run may be absent. */
export const runCounts = object(Object.fromEntries(runStates.map((state) => [state, count])), runStates);
export const runStateOrNull: JsonSchema = { type: ["string", "null"], enum: [...runStates, null] };

export const calendarPage = object({
  timezone: text,
  days: list(object({ day: { ...text, format: "date" }, states: runCounts })),
  next: { ...textOrNull, description: "`from` of the next answer, where there were too many runs for this one." },
});
