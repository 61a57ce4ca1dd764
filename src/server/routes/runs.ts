import type { InstanceState, RunState } from "../../state/run-store.ts";
import type { AnswerRequest, ClearRequest, MarkRequest, RunView } from "../dag-control.ts";
import { nameSchema, type Route, route } from "../route.ts";
import { attemptView, instanceState, instanceStates, runDetail, runGrid, runStates, runView, taskChoices, taskIndex, taskInputs, taskItem, taskView } from "../run-schemas.ts";
import { count, flag, list, note, object, orNull, text, textOrNull } from "../schemas.ts";

interface OneRun {
  Params: { run: string };
}

interface OneTask {
  Params: { run: string; task: string };
}

interface RunsQuery {
  dag?: string;
  state?: string;
  backfill?: string;
  before?: string;
  limit: number;
}

interface ItemsQuery {
  state?: string;
  after?: number;
  limit: number;
}

const anyState = runStates.join("|");
const runsQuery = {
  dag: { ...nameSchema, description: "Of this DAG alone." },
  state: { type: "string", pattern: `^(${anyState})(,(${anyState}))*$`, description: "In this state, or in one of several with commas between them." },
  backfill: { ...nameSchema, description: "Of this backfill alone." },
  before: { ...nameSchema, description: "`next` of the page before." },
  limit: { type: "integer", minimum: 1, maximum: 1_000, default: 100, description: "Most runs of the page." },
};

const taskSet = object({
  run: text,
  tasks: list(object({ task: text, index: taskIndex, state: instanceState })),
  release: { ...text, description: "That the run goes on with." },
  releaseBefore: text,
  newTasks: { ...list(text), description: "Tasks of that release that the run has not had; they run too." },
  goneTasks: { ...list(text), description: "Tasks of the run that the release has no more." },
  done: { ...flag, description: "False in a dry run." },
});
const logPage = object({ attempt: orNull(attemptView), attempts: list(attemptView), lines: list(text), next: { ...count, description: "`offset` of the next page." }, ended: { ...flag, description: "Nothing will be added any more." } });
const waitReasons = object({ reasons: list(object({ kind: text, text })) });

const scope = {
  downstream: { type: "boolean", description: "Those that come after them too." },
  upstream: { type: "boolean", description: "Those that come before them too." },
};
const release = { type: "string", enum: ["newest", "same"], default: "newest", description: "Whose code they run, and what is still to come of the run with them: that which new runs get, or that which the run has." };
const dryRun = { type: "boolean", description: "Only say which tasks it would be." };
const bytesMax = 512 * 1024;

const cancelBody = { schema: { ...object({ note }, ["note"]), type: ["object", "null"] }, bytesMax: 16 * 1024 };
const clearBody = {
  schema: object(
    { tasks: taskChoices, ...scope, downstream: { ...scope.downstream, default: true }, onlyFailed: { type: "boolean", description: "Of all those, only the ones that failed or could not run." }, release, note, dryRun },
    ["downstream", "upstream", "onlyFailed", "release", "note", "dryRun"],
  ),
  bytesMax,
};
const markBody = { schema: object({ tasks: taskChoices, state: { type: "string", enum: ["success", "failed", "skipped"] }, ...scope, note, dryRun }, ["downstream", "upstream", "note", "dryRun"]), bytesMax };
const answerBody = {
  schema: object({ task: nameSchema, index: taskIndex, approved: flag, by: { type: "string", minLength: 1, maxLength: 200, description: "Who answers." }, note }, ["index", "note"]),
  bytesMax: 16 * 1024,
};

const anyInstanceState = instanceStates.join("|");
const itemsQuery = {
  state: { type: "string", pattern: `^(${anyInstanceState})(,(${anyInstanceState}))*$`, description: "In this state, or in one of several with commas between them." },
  after: { ...taskIndex, description: "`next` of the page before." },
  limit: { type: "integer", minimum: 1, maximum: 1_000, default: 100, description: "Most items of the page." },
};

/** A full page may be the last one; the page behind it is empty then. */
function pageOf(runs: RunView[], limit: number): { runs: RunView[]; next: string | null } {
  return { runs, next: runs.length < limit ? null : runs[runs.length - 1].id };
}

export const runRoutes: Route[] = [
  route<{ Querystring: RunsQuery }>({
    method: "GET",
    path: "/api/v1/runs",
    id: "listRuns",
    summary: "Runs, the newest first.",
    permission: "read",
    query: runsQuery,
    responses: { 200: { description: "A page of runs.", schema: object({ runs: list(runView), next: textOrNull }) } },
    handler: async ({ control }, { query: { state, ...filter } }) => {
      const states = state === undefined ? {} : { states: [...new Set(state.split(","))] as RunState[] };
      return pageOf(await control.dags.runs({ ...filter, ...states }), filter.limit);
    },
  }),
  route<OneRun>({
    method: "GET",
    path: "/api/v1/runs/:run",
    id: "getRun",
    summary: "One run with its tasks.",
    permission: "read",
    responses: { 200: { description: "The run.", schema: runDetail } },
    handler: ({ control }, { params }) => control.dags.run(params.run),
  }),
  route<OneRun>({
    method: "GET",
    path: "/api/v1/runs/:run/grid",
    id: "getRunGrid",
    summary: "One run with how its tasks stand, those of a map together.",
    permission: "read",
    responses: { 200: { description: "The run.", schema: runGrid } },
    handler: ({ control }, { params }) => control.dags.runGrid(params.run),
  }),
  route<OneTask & { Querystring: { index: number } }>({
    method: "GET",
    path: "/api/v1/runs/:run/tasks/:task",
    id: "getTask",
    summary: "One task of a run.",
    permission: "read",
    query: { index: { ...taskIndex, default: -1, description: "In its map." } },
    responses: { 200: { description: "The task.", schema: taskView } },
    handler: ({ control }, { params, query }) => control.dags.task(params.run, params.task, query.index),
  }),
  route<OneTask & { Querystring: { index: number } }>({
    method: "GET",
    path: "/api/v1/runs/:run/tasks/:task/inputs",
    id: "getTaskInputs",
    summary: "What a task of a run has to work with: the results before it, and its item of a map.",
    permission: "read",
    query: { index: { ...taskIndex, default: -1, description: "In its map." } },
    responses: { 200: { description: "Its inputs, as they stand now; the parameters are the run's.", schema: taskInputs } },
    handler: ({ control }, { params, query }) => control.dags.taskInputs(params.run, params.task, query.index),
  }),
  route<OneTask & { Querystring: ItemsQuery }>({
    method: "GET",
    path: "/api/v1/runs/:run/tasks/:task/items",
    id: "listTaskItems",
    summary: "What a task of a map has become, item by item.",
    permission: "read",
    query: itemsQuery,
    responses: { 200: { description: "A page of items, by index.", schema: object({ items: list(taskItem), next: { type: ["integer", "null"] } }) } },
    handler: async ({ control }, { params, query: { state, ...page } }) => {
      const states = state === undefined ? undefined : (state.split(",") as InstanceState[]);
      const items = await control.dags.taskItems(params.run, { task: params.task, states, ...page });
      return { items, next: items.length < page.limit ? null : items[items.length - 1].index };
    },
  }),
  route<OneRun & { Body: { note?: string } | null }>({
    method: "POST",
    path: "/api/v1/runs/:run/cancel",
    id: "cancelRun",
    summary: "Ends a run: nothing of it is started any more, and what goes on is stopped.",
    permission: "operate",
    body: cancelBody,
    responses: { 200: { description: "The run after it.", schema: runView } },
    handler: ({ control }, { params, body }) => control.dags.cancelRun(params.run, body?.note),
  }),
  route<OneRun & { Body: ClearRequest }>({
    method: "POST",
    path: "/api/v1/runs/:run/clear",
    id: "clearTasks",
    summary: "Lets tasks of a run run again, and the run with them.",
    permission: "operate",
    body: clearBody,
    responses: { 200: { description: "The tasks, as they stood before.", schema: taskSet } },
    handler: ({ control }, { params, body }) => control.dags.clearTasks(params.run, body),
  }),
  route<OneRun & { Body: MarkRequest }>({
    method: "POST",
    path: "/api/v1/runs/:run/mark",
    id: "markTasks",
    summary: "Says how tasks of a run ended, whatever they did.",
    permission: "operate",
    body: markBody,
    responses: { 200: { description: "The tasks, as they stood before.", schema: taskSet } },
    handler: ({ control }, { params, body }) => control.dags.markTasks(params.run, body),
  }),
  route<OneRun & { Body: AnswerRequest }>({
    method: "POST",
    path: "/api/v1/runs/:run/answer",
    id: "answerApproval",
    summary: "A person's answer to a task that asks for approval.",
    permission: "operate",
    body: answerBody,
    responses: { 200: { description: "The run after it.", schema: runDetail } },
    handler: async ({ control }, { params, body }) => {
      await control.dags.answer(params.run, body);
      return control.dags.run(params.run);
    },
  }),
  route<OneTask & { Querystring: { index: number } }>({
    method: "GET",
    path: "/api/v1/runs/:run/tasks/:task/explain",
    id: "explainTask",
    summary: "Why a task does not run yet.",
    permission: "read",
    query: { index: { ...taskIndex, default: -1, description: "In its map." } },
    responses: { 200: { description: "The reasons; none when it runs or has ended.", schema: waitReasons } },
    handler: async ({ control }, { params, query }) => ({ reasons: await control.dags.explain(params.run, params.task, query.index) }),
  }),
  route<OneTask & { Querystring: { index?: number; attempt?: number; offset: number } }>({
    method: "GET",
    path: "/api/v1/runs/:run/tasks/:task/log",
    id: "readTaskLog",
    summary: "Lines of the log of a task's attempt.",
    permission: "read",
    query: {
      index: { ...taskIndex, description: "In its map." },
      attempt: { type: "integer", minimum: 1, maximum: 2 ** 31 - 1, description: "Default: the newest." },
      offset: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: "In bytes: `next` of the page before." },
    },
    responses: { 200: { description: "A page of lines, each a JSON object with `time`, `level`, `msg`.", schema: logPage } },
    handler: ({ control }, { params, query }) => control.dags.taskLog(params.run, { task: params.task, ...query }),
  }),
];
