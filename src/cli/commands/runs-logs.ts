import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../../errors.ts";
import type { AttemptView, LogRequest, TaskChoiceView, TaskView } from "../../server/dag-control.ts";
import type { InstanceState } from "../../state/run-store.ts";
import type { Client } from "../client.ts";
import type { CliContext } from "../context.ts";
import { logLine } from "../output/log-line.ts";
import { plainText } from "../output/plain-text.ts";
import { taskChoice, taskLabel } from "../task-choice.ts";
import { withClient } from "../with-client.ts";

interface LogsOptions {
  attempt?: number;
  follow?: boolean;
}

const everyMs = 500;
/** Names told in a mend; more would help nobody. */
const namesMax = 20;

/** Prints the log of an attempt; with `follow`, until the attempt has ended. */
export async function showLogs(context: CliContext, [run, name]: [string, string], { attempt, follow = false }: LogsOptions): Promise<void> {
  const choice = taskChoice(name, "millrace runs logs");
  await withClient(context, "stored", async ({ client, running }) => {
    const last = await printLog(context, client, run, { ...choice, attempt }, follow && running);
    if (last === null) return nothing(context, await taskOf(client, run, choice), attempt);
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
    if (!follow || (page.ended && !(page.attempt === null && (await mayStart(client, run, request))))) return page.attempt;
    await wait(everyMs, undefined, { signal: context.signal });
  }
}

const over: ReadonlySet<InstanceState> = new Set(["success", "failed", "skipped", "upstream_failed", "removed", "cancelled"]);

/** A task that waits has no attempt yet; one that was skipped gets none. */
async function mayStart(client: Client, run: string, { attempt, ...choice }: LogRequest): Promise<boolean> {
  return attempt === undefined && !over.has((await taskOf(client, run, choice)).state);
}

/** @throws MillraceError `MR-SCHED-002` with the names that there are */
async function taskOf(client: Client, run: string, choice: TaskChoiceView): Promise<TaskView> {
  const { tasks } = await client.run(run);
  const wanted = taskLabel(choice);
  const found = tasks.find((task) => taskLabel(task) === wanted);
  if (found) return found;
  const names = tasks.map(taskLabel);
  throw new MillraceError("MR-SCHED-002", { what: `run ${run} has no task "${wanted}"`, where: "millrace runs logs", mend: `use one of ${names.slice(0, namesMax).join(", ")}${names.length > namesMax ? ", …" : ""}` });
}

function nothing({ note }: CliContext, { state, ...task }: TaskView, attempt: number | undefined): void {
  note(`${plainText(taskLabel(task))} has no attempt${attempt === undefined ? "" : ` ${attempt}`}: it is ${state}.`);
}
