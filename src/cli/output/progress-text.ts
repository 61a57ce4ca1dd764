import type { ProjectStatus, SourceStatus, StageStatus } from "../../server/control-plane.ts";
import { barText } from "./bar-text.ts";
import { countText, rateText, timeText } from "./number-text.ts";
import { plainText } from "./plain-text.ts";
import { memoryText, progressText } from "./status-text.ts";
import type { Style } from "./style.ts";
import { tableText } from "./table-text.ts";
import { cutText, textWidth } from "./text-width.ts";

export interface ProgressOptions {
  style: Style;
  /** Cells of the terminal. */
  width: number;
  elapsedSeconds: number;
  /** One line, such as what is waited for. */
  message: string;
}

/** The lines of the live view: a source a line, a stage a line, none longer than the terminal is wide. */
export function progressLines(status: ProjectStatus, options: ProgressOptions): string[] {
  const { style, width, elapsedSeconds, message } = options;
  const stages = new Map(status.stages.map((stage) => [stage.name, stage]));
  const nameWidth = Math.min(28, Math.max(0, ...status.sources.map(({ name }) => textWidth(plainText(name)))));
  const sources = status.sources.map((source) => sourceLine(source, stages.get(source.name), nameWidth, options));
  return ["", ...sources, "", ...stageLines(status, options), "", style.dim(cutText(`${timeText(elapsedSeconds)}  ${message}`, width))];
}

function sourceLine(source: SourceStatus, stage: StageStatus | undefined, nameWidth: number, { style, width }: ProgressOptions): string {
  const name = cutText(plainText(source.name), nameWidth).padEnd(nameWidth);
  const { progress, bounded, ended } = source;
  const rate = stage?.recordsInPerSecond || stage?.recordsOutPerSecond || 0;
  if (!bounded || ended || !progress || !progress.total) {
    const state = ended ? style.good(progressText(source)) : progressText(source);
    return ended || !(rate > 0) ? `${name}  ${state}` : `${name}  ${state}  ${rateText(rate)}`;
  }
  const share = progress.done / progress.total;
  const left = rate > 0 ? `, ${timeText((progress.total - progress.done) / rate)} left` : "";
  const figures = `${(share * 100).toFixed(1).padStart(5)} %  ${progressText(source)}  ${rateText(rate)}${left}`;
  const room = width - nameWidth - 4 - textWidth(figures);
  return room < 8 ? cutText(`${name}  ${figures}`, width) : `${name}  ${style.accent(barText(share, Math.min(40, room)))}  ${figures}`;
}

function stageLines({ stages, tables }: ProjectStatus, { style, width }: ProgressOptions): string[] {
  const right = (title: string) => ({ title, align: "right" as const });
  const rows = new Map(tables.map((table) => [`table:${table.name}`, table.rows]));
  const columns = [{ title: "stage" }, { title: "state" }, right("in/s"), right("out/s"), right("lag"), right("dead"), right("memory")];
  const shown = stages.filter(({ kind }) => kind !== "http");
  const lines = tableText(
    columns,
    shown.map((stage) => [
      stage.name,
      rows.has(stage.name) && stage.state === "running" ? `${countText(rows.get(stage.name) as number)} rows` : stage.state,
      rateText(stage.recordsInPerSecond),
      stage.kind === "table" ? "" : rateText(stage.recordsOutPerSecond),
      stage.lagRecords === null ? "?" : countText(stage.lagRecords),
      countText(stage.deadLetters),
      memoryText(stage),
    ]),
    { style, width },
  ).trimEnd().split("\n");
  return lines.map((line, i) => (i > 0 && (shown[i - 1].state === "paused" || shown[i - 1].state === "failed") ? style.bad(line) : line));
}

/** One line for logs and pipes, where nothing can be redrawn. */
export function progressLine(status: ProjectStatus, elapsedSeconds: number): string {
  const sources = status.sources.filter(({ bounded }) => bounded).map((source) => `${plainText(source.name)} ${progressText(source)}`);
  const lag = status.stages.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0);
  const rate = Math.max(0, ...status.stages.map(({ recordsInPerSecond }) => recordsInPerSecond));
  const dead = status.stages.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  const rows = status.tables.reduce((sum, table) => sum + table.rows, 0);
  return [timeText(elapsedSeconds), ...sources, `lag ${countText(lag)}`, `up to ${rateText(rate)}`, `${countText(rows)} rows in tables`, ...(dead > 0 ? [`${countText(dead)} dead letters`] : [])].join("  ");
}
