import { userInfo } from "node:os";
import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { taskChoice } from "../task-choice.ts";
import { withClient } from "../with-client.ts";

interface ApproveOptions {
  reject?: boolean;
  by?: string;
  note?: string;
}

/** Answers a task that asks for approval. */
export async function approve(context: CliContext, [run, name]: [string, string], { reject = false, by = userInfo().username, note }: ApproveOptions): Promise<void> {
  const choice = taskChoice(name, "millrace runs approve");
  await withClient(context, "running", async ({ client }) => {
    const detail = await client.answer(run, { ...choice, approved: !reject, by, ...(note === undefined ? {} : { note }) });
    if (context.options.json) return printJson(context, detail);
    await context.print(`${plainText(name)} of ${plainText(run)} is ${reject ? "rejected" : "approved"} by ${plainText(by)}.\n`);
  });
}
