import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { taskChoice, taskLabel } from "../task-choice.ts";
import { withClient } from "../with-client.ts";

/** Why a task does not run; where it does, or has, its state. */
export async function explainTask(context: CliContext, [run, name]: [string, string]): Promise<void> {
  const choice = taskChoice(name, "millrace runs explain");
  await withClient(context, "running", async ({ client }) => {
    const reasons = await client.explain(run, choice.task, choice.index);
    if (context.options.json) return printJson(context, { run, ...choice, reasons });
    if (reasons.length > 0) return context.print(reasons.map(({ kind, text }) => `${context.style.warn(plainText(kind))}: ${plainText(text)}\n`).join(""));
    const { tasks } = await client.run(run);
    const found = tasks.find((task) => taskLabel(task) === taskLabel(choice));
    await context.print(`${plainText(name)} waits for nothing${found ? `: it is ${found.state}` : ""}.\n`);
  });
}
