import type { BackfillIntervalView, BackfillView } from "../../server/dag-control.ts";
import { labelledText } from "./labelled-text.ts";
import { intervalText, momentText } from "./moment-text.ts";
import { countText } from "./number-text.ts";
import { paintState, stateColumn } from "./paint-state.ts";
import { plainText } from "./plain-text.ts";
import { tableText, type TableTextOptions } from "./table-text.ts";

/** More intervals are told by their number alone, unless all are asked for. */
const intervalsShown = 20;

const right = (title: string) => ({ title, align: "right" as const });

export function backfillsText(backfills: readonly BackfillView[], zoneOf: (dag: string) => string, options: TableTextOptions): string {
  const columns = [{ title: "backfill", whole: true as const }, { title: "dag" }, stateColumn, { title: "from" }, { title: "to" }, right("reached"), right("running"), right("success"), right("failed"), { title: "note" }];
  const rows = backfills.map(({ id, dag, state, from, to, reached, intervals, runs, note }) => [
    ...[id, dag, state, momentText(from, zoneOf(dag)), momentText(to, zoneOf(dag)), `${countText(reached)} of ${countText(intervals)}`],
    ...[runs.running, runs.success, runs.failed].map((count = 0) => countText(count)),
    note ?? "",
  ]);
  return tableText(columns, rows, options);
}

export function backfillHeadText(view: BackfillView, timezone: string, { style }: TableTextOptions): string {
  const counts = Object.entries(view.runs).filter(([, count]) => count > 0).map(([state, count]) => `${countText(count)} ${state}`);
  const values: [string, string | undefined][] = [
    ["intervals", `that begin from ${momentText(view.from, timezone)} to ${momentText(view.to, timezone)} (${timezone}), the ${view.order} first`],
    ["reached", `${countText(view.reached)} of ${countText(view.intervals)}`],
    ["runs", counts.join(", ")],
    ["reprocesses", view.reprocess],
    ["at once", `at most ${countText(view.maxActiveRuns)}`],
    ["made", momentText(view.createdAt, timezone)],
    ["ended", momentText(view.endedAt, timezone)],
    ["note", view.note ?? undefined],
  ];
  return labelledText(`${style.bold(plainText(view.id))}  backfill of ${plainText(view.dag)}: ${paintState(view.state, style)(view.state)}`, values, style);
}

export interface IntervalsTextOptions extends TableTextOptions {
  timezone: string;
  /** Show those at the end instead of those at the beginning, where not all are shown. */
  last?: boolean;
  all?: boolean;
}

/** Intervals of a backfill and what is done with each. */
export function intervalsText(intervals: readonly BackfillIntervalView[], { timezone, last = false, all = false, ...options }: IntervalsTextOptions): string {
  if (intervals.length === 0) return "";
  const shown = all || intervals.length <= intervalsShown ? intervals : last ? intervals.slice(-intervalsShown) : intervals.slice(0, intervalsShown);
  const columns = [right("#"), { title: `interval (${timezone})` }, { title: "decision" }, { title: "run", whole: true as const }, stateColumn];
  const table = tableText(columns, shown.map(({ ordinal, interval, decision, run, state }) => [String(ordinal), intervalText(interval, timezone), decision, run ?? "", state ?? ""]), options);
  return shown.length === intervals.length ? table : `${table}… and ${countText(intervals.length - shown.length)} ${last ? "before them" : "more"}: add --all\n`;
}

/** `28 intervals: 27 run, 1 already exists` */
export function decisionsText(intervals: readonly BackfillIntervalView[]): string {
  const counts = [...Map.groupBy(intervals, ({ decision }) => decision)].map(([decision, those]) => `${countText(those.length)} ${decision}`);
  return `${countText(intervals.length)} ${intervals.length === 1 ? "interval" : "intervals"}: ${counts.join(", ")}`;
}
