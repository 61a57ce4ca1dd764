import type { FieldChange } from "../../model/field-changes.ts";
import { changedLines } from "../../model/line-changes.ts";
import type { DeclaredChanges, NameChanges } from "../../model/manifest-changes.ts";
import type { DagPlan, FillView, ReleasePlan, ScheduleView } from "../../server/dag-control.ts";
import type { MartPlan, ModelPlan } from "../../server/model-control.ts";
import { problemText } from "../report-error.ts";
import { intervalText, momentText } from "./moment-text.ts";
import { countText } from "./number-text.ts";
import { plainText } from "./plain-text.ts";
import { sourcePlanLines } from "./source-plan-text.ts";
import { problemsText } from "./status-text.ts";
import type { Style } from "./style.ts";

const signs = { added: "+", removed: "-", changed: "~" } as const;
/** Of a value that has changed, as much is shown. */
const valueMax = 60;
/** Of a topic, table or stage. */
const fieldsMax = 20;

/** What a change of the release does, for people. */
export function releasePlanText(plan: ReleasePlan, { style }: { style: Style }): string {
  const { from, to, topics, tables, stages, files, dags } = plan;
  const head = from === to ? `New runs get release ${to}. ${plan.startsAnew ? "The stages are of another one." : "Nothing would change."}` : `${style.bold(`release ${to}`)}, ${from === null ? "the first" : `instead of ${from}`}`;
  const named = [["topic", topics], ["table", tables], ["stage", stages]] as const;
  const lines = [...named.flatMap(([kind, changes]) => declaredLines(kind, changes, style)), ...plan.models.map((model) => modelLine(model, style)), ...plan.marts.flatMap((mart) => martLines(mart, style)), ...dags.flatMap((dag) => dagLines(dag, style)), ...(from === to || from === null ? [] : alikeLine(plan, files)), ...plan.sources.flatMap((source) => sourcePlanLines(source, style))];
  const staying = plan.staying.map(({ dag, release, runs }) => `${countText(runs)} ${runs === 1 ? "run" : "runs"} of ${plainText(dag)} ${runs === 1 ? "stays" : "stay"} on release ${release}.`);
  const refusal = plan.refusal ? [problemText(plan.refusal, style)] : [];
  const anew = plan.startsAnew && !plan.done ? [style.warn("It changes stages, or topics and tables of theirs: Millrace drains and starts anew with it.")] : [];
  return `${[head, ...lines, ...staying, ...anew, ...refusal].join("\n")}\n${problemsText(plan, style)}`;
}

function declaredLines(kind: string, { added, removed, changed }: DeclaredChanges, style: Style): string[] {
  const named = (how: keyof typeof signs, name: string): string => line(how, `${kind} ${plainText(name)}`, style);
  const followers = changed.filter(isFollower).map(({ name }) => plainText(name));
  return [
    ...added.map((name) => named("added", name)),
    ...removed.map((name) => named("removed", name)),
    ...changed.filter((each) => !isFollower(each)).flatMap(({ name, fields }) => [named("changed", name), ...declaredFields(fields, style)]),
    ...(followers.length > 0 ? [line("changed", `what comes with ${kind}s and stages: ${followers.join(", ")}`, style)] : []),
  ];
}

/** As dead letters do. */
const isFollower = ({ fields }: DeclaredChanges["changed"][number]): boolean => fields.length === 0;

function declaredFields(fields: DeclaredChanges["changed"][number]["fields"], style: Style): string[] {
  const shown = fields.slice(0, fieldsMax).flatMap(({ breaks, ...field }) => {
    const [first, ...lines] = fieldLines(field, 3, style);
    return breaks === null ? [first, ...lines] : [`      ${style.bad(`${first.trim()}  breaks: ${breaks}`)}`, ...lines];
  });
  return fields.length > fieldsMax ? [...shown, `      and ${countText(fields.length - fieldsMax)} more`] : shown;
}

function line(how: keyof typeof signs, text: string, style: Style, depth = 1): string {
  const paint = { added: style.good, removed: style.bad, changed: style.warn }[how];
  return `${"  ".repeat(depth)}${paint(`${signs[how]} ${text}`)}`;
}

const effects: Record<ModelPlan["effect"], string> = { build: "to be built", rebuild: "to be built again", "columns-added": "columns come, rows stay", none: "rows stay" };

function modelLine({ name, change, effect, why, fills }: ModelPlan, style: Style): string {
  const spans = fills ? `; ${countText(fills.count)} ${fills.count === 1 ? "interval" : "intervals"} to fill, ${fills.start} to ${fills.end}` : "";
  return line(change === "indirect" ? "changed" : change, plainText(`model ${name}: ${effects[effect]} (${why}${spans})`), style);
}

/** Who comes to read, who goes, and what those who stay lose and see. */
function martLines({ name, change, readers, tables, lost, gained }: MartPlan, style: Style): string[] {
  const of = (kind: string, { added, removed }: MartPlan["readers"]): string[] => [
    ...added.map((each) => line("added", `${kind} ${plainText(each)}`, style, 3)),
    ...removed.map((each) => line("removed", `${kind} ${plainText(each)}`, style, 3)),
  ];
  const breaks = lost.map(({ table, columns }) => line("removed", plainText(`${table} loses ${columns.join(", ")}: statements of readers that name ${columns.length === 1 ? "it" : "them"} will fail`), style, 3));
  return [line(change, `mart ${plainText(name)}`, style), ...of("reader", readers), ...of("table", tables), ...breaks, ...gained.map((each) => line("added", plainText(`${each.table} shows ${each.columns.join(", ")}`), style, 3))];
}

function dagLines({ name, change, tasks, settings, schedule, fills, paused }: DagPlan, style: Style): string[] {
  const inner = (text: string): string => `      ${text}`;
  return [
    line(change, `DAG ${plainText(name)}${paused ? " (paused)" : ""}`, style),
    ...settings.filter(({ field }) => field !== "schedule").flatMap((field) => fieldLines(field, 3, style)),
    ...(schedule ? scheduleLines(schedule).map(inner) : []),
    ...(change === "changed" ? taskLines(tasks, style) : []),
    ...(fills ? [inner(fillText(fills, schedule?.after ?? null, paused))] : []),
  ];
}

function taskLines({ added, removed, changed }: DagPlan["tasks"], style: Style): string[] {
  return [
    ...added.map((name) => line("added", `task ${plainText(name)}`, style, 3)),
    ...removed.map((name) => line("removed", `task ${plainText(name)}`, style, 3)),
    ...changed.flatMap(({ name, fields }) => {
      const [long, short] = [fields.filter(isLong), fields.filter((field) => !isLong(field))];
      return [line("changed", `task ${plainText(name)}${short.length > 0 ? `: ${short.map(fieldText).join(", ")}` : ""}`, style, 3), ...long.flatMap((field) => fieldLines(field, 4, style))];
    }),
  ];
}

const linesOf = ({ before, after }: FieldChange): ReturnType<typeof changedLines> => changedLines(before, after, valueMax);
const isLong = (field: FieldChange): boolean => linesOf(field) !== undefined;

/** What has no room in one line is told line by line. */
function fieldLines(field: FieldChange, depth: number, style: Style): string[] {
  const lines = linesOf(field);
  const indent = "  ".repeat(depth);
  if (lines === undefined) return [`${indent}${fieldText(field)}`];
  const paint = { same: style.dim, gone: style.bad, new: style.good };
  const sign = { same: " ", gone: "-", new: "+" };
  return [`${indent}${plainText(field.field)}:`, ...lines.map((each) => `${indent}  ${each.kind === "left-out" ? style.dim(`… ${countText(each.lines)} ${each.lines === 1 ? "line" : "lines"}`) : paint[each.kind](plainText(`${sign[each.kind]} ${each.text}`))}`)];
}

function fieldText({ field, before, after }: FieldChange): string {
  return plainText(`${field} ${valueText(before)} -> ${valueText(after)}`);
}

function valueText(value: unknown): string {
  const text = value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= valueMax ? text : `${text.slice(0, valueMax)}…`;
}

function scheduleLines({ before, after }: NonNullable<DagPlan["schedule"]>): string[] {
  if (!after) return [];
  const words = before && before.text !== after.text ? `${before.text} -> ${after.text}` : after.text;
  const next = after.next.map(({ runAt }) => momentText(runAt, after.timezone)).join(", ");
  return [
    plainText(`schedule: ${words}`),
    ...(after.problem ? [plainText(`its timetable in code fails: ${after.problem.what}`)] : [plainText(`next runs (${after.timezone}): ${next || "none by its schedule"}`)]),
  ];
}

function fillText({ count, more, first, last }: FillView, after: ScheduleView | null, paused: boolean): string {
  if (count === 0) return "no interval is filled in";
  const zone = after?.timezone ?? "UTC";
  const shown = first.map((interval) => intervalText(interval, zone)).join(", ");
  const rest = last && count > first.length ? `${count > first.length + 1 ? " …" : ""}, ${intervalText(last, zone)}` : "";
  return plainText(`${more ? "more than " : ""}${countText(count)} ${count === 1 ? "interval is" : "intervals are"} filled in at once${paused ? ", if it were resumed now" : ""}: ${shown}${rest}`);
}

/** Code that changed is seen by its files alone. */
function alikeLine({ dags }: ReleasePlan, files: NameChanges): string[] {
  const all = (["added", "removed", "changed"] as const).flatMap((how) => files[how].map((file) => `${signs[how]}${file}`));
  const shown = all.slice(0, 10).join(", ");
  return [`  files: ${plainText(shown || "none")}${all.length > 10 ? ` and ${countText(all.length - 10)} more` : ""}${dags.length === 0 ? "; no DAG is declared differently, but new runs have the new code" : ""}`];
}
