import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { Empty } from "../../design/components/empty.tsx";
import { durationText } from "../../design/format.ts";
import { toneOf } from "../../design/tone.ts";
import { useKnownNow } from "../../live/use-known-now.ts";
import { useMainRows } from "../../design/use-main-rows.ts";
import styles from "./run-gantt.module.css";
import { type RunGrid, statesText, summaryState, type TaskCell, tookMs } from "./task-summary.ts";

const rowPx = 30;

/** When each task of a run went on: where its time went. */
export function RunGantt({ run }: { run: RunGrid }) {
  const list = useRef<HTMLDivElement>(null);
  const cells = new Map(run.cells.map((cell) => [cell.task, cell]));
  const begun = run.tasks.flatMap(({ name }) => cells.get(name) ?? []).filter(({ startedAt }) => startedAt !== null);
  const now = useKnownNow(begun.some(({ endedAt }) => endedAt === null));
  const rows = useMainRows(list, begun.length, rowPx);
  if (begun.length === 0) return <Empty title="No task has begun yet" />;
  const starts = begun.map(({ startedAt }) => Date.parse(startedAt as string));
  const from = Math.min(...starts);
  const whole = Math.max(1, Math.max(...begun.map((cell, i) => starts[i] + (tookMs(cell, now) ?? 0))) - from);
  return (
    <div className={styles.gantt}>
      <div className={styles.scale} aria-hidden>
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <span key={part}>{durationText(whole * part)}</span>
        ))}
      </div>
      <div ref={list} role="list" aria-label="Tasks by time" className={styles.rows} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <div key={begun[index].task} role="listitem" className={styles.row} style={{ transform: `translateY(${start - rows.options.scrollMargin}px)` }}>
            <GanttRow run={run.id} cell={begun[index]} from={from} whole={whole} now={now} />
          </div>
        ))}
      </div>
    </div>
  );
}

function GanttRow({ run, cell, from, whole, now }: { run: string; cell: TaskCell; from: number; whole: number; now: number }) {
  const took = tookMs(cell, now) ?? 0;
  const offset = Date.parse(cell.startedAt as string) - from;
  const state = summaryState(cell.states) ?? "none";
  return (
    <Link to="/runs/$run" params={{ run }} search={{ task: cell.task }} className={styles.link} title={`${cell.task}: ${statesText(cell.states)}, ${durationText(took)}, ${durationText(offset)} after the first`}>
      <span className={`${styles.name} foreign`}>{cell.task}</span>
      <span className={styles.lane}>
        <span className={`${styles.bar} ${styles[toneOf(state)]}`} style={{ left: `${(offset / whole) * 100}%`, width: `${Math.max(0.4, (took / whole) * 100)}%` }} />
      </span>
      <span className={styles.took}>{durationText(took)}</span>
    </Link>
  );
}
