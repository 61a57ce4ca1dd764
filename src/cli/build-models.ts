import type { TableDecl } from "../model/manifest.ts";
import type { RunDetail, TaskView } from "../server/dag-control.ts";
import { type CliContext, printJson } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { timeText } from "./output/number-text.ts";
import { paintState } from "./output/paint-state.ts";
import { tableText } from "./output/table-text.ts";
import { usageError } from "./report-error.ts";
import { waitForRun } from "./wait-for-run.ts";
import { withClient } from "./with-client.ts";

export interface BuildOptions {
  exclude?: string[];
  full?: boolean;
  branch?: string;
  intervalStart?: string;
  intervalEnd?: string;
}

/** Builds the models given, by runs of their DAGs, one DAG after the other. The exit code says whether all went well. */
export async function buildModels(context: CliContext, models: readonly TableDecl[], options: BuildOptions): Promise<ExitCode> {
  const interval = intervalOf(options);
  const built = models.filter(({ model }) => model?.dag);
  if (built.length === 0) {
    context.note("None of these models is built: views and ephemeral models are run by who reads them.");
    return exitCodes.ok;
  }
  return withClient(context, "asked", async ({ client }) => {
    const runs: RunDetail[] = [];
    for (const [dag, members] of inOrder(built)) {
      const { id } = await client.triggerDag(dag, { params: { only: members, full: options.full ?? false, ...(options.branch !== undefined && { branch: options.branch }) }, ...(interval && { interval }) });
      const run = await waitForRun(client, id, context.signal);
      runs.push(run);
      if (run.state !== "success") break;
    }
    const tasks = runs.flatMap((run) => run.tasks).filter(({ task }) => built.some(({ name }) => name === task));
    if (context.options.json) await printJson(context, { runs, models: tasks });
    else await context.print(tasksText(tasks, context));
    return runs.every(({ state }) => state === "success") ? exitCodes.ok : exitCodes.failed;
  });
}

/** @throws MillraceError `MR-CLI-001` for an interval with one end */
export function intervalOf({ intervalStart: start, intervalEnd: end }: BuildOptions): { start: string; end: string } | undefined {
  if ((start === undefined) !== (end === undefined)) throw usageError("an interval has two ends, and one is given", "millrace run", "give both --interval-start and --interval-end");
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** DAGs in the order in which their first models come, each with its models. */
function inOrder(models: readonly TableDecl[]): [dag: string, names: string[]][] {
  return [...Map.groupBy(models, ({ model }) => model?.dag as string)].map(([dag, members]) => [dag, members.map(({ name }) => name)]);
}

function tasksText(tasks: readonly TaskView[], context: CliContext): string {
  const columns = [{ title: "model" }, { title: "state", paint: paintState }, { title: "rows", align: "right" as const }, { title: "time", align: "right" as const }, { title: "" }];
  return tableText(columns, tasks.map((task) => [task.task, stateOf(task), rowsOf(task), timeOf(task), task.error?.what ?? task.note ?? ""]), context);
}

interface BuildResult {
  rows?: number;
  unchanged?: boolean;
}

const resultOf = ({ result }: TaskView): BuildResult => (typeof result === "object" && result !== null ? (result as BuildResult) : {});
const stateOf = (task: TaskView): string => (resultOf(task).unchanged ? "unchanged" : task.state);
const rowsOf = (task: TaskView): string => resultOf(task).rows?.toLocaleString("en") ?? "";
const timeOf = ({ startedAt, endedAt }: TaskView): string => (startedAt && endedAt ? timeText((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000) : "");
