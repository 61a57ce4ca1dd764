import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import { QuickLink } from "../../design/components/quick-link.tsx";
import { StateSquare } from "../../design/components/state-square.tsx";
import { dayText, durationText, instantText, utcText } from "../../design/format.ts";
import { useMainRows } from "../../design/use-main-rows.ts";
import { useKnownNow } from "../../live/use-known-now.ts";
import styles from "./runs-grid.module.css";
import { cellState, type GridPage, type GridTask, statesText, type TaskCell, tookMs, totalOf } from "./task-summary.ts";

type GridRun = GridPage["runs"][number];
/** `at`, `utc`: where its interval begins, in words; worked out once for all its cells. */
type Column = Omit<GridRun, "cells"> & { cells: Map<string, TaskCell>; at: string; utc: string };

const rowPx = 28;
const barPx = 56;
const steps: Record<string, [row: number, column: number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The arrows lead from cell to cell; of any number of tasks only those in sight are there. */
export function RunsGrid({ page: { tasks, runs } }: { page: GridPage }) {
  const columns = useMemo((): Column[] => runs.map((run) => ({ ...run, cells: new Map(run.cells.map((cell) => [cell.task, cell])), at: instantText(run.interval.start), utc: utcText(run.interval.start) })).reverse(), [runs]);
  const list = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const rows = useMainRows(list, tasks.length, rowPx);
  // Row -1 is that of the runs themselves.
  const [at, setAt] = useState<[row: number, column: number]>([-1, runs.length - 1]);
  // The newest run is what one comes for.
  useEffect(() => void frame.current?.scrollTo({ left: frame.current.scrollWidth }), []);
  const moved = useRef(false);
  useEffect(() => {
    if (moved.current) frame.current?.querySelector<HTMLElement>(`[data-at="${at[0]}/${at[1]}"]`)?.focus();
  });
  const onKey = (event: KeyboardEvent): void => {
    const step = steps[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next: [number, number] = [clamp(at[0] + step[0], -1, tasks.length - 1), clamp(at[1] + step[1], 0, columns.length - 1)];
    if (next[0] >= 0) rows.scrollToIndex(next[0]);
    moved.current = true;
    setAt(next);
  };
  const now = useKnownNow(columns.some(({ startedAt, endedAt }) => startedAt !== null && endedAt === null));
  const longest = Math.max(1, ...columns.map((run) => tookMs(run, now) ?? 0));
  const entry = entryOf(at, columns, tasks, rows.getVirtualItems());
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrows belong to the links in it, wherever the focus is among them
    <div ref={frame} className={styles.frame} onKeyDown={onKey} onFocus={(event) => setAt(placeOf(event.target) ?? at)} onBlur={() => (moved.current = false)}>
      <div className={styles.grid} role="table" aria-label="Runs and their tasks" aria-rowcount={tasks.length + 1} aria-colcount={columns.length + 1}>
        <div role="rowgroup">
          <div className={styles.row} role="row" aria-rowindex={1} style={{ height: barPx + 22 }}>
            <span role="columnheader" className={styles.corner}>
              {durationText(longest)}
            </span>
            {columns.map((run, column) => (
              <RunHead key={run.id} run={run} longest={longest} now={now} at={`-1/${column}`} isNext={entry[0] === -1 && entry[1] === column} label={column % 5 === 0} />
            ))}
          </div>
        </div>
        <div ref={list} role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => (
            <div key={tasks[index].name} className={styles.row} role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${start - rows.options.scrollMargin}px)`, height: rowPx }}>
              <TaskRow task={tasks[index]} columns={columns} row={index} at={entry[0] === index ? entry[1] : -1} />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** Where Tab leads into the grid: the cell that one was in, or its run where the cell is out of sight or empty. */
function entryOf([row, column]: [number, number], columns: Column[], tasks: readonly GridTask[], inSight: { index: number }[]): [number, number] {
  const at = clamp(column, 0, columns.length - 1);
  const run = columns[at];
  const isThere = run !== undefined && inSight.some(({ index }) => index === row) && cellState(run.cells.get(tasks[row].name), run.state) !== undefined;
  return [isThere ? row : -1, at];
}

function placeOf(target: EventTarget): [number, number] | undefined {
  const place = target instanceof HTMLElement ? target.dataset.at?.split("/").map(Number) : undefined;
  return place && [place[0], place[1]];
}

function RunHead({ run, longest, now, at, isNext, label }: { run: Column; longest: number; now: number; at: string; isNext: boolean; label: boolean }) {
  const took = tookMs(run, now);
  const words = `Run of ${run.at}: ${run.state}${took === null ? "" : `, ${durationText(took)}`}${run.kind === "scheduled" ? "" : `, ${run.kind}`}`;
  return (
    <span role="columnheader" className={styles.head}>
      <Link to="/runs/$run" params={{ run: run.id }} preload={false} title={`${words}\n${run.utc}`} aria-label={words} data-at={at} tabIndex={isNext ? 0 : -1} className={styles.bar}>
        <span className={`${styles.fill} ${styles[run.state] ?? ""}`} style={{ height: Math.max(4, ((took ?? 0) / longest) * barPx) }} />
      </Link>
      <span className={styles.day} aria-hidden>
        {label && dayText(run.interval.start)}
      </span>
    </span>
  );
}

const TaskRow = memo(function TaskRow({ task, columns, row, at }: { task: GridTask; columns: Column[]; row: number; at: number }) {
  return (
    <>
      <span role="rowheader" className={`${styles.task} foreign`} data-gone={!task.declared} title={task.declared ? task.name : `${task.name}: the DAG has it no more`}>
        {task.name}
        {task.map && <small className="quiet"> each</small>}
      </span>
      {columns.map((run, column) => (
        <span key={run.id} role="cell" className={styles.cell}>
          <TaskSquare task={task.name} run={run} at={`${row}/${column}`} isNext={at === column} />
        </span>
      ))}
    </>
  );
});

function TaskSquare({ task, run, at, isNext }: { task: string; run: Column; at: string; isNext: boolean }) {
  const cell = run.cells.get(task);
  const state = cellState(cell, run.state);
  if (state === undefined) return null;
  const count = cell ? totalOf(cell.states) : 1;
  const words = `${task}, run of ${run.at}: ${cell ? statesText(cell.states) : "waits"}`;
  return (
    <QuickLink
      href={`/runs/${encodeURIComponent(run.id)}?task=${encodeURIComponent(task)}`}
      go={(navigate) => navigate({ to: "/runs/$run", params: { run: run.id }, search: { task } })}
      title={`${words}\n${run.utc}`}
      aria-label={words}
      data-at={at}
      tabIndex={isNext ? 0 : -1}
    >
      <StateSquare state={state} text={count > 1 ? shortText(count) : undefined} />
    </QuickLink>
  );
}

const shortText = (count: number): string => (count < 1_000 ? String(count) : `${Math.round(count / 1_000)}k`);
