import type { MarkRequest, TaskChoiceView } from "../../server/dag-control.ts";
import type { Client } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { tasksCount, taskSetText } from "../output/task-set-text.ts";
import { taskChoice } from "../task-choice.ts";
import { withClient } from "../with-client.ts";

type MarkOptions = Omit<MarkRequest, "tasks">;

/** Says how tasks ended, whatever they did. */
export async function markTasks(context: CliContext, [run, names]: [string, string[]], options: MarkOptions): Promise<void> {
  const chosen = names.map((name) => taskChoice(name, "millrace runs mark"));
  await withClient(context, "running", async ({ client }) => {
    const tasks = chosen.length > 0 ? chosen : await openTasks(client, run);
    if (tasks.length === 0) return context.note("Every task of the run has succeeded.");
    const set = await client.markTasks(run, { tasks, ...options });
    if (context.options.json) return printJson(context, set);
    if (set.tasks.length > 0) await context.print(taskSetText(set, context));
    await context.print(`${tasksCount(set)} of ${plainText(run)} ${options.dryRun ? "would be " : ""}marked ${options.state}.\n`);
  });
}

/** None named: what has not succeeded. */
async function openTasks(client: Client, run: string): Promise<TaskChoiceView[]> {
  const { tasks } = await client.run(run);
  return tasks.filter(({ state }) => state !== "success" && state !== "removed").map(({ task, index }) => ({ task, index }));
}
