import type { RunDetail, RunView, TaskView } from "../../server/dag-control.ts";
import { problemText } from "../report-error.ts";
import { taskLabel } from "../task-choice.ts";
import { labelledText } from "./labelled-text.ts";
import { intervalText, momentText } from "./moment-text.ts";
import { bytesText, countText, timeText } from "./number-text.ts";
import { paintState, stateColumn } from "./paint-state.ts";
import { plainJson, plainText } from "./plain-text.ts";
import { tableText, type TableTextOptions } from "./table-text.ts";

/** More items of a map are told by their states alone, unless all are asked for. */
const itemsMax = 20;

interface Lived {
  startedAt: string | null;
  endedAt: string | null;
}

/** How long it took, or has taken up to now; empty before its start. */
function tookText({ startedAt, endedAt }: Lived): string {
  if (startedAt === null) return "";
  return timeText(Math.max(0, (endedAt === null ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt)) / 1_000);
}

/** @param timezone - of all times in the table */
export function runsText(runs: readonly RunView[], timezone: string, options: TableTextOptions): string {
  const columns = [{ title: "run", whole: true as const }, { title: "kind" }, stateColumn, { title: `interval (${timezone})` }, { title: "started" }, { title: "took", align: "right" as const }, { title: "note" }];
  return tableText(columns, runs.map((run) => [run.id, run.kind, run.state, intervalText(run.interval, timezone), momentText(run.startedAt, timezone), tookText(run), run.note ?? ""]), options);
}

export interface RunTextOptions extends TableTextOptions {
  /** That of its DAG. */
  timezone: string;
  /** All items of large maps. */
  all?: boolean;
}

/** A run with its tasks, for people. */
export function runText(run: RunDetail, options: RunTextOptions): string {
  const parts = [headText(run, options), tasksText(run.tasks, options), troublesText(run.tasks, options)];
  return parts.filter((part) => part !== "").join("\n");
}

function headText(run: RunDetail, { style, timezone }: RunTextOptions): string {
  const { interval, params } = run;
  const inUtc = timezone === "UTC" ? "" : `; in UTC ${intervalText(interval, "UTC")}`;
  const values: [string, string | undefined][] = [
    ["interval", `${intervalText(interval, timezone)} (${timezone}${inUtc})`],
    ["logical date", run.logicalDate ?? "none"],
    ["due", momentText(run.runAfter, timezone)],
    ["started", momentText(run.startedAt, timezone)],
    ["took", tookText(run)],
    ["parameters", params === null || Object.keys(params).length === 0 ? undefined : plainJson(params)],
    ["backfill", run.backfill ?? undefined],
    ["cause", run.cause ?? undefined],
    ["cleared", run.clears === 0 ? undefined : `${countText(run.clears)} ${run.clears === 1 ? "time" : "times"}`],
    ["release", run.release.slice(0, 12)],
    ["note", run.note ?? undefined],
  ];
  return labelledText(`${style.bold(plainText(run.id))}  ${run.kind} run of ${plainText(run.dag)}: ${paintState(run.state, style)(run.state)}`, values, style);
}

function tasksText(tasks: readonly TaskView[], options: RunTextOptions): string {
  const { timezone, all = false } = options;
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [{ title: "task" }, { title: "kind" }, stateColumn, right("attempts"), { title: `started (${timezone})` }, right("took"), { title: "goes on at" }, { title: "result" }];
  const rows = [...Map.groupBy(tasks, ({ task }) => task)].flatMap(([name, items]) => (all || items.length <= itemsMax ? items.map((item) => taskRow(item, timezone)) : itemsRows(name, items)));
  return tableText(columns, rows, options);
}

function taskRow(task: TaskView, timezone: string): string[] {
  return [taskLabel(task), task.kind, task.state, `${task.attempts}/${task.attemptsMax}`, momentText(task.startedAt, timezone), tookText(task), momentText(task.wakeAt, timezone), resultText(task.result)];
}

/** A line for each state that items of a large map are in. */
function itemsRows(name: string, items: readonly TaskView[]): string[][] {
  return [...Map.groupBy(items, ({ state }) => state)].map(([state, those]) => [`${name}[${countText(those.length)} of ${countText(items.length)}]`, those[0].kind, state]);
}

/** Letters of a result that people see; programs have it whole. */
const resultLength = 80;

function resultText(result: TaskView["result"]): string {
  if (result === null) return "";
  const stored = result as { file?: unknown; bytes?: unknown };
  if ((typeof stored.file === "string" || stored.file === null) && typeof stored.bytes === "number") return bytesText(stored.bytes);
  const text = plainJson(result);
  return text.length <= resultLength ? text : `${text.slice(0, resultLength - 1)}…`;
}

/** What failed, in full: the table has no room for it. */
function troublesText(tasks: readonly TaskView[], { style, all = false }: RunTextOptions): string {
  const troubled = tasks.filter(({ error, note }) => error !== null || note !== null);
  const shown = all ? troubled : troubled.slice(0, itemsMax);
  const lines = shown.map((task) => {
    const head = `${style.bold(plainText(taskLabel(task)))} ${paintState(task.state, style)(task.state)}`;
    return `${head}${task.note === null ? "" : `: ${plainText(task.note)}`}\n${task.error === null ? "" : `${problemText(task.error, style)}\n`}`;
  });
  return lines.join("") + (troubled.length > shown.length ? `… and ${countText(troubled.length - shown.length)} more: add --all\n` : "");
}
