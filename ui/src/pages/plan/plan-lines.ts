import { changedLines, type LineChange } from "../../../../src/model/line-changes.ts";
import type { PostAnswer } from "../../api/types.ts";
import { countText } from "../../design/format.ts";

export type ReleasePlan = PostAnswer<"/api/v1/releases/apply">;

/** One thing that another release does, in words. */
export interface PlanLine {
  change: "added" | "removed" | "changed";
  kind: string;
  name: string;
  details: PlanDetail[];
}

interface PlanDetail {
  text: string;
  /** Line by line, what has no room in one. */
  lines?: LineChange[];
  /** Times that stand behind the text. */
  moments?: string[];
  /** What no longer fits, where that is known. */
  breaks?: string;
}

const effects = { build: "is built for the first time", rebuild: "is built again", "columns-added": "gains columns; its rows stay", none: "rows stay as they are" };

/** All that a plan changes, the removals first: they are what cannot be taken for granted. */
export function planLines(plan: ReleasePlan): PlanLine[] {
  const named = (["topics", "tables", "stages"] as const).flatMap((kind) => declaredLines(kind.slice(0, -1), plan[kind]));
  const lines: PlanLine[] = [...named, ...plan.models.map(modelLine), ...plan.marts.map(martLine), ...plan.dags.map(dagLine)];
  const rank = { removed: 0, changed: 1, added: 2 };
  return lines.sort((a, b) => rank[a.change] - rank[b.change]);
}

function declaredLines(kind: string, { added, removed, changed }: ReleasePlan["topics"]): PlanLine[] {
  return [
    ...removed.map((name): PlanLine => ({ change: "removed", kind, name, details: [] })),
    ...changed.filter((each) => !isFollower(each)).map(({ name, fields }): PlanLine => ({ change: "changed", kind, name, details: shownFields(fields) })),
    ...followerLines(kind, changed.filter(isFollower).map(({ name }) => name)),
    ...added.map((name): PlanLine => ({ change: "added", kind, name, details: [] })),
  ];
}

/** Dead letters and the like change with what they come with, and nothing is told of them. */
const isFollower = ({ fields }: ReleasePlan["topics"]["changed"][number]): boolean => fields.length === 0;

function followerLines(kind: string, names: string[]): PlanLine[] {
  return names.length === 0 ? [] : [{ change: "changed", kind: `${kind}s`, name: names.join(", "), details: [plain("change with what they come with")] }];
}

function shownFields(fields: ReleasePlan["topics"]["changed"][number]["fields"]): PlanDetail[] {
  const details = fields.slice(0, fieldsMax).map(({ breaks, ...field }): PlanDetail => ({ ...fieldDetail(field), ...(breaks !== null && { breaks }) }));
  return fields.length > fieldsMax ? [...details, { text: `and ${countText(fields.length - fieldsMax)} more` }] : details;
}

const plain = (text: string): PlanDetail => ({ text });

function modelLine({ name, change, effect, why, fills }: ReleasePlan["models"][number]): PlanLine {
  const span = fills ? [`${fills.count} intervals to fill, ${fills.start} to ${fills.end}`] : [];
  return { change: change === "indirect" ? "changed" : change, kind: "model", name, details: [`${effects[effect]}: ${why}`, ...span].map(plain) };
}

function martLine({ name, change, readers, tables, lost, gained }: ReleasePlan["marts"][number]): PlanLine {
  const names = (what: string, { added, removed }: { added: string[]; removed: string[] }): string[] => [...removed.map((each) => `${what} ${each} goes`), ...added.map((each) => `${what} ${each} comes`)];
  return {
    change,
    kind: "mart",
    name,
    details: [...names("reader", readers), ...names("table", tables), ...gained.map(({ table, columns }) => `${table} shows ${columns.join(", ")}`)].map(plain).concat(lost.map(({ table, columns }) => ({ text: `${table} loses ${columns.join(", ")}`, breaks: "statements that name them will fail" }))),
  };
}

function dagLine({ name, change, tasks, settings, schedule, fills, paused }: ReleasePlan["dags"][number]): PlanLine {
  return {
    change,
    kind: paused ? "DAG (paused)" : "DAG",
    name,
    details: [
      ...(schedule?.after ? [plain(`schedule: ${schedule.before ? `${schedule.before.text} → ` : ""}${schedule.after.text}`), ...nextRuns(schedule.after)] : []),
      ...settings.filter(({ field }) => field !== "schedule").map(fieldDetail),
      ...tasks.removed.map((task) => plain(`task ${task} goes`)),
      ...tasks.added.map((task) => plain(`task ${task} comes`)),
      ...tasks.changed.flatMap((task) => task.fields.map((field) => ({ ...fieldDetail(field), text: `task ${task.name}: ${fieldDetail(field).text}` }))),
      ...(fills && fills.count > 0 ? [plain(`${fills.more ? "more than " : ""}${fills.count} past intervals are run at once${paused ? ", if it were resumed" : ""}`)] : []),
    ],
  };
}

type Schedule = NonNullable<NonNullable<ReleasePlan["dags"][number]["schedule"]>["after"]>;

function nextRuns({ next, problem }: Schedule): PlanDetail[] {
  if (problem) return [{ text: "its timetable in code fails", breaks: problem.what }];
  return [next.length === 0 ? plain("no run by its schedule") : { text: "next runs:", moments: next.map(({ runAt }) => runAt) }];
}

const valueMax = 80;
/** Of a topic, table or stage. */
const fieldsMax = 20;

function fieldDetail({ field, before, after }: { field: string; before: unknown; after: unknown }): PlanDetail {
  const lines = changedLines(before, after, valueMax);
  return lines === undefined ? { text: `${field}: ${valueText(before)} → ${valueText(after)}` } : { text: field, lines };
}

function valueText(value: unknown): string {
  const text = value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= valueMax ? text : `${text.slice(0, valueMax)}…`;
}
