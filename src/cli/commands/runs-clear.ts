import type { ClearRequest, TaskChoiceView, TaskSet } from "../../server/dag-control.ts";
import type { Client } from "../client.ts";
import { confirm } from "../confirm.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { plainText } from "../output/plain-text.ts";
import { tasksCount, taskSetText } from "../output/task-set-text.ts";
import { taskChoice } from "../task-choice.ts";
import { withClient } from "../with-client.ts";

interface ClearOptions {
  downstream: boolean;
  upstream?: boolean;
  onlyFailed?: boolean;
  release?: "same" | "newest";
  note?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/** Lets tasks run again, once a person has seen which ones, or has said yes beforehand. */
export function clearTasks(context: CliContext, [run, names]: [string, string[]], { dryRun = false, yes = false, ...scope }: ClearOptions): Promise<ExitCode> {
  const chosen = names.map((name) => taskChoice(name, "millrace runs clear"));
  return withClient(context, "running", async ({ client }) => {
    const request: ClearRequest = { ...scope, tasks: chosen.length > 0 ? chosen : await allTasks(client, run) };
    if (yes && !dryRun) return clear(context, client, run, request, true);
    const set = await client.clearTasks(run, { ...request, dryRun: true });
    if (context.options.json) await printJson(context, set);
    else if (isEmpty(set)) context.note("No task of the run is of that kind.");
    else await context.print(taskSetText(set, context));
    if (dryRun || isEmpty(set)) return exitCodes.ok;
    if (!(await confirm(context, `Clear ${set.tasks.length === 1 ? "this task" : `these ${tasksCount(set)}`} of ${plainText(run)}?`))) return exitCodes.usage;
    return clear(context, client, run, request, false);
  });
}

/** @param show - the tasks, which nobody has seen yet */
async function clear(context: CliContext, client: Client, run: string, request: ClearRequest, show: boolean): Promise<ExitCode> {
  const set = await client.clearTasks(run, request);
  if (context.options.json) await printJson(context, set);
  else await context.print(`${show && !isEmpty(set) ? taskSetText(set, context) : ""}${tasksCount(set)} of ${plainText(run)} cleared.\n`);
  return exitCodes.ok;
}

const isEmpty = ({ tasks, newTasks }: TaskSet): boolean => tasks.length + newTasks.length === 0;

/** None named: all of the run. */
async function allTasks(client: Client, run: string): Promise<TaskChoiceView[]> {
  const { tasks } = await client.run(run);
  return [...new Set(tasks.map(({ task }) => task))].map((task) => ({ task }));
}
