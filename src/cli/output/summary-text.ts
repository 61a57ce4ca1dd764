import type { ProjectSummary } from "../../server/control-plane.ts";
import type { RunSummary } from "../run-summary.ts";
import { bytesText, countText, rateText, timeText } from "./number-text.ts";
import { plainText } from "./plain-text.ts";
import { resultTable } from "./result-table.ts";
import { tableText, type TableTextOptions } from "./table-text.ts";

/**
 * What a run came to, for people: how much went where, then the project's own queries.
 * @param how - how it ended, in words before the time it took: `caught up after`
 */
export function summaryText(run: RunSummary, { results }: ProjectSummary, how: string, options: TableTextOptions): string {
  const { style } = options;
  const parts = [`${style.bold(plainText(run.project))}: ${how} ${timeText(run.durationSeconds)}\n`, stagesText(run, options)];
  for (const { title, columns, rows } of results) parts.push(`${style.bold(plainText(title))}\n${rows.length === 0 ? "no rows\n" : resultTable({ columns, rows }, options)}`);
  return parts.filter((part) => part !== "").join("\n");
}

function stagesText({ stages }: RunSummary, options: TableTextOptions): string {
  const shown = Object.entries(stages).filter(([, { recordsIn, recordsOut }]) => recordsIn + recordsOut > 0);
  if (shown.length === 0) return "";
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [{ title: "stage" }, right("records in"), right("out"), right("in/s, mean"), right("dead letters"), right("late"), right("most memory")];
  const rows = shown.map(([name, { recordsIn, recordsOut, recordsInPerSecond, deadLetters, lateRecords, memoryBytesMax }]) => [
    name,
    countText(recordsIn),
    recordsOut > 0 ? countText(recordsOut) : "",
    rateText(recordsInPerSecond),
    countText(deadLetters),
    countText(lateRecords),
    memoryBytesMax > 0 ? bytesText(memoryBytesMax) : "",
  ]);
  return tableText(columns, rows, options);
}
