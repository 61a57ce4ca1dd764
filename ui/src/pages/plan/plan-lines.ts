import type { PostAnswer } from "../../api/types.ts";

export type ReleasePlan = PostAnswer<"/api/v1/releases/apply">;

/** One thing that another release does, in words. */
export interface PlanLine {
  change: "added" | "removed" | "changed";
  kind: string;
  name: string;
  details: string[];
}

const effects = { build: "is built for the first time", rebuild: "is built again", "columns-added": "gains columns; its rows stay", none: "rows stay as they are" };

/** All that a plan changes, the removals first: they are what cannot be taken for granted. */
export function planLines(plan: ReleasePlan): PlanLine[] {
  const named = (["topics", "tables", "stages"] as const).flatMap((kind) => (["removed", "changed", "added"] as const).flatMap((change) => plan[kind][change].map((name) => ({ change, kind: kind.slice(0, -1), name, details: [] }))));
  const lines: PlanLine[] = [...named, ...plan.models.map(modelLine), ...plan.marts.map(martLine), ...plan.dags.map(dagLine)];
  const rank = { removed: 0, changed: 1, added: 2 };
  return lines.sort((a, b) => rank[a.change] - rank[b.change]);
}

function modelLine({ name, change, effect, why, fills }: ReleasePlan["models"][number]): PlanLine {
  const span = fills ? [`${fills.count} intervals to fill, ${fills.start} to ${fills.end}`] : [];
  return { change: change === "indirect" ? "changed" : change, kind: "model", name, details: [`${effects[effect]}: ${why}`, ...span] };
}

function martLine({ name, change, readers, tables, lost, gained }: ReleasePlan["marts"][number]): PlanLine {
  const names = (what: string, { added, removed }: { added: string[]; removed: string[] }): string[] => [...removed.map((each) => `${what} ${each} goes`), ...added.map((each) => `${what} ${each} comes`)];
  return {
    change,
    kind: "mart",
    name,
    details: [...names("reader", readers), ...names("table", tables), ...lost.map(({ table, columns }) => `${table} loses ${columns.join(", ")}: statements that name them will fail`), ...gained.map(({ table, columns }) => `${table} shows ${columns.join(", ")}`)],
  };
}

function dagLine({ name, change, tasks, settings, schedule, fills, paused }: ReleasePlan["dags"][number]): PlanLine {
  const fields = ({ field, before, after }: { field: string; before: unknown; after: unknown }): string => `${field}: ${valueText(before)} → ${valueText(after)}`;
  return {
    change,
    kind: paused ? "DAG (paused)" : "DAG",
    name,
    details: [
      ...(schedule?.after ? [`schedule: ${schedule.before ? `${schedule.before.text} → ` : ""}${schedule.after.text}`] : []),
      ...settings.filter(({ field }) => field !== "schedule").map(fields),
      ...tasks.removed.map((task) => `task ${task} goes`),
      ...tasks.added.map((task) => `task ${task} comes`),
      ...tasks.changed.map((task) => `task ${task.name}: ${task.fields.map(fields).join(", ")}`),
      ...(fills && fills.count > 0 ? [`${fills.more ? "more than " : ""}${fills.count} past intervals are run at once${paused ? ", if it were resumed" : ""}`] : []),
    ],
  };
}

const valueMax = 80;

function valueText(value: unknown): string {
  const text = value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= valueMax ? text : `${text.slice(0, valueMax)}…`;
}
