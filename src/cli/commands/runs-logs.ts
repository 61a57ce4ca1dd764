import { setTimeout as wait } from "node:timers/promises";
import type { AttemptView, LogRequest } from "../../server/dag-control.ts";
import type { Client } from "../client.ts";
import type { CliContext } from "../context.ts";
import { logLine } from "../output/log-line.ts";
import { plainText } from "../output/plain-text.ts";
import { taskChoice } from "../task-choice.ts";
import { withClient } from "../with-client.ts";

interface LogsOptions {
  attempt?: number;
  follow?: boolean;
}

const everyMs = 500;

/** Prints the log of an attempt; with `follow`, until the attempt has ended. */
export async function showLogs(context: CliContext, [run, name]: [string, string], { attempt, follow = false }: LogsOptions): Promise<void> {
  const choice = taskChoice(name, "millrace runs logs");
  await withClient(context, "stored", async ({ client, running }) => {
    const last = await printLog(context, client, run, { ...choice, attempt }, follow && running);
    if (last === null) return context.note(`${plainText(name)} has no attempt${attempt === undefined ? "" : ` ${attempt}`} yet.`);
    const trouble = last.error === null ? "" : `: ${last.error.code}, ${plainText(last.error.what)}`;
    context.note(context.errorStyle.dim(`attempt ${last.number} ${last.state}${trouble}`));
    if (follow && !running) context.note("Millrace is not running, so no more will come: millrace up");
  });
}

/** @returns the attempt as it was last seen */
async function printLog(context: CliContext, client: Client, run: string, request: LogRequest, follow: boolean): Promise<AttemptView | null> {
  let { attempt, offset = 0 } = request;
  for (;;) {
    const page = await client.taskLog(run, { ...request, attempt, offset });
    // From the first page on it is this attempt: the next one has a log of its own.
    attempt ??= page.attempt?.number;
    if (page.lines.length > 0) await context.print(page.lines.map((line) => logLine(line, context)).join(""));
    const moved = page.next > offset;
    offset = page.next;
    if (moved) continue;
    if (page.ended || !follow) return page.attempt;
    await wait(everyMs, undefined, { signal: context.signal });
  }
}
