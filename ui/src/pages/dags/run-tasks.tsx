import { getRouteApi, Link, useLocation } from "@tanstack/react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import { memo, useMemo, useRef } from "react";
import { Empty } from "../../design/components/empty.tsx";
import { QuickLink } from "../../design/components/quick-link.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { StateSquare } from "../../design/components/state-square.tsx";
import { toneOf } from "../../design/tone.ts";
import { useMainRows } from "../../design/use-main-rows.ts";
import styles from "./run-tasks.module.css";
import { byUrgency, cellState, type GridTask, isOver, type RunGrid, statesText, type TaskCell, totalOf } from "./task-summary.ts";
import { Took } from "./took.tsx";
import { type TaskItem, useTaskItems } from "./use-task-items.ts";

const route = getRouteApi("/shell/runs/$run");
const rowPx = 36;

type Row = { kind: "task"; task: GridTask; cell: TaskCell | undefined } | { kind: "item"; at: number };

/** All tasks of a run; those of a map stand together until they are opened, and then come page by page. */
export function RunTasks({ run }: { run: RunGrid }) {
  const { open, task: chosen, index: chosenIndex, only } = route.useSearch();
  const opened = run.cells.find(({ task }) => task === open);
  const items = useTaskItems(run.id, open, only);
  const itemCount = opened ? (only === undefined ? totalOf(opened.states) : (opened.states[only as keyof typeof opened.states] ?? 0)) : 0;
  const rows = useMemo((): Row[] => {
    const cells = new Map(run.cells.map((cell) => [cell.task, cell]));
    return run.tasks.flatMap((task): Row[] => [{ kind: "task", task, cell: cells.get(task.name) }, ...(task.name === open ? Array.from({ length: itemCount }, (_, at): Row => ({ kind: "item", at })) : [])]);
  }, [run, open, itemCount]);
  const { pathname, searchStr } = useLocation();
  const list = useRef<HTMLDivElement>(null);
  const virtual = useMainRows(list, rows.length, rowPx);
  const shown = virtual.getVirtualItems();
  items.reach(Math.max(-1, ...shown.map(({ index }) => rows[index]).flatMap((row) => (row?.kind === "item" ? [row.at] : []))));
  if (rows.length === 0) return <Empty title="The run has no tasks" />;
  return (
    <div className={styles.table} role="table" aria-label="Tasks" aria-rowcount={rows.length}>
      <div ref={list} role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const item = row.kind === "item" ? items.at(row.at) : undefined;
          const isChosen = row.kind === "task" ? row.task.name === chosen && chosenIndex === undefined : chosen === open && item !== undefined && String(item.index) === chosenIndex;
          return (
            <div key={row.kind === "task" ? row.task.name : `${open}/${row.at}`} className={styles.row} role="row" aria-rowindex={index + 1} data-chosen={isChosen} style={{ transform: `translateY(${start - virtual.options.scrollMargin}px)` }}>
              {row.kind === "task" ? <TaskCells run={run} task={row.task} cell={row.cell} isOpen={row.task.name === open} only={only} /> : <ItemCells task={open as string} item={item} path={pathname} search={searchStr} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function TaskCells({ run, task: { name, kind, map }, cell, isOpen, only }: { run: RunGrid; task: GridTask; cell: TaskCell | undefined; isOpen: boolean; only: string | undefined }) {
  const navigate = route.useNavigate();
  const state = cellState(cell, run.state);
  const count = cell ? totalOf(cell.states) : 0;
  // A map that has not begun is one waiting task.
  const isMany = map !== null && cell !== undefined && !(count === 1 && cell.states.none === 1);
  const toggle = (): void => void navigate({ search: (now) => ({ ...now, open: isOpen ? undefined : name, only: undefined }), replace: true });
  return (
    <>
      <span role="cell" className={styles.name}>
        {isMany && (
          <button type="button" className={styles.toggle} aria-expanded={isOpen} aria-label={`Items of ${name}`} onClick={toggle}>
            {isOpen ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
          </button>
        )}
        {isMany ? (
          <button type="button" className={`${styles.open} foreign`} onClick={toggle} tabIndex={-1}>
            {name}
          </button>
        ) : (
          <Link to="." search={((now: object) => ({ ...now, task: name, index: undefined, attempt: undefined })) as never} replace className={`${styles.link} foreign`}>
            {name}
          </Link>
        )}
      </span>
      <span role="cell" className={styles.kind}>
        {kind}
      </span>
      <span role="cell" className={styles.state}>
        {isMany && cell ? <Counts cell={cell} isOpen={isOpen} only={only} task={name} /> : state === undefined ? <span className="quiet">not in this run</span> : <StateBadge state={state === "none" ? "waits" : state} tone={toneOf(state)} />}
      </span>
      <span role="cell" className={styles.took}>
        {cell && cell.attempts > 1 && <small className="quiet">{cell.attempts} attempts </small>}
        <Took startedAt={cell?.startedAt ?? null} endedAt={state !== undefined && isOver(state) ? (cell?.endedAt ?? null) : null} goesOn={state === "running"} />
      </span>
    </>
  );
}

/** Each state of a map is a way in: it opens the items that are in it. */
function Counts({ cell, task, isOpen, only }: { cell: TaskCell; task: string; isOpen: boolean; only: string | undefined }) {
  return (
    <span className={styles.counts} title={statesText(cell.states)}>
      {byUrgency(cell.states).map(([state, count]) => {
        const isOn = isOpen && only === state;
        return (
          <Link key={state} to="." search={((now: object) => ({ ...now, open: task, only: isOn ? undefined : state })) as never} replace className={styles.count} aria-current={isOn || undefined} aria-label={`${count.toLocaleString("en")} ${state.replaceAll("_", " ")} of ${task}`}>
            <StateSquare state={state} text={count.toLocaleString("en")} />
          </Link>
        );
      })}
    </span>
  );
}

const ItemCells = memo(function ItemCells({ task, item, path, search }: { task: string; item: TaskItem | undefined; /** Of the page, to which the item is added. */ path: string; search: string }) {
  if (!item) {
    return (
      <span role="cell" className="quiet">
        …
      </span>
    );
  }
  const { index, state, attempts, startedAt, endedAt } = item;
  const params = new URLSearchParams(search);
  params.set("task", task);
  params.set("index", String(index));
  params.delete("attempt");
  return (
    <>
      <span role="cell" className={`${styles.name} ${styles.item}`}>
        <QuickLink href={`${path}?${params}`} go={(navigate) => navigate({ to: ".", search: ((now: object) => ({ ...now, task, index: String(index), attempt: undefined })) as never, replace: true, resetScroll: false })} className={styles.link}>
          [{index}]
        </QuickLink>
      </span>
      <span role="cell" className={styles.kind} />
      <span role="cell" className={styles.state}>
        <StateBadge state={state} />
      </span>
      <span role="cell" className={styles.took}>
        {attempts > 1 && <small className="quiet">{attempts} attempts </small>}
        <Took startedAt={startedAt} endedAt={endedAt} goesOn={state === "running"} />
      </span>
    </>
  );
});
