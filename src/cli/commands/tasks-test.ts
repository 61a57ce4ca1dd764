import { resolve } from "node:path";
import type { TrialEnd } from "../../supervisor/trial/try-task.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { findProject } from "../find-project.ts";
import { findInstance } from "../instance.ts";
import { logLine } from "../output/log-line.ts";
import { intervalText } from "../output/moment-text.ts";
import { plainJson, plainText } from "../output/plain-text.ts";
import { resultTable } from "../output/result-table.ts";
import { jsonOrText, type ParamOptions, readParams } from "../read-params.ts";
import { problemText, usageError } from "../report-error.ts";
import { taskChoice, taskLabel } from "../task-choice.ts";

interface TestOptions extends ParamOptions {
  at?: string;
  interval?: { start: string; end: string };
  /** Pairs of name and value. */
  input?: [string, string][];
  index?: number;
}

const where = "millrace tasks test";
/** Characters of a result that people are shown. */
const shownMax = 4_000;

/** Runs one task by itself, its log on stderr as it comes, and shows its result. */
export async function testTask(context: CliContext, [dag, name]: [string, string], options: TestOptions): Promise<ExitCode> {
  if (options.at !== undefined && options.interval) throw usageError("an instant and an interval are given", where, "give one of --at and --interval");
  const projectFolder = findProject(process.cwd(), context.options.project);
  const [{ readProject }, { tryTask }] = await Promise.all([import("../../supervisor/definitions/read-project.ts"), import("../../supervisor/trial/try-task.ts")]);
  const { folder, config, manifest } = await readProject(projectFolder);
  const dataFolder = resolve(context.options.data ?? config.dataDir);
  const decl = Object.hasOwn(manifest.dags, dag) ? manifest.dags[dag] : undefined;
  const { task, index } = taskChoice(name, where);
  const { at, interval, input = [] } = options;
  const end = await tryTask(
    { dag, task, index: index ?? options.index, at, interval, params: await readParams(options, decl?.params, where), inputs: new Map(input.map(([each, text]) => [each, JSON.stringify(jsonOrText(text))])) },
    {
      ...{ manifest, projectFolder: folder, profile: config.profile, dataFolder, signal: context.signal },
      logToken: (await findInstance(dataFolder))?.logToken,
      onLine: (line) => context.note(logLine(line, { options: context.options, style: context.errorStyle }).trimEnd()),
    },
  );
  if (context.options.json) await printJson(context, end);
  else await context.print(endText(end, decl?.timezone ?? "UTC", context));
  return end.state === "failed" ? exitCodes.failed : exitCodes.ok;
}

const words: Record<TrialEnd["state"], string> = { success: "has succeeded", failed: "has failed", skipped: "was skipped", deferred: "is not done" };

function endText(end: TrialEnd, timezone: string, context: CliContext): string {
  const { state, note, result, chosen, error, rows } = end;
  const { style } = context;
  const paint = state === "failed" ? style.bad : state === "success" ? style.good : style.warn;
  const parts = [`${plainText(taskLabel(end))} ${paint(words[state])}${note === null ? "" : `: ${plainText(note)}`}, for ${intervalText(end.interval, timezone)} (${timezone}). Nothing of it is kept.\n`];
  if (error) parts.push(`${problemText(error, style)}\n`);
  if (chosen) parts.push(`chosen: ${chosen.map(plainText).join(", ") || "nothing"}\n`);
  if (result !== null) parts.push(`result: ${shown(plainJson(result, 2))}\n`);
  if (rows && rows.rows.length > 0) parts.push(`the first rows for table ${plainText(rows.table)}, which is left as it is:\n${resultTable(rows, context)}`);
  return parts.join("");
}

function shown(text: string): string {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…\n(cut; the whole of it comes with --json)`;
}
