import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Empty } from "../../design/components/empty.tsx";
import { Waiting } from "../../design/components/page.tsx";
import { loadFlowGraph } from "../../design/graph/load-flow-graph.ts";
import { StateSquare } from "../../design/components/state-square.tsx";
import { useScript } from "../../design/use-script.ts";
import styles from "./run-graph.module.css";
import { cellState, type GridTask, type RunGrid, statesText, type TaskCell } from "./task-summary.ts";

/** Of a run, or of a DAG that has had none yet. */
export interface GraphOfTasks extends Pick<RunGrid, "tasks" | "cells"> {
  run: { id: string; state: string } | undefined;
}

/** Tasks in the order of their work, with how each stands. */
export function RunGraph({ run, tasks, cells }: GraphOfTasks) {
  const drawing = useScript(loadFlowGraph);
  const { id, state } = run ?? {};
  const nodes = useMemo(() => {
    const byTask = new Map(cells.map((cell) => [cell.task, cell]));
    return tasks.map((task) => ({ id: task.name, content: id === undefined || state === undefined ? <TaskFace task={task} state="none" /> : <TaskNode run={{ id, state }} task={task} cell={byTask.get(task.name)} /> }));
  }, [id, state, tasks, cells]);
  const edges = useMemo(() => {
    const names = new Set(tasks.map(({ name }) => name));
    return tasks.flatMap(({ name, after }) => after.filter((before) => names.has(before)).map((before) => ({ from: before, to: name })));
  }, [tasks]);
  if (nodes.length === 0) return <Empty title="There are no tasks" />;
  return drawing ? <drawing.FlowGraph label="Tasks" nodes={nodes} edges={edges} /> : <Waiting />;
}

function TaskNode({ run, task, cell }: { run: { id: string; state: string }; task: GridTask; cell: TaskCell | undefined }) {
  const state = cellState(cell, run.state) ?? "removed";
  const words = cell ? statesText(cell.states) : state === "none" ? "waits" : "not in this run";
  return (
    <Link to="/runs/$run" params={{ run: run.id }} search={{ task: task.name }} className={`${styles.link} nopan`} title={`${task.name}: ${words}`}>
      <TaskFace task={task} state={state} words={words} />
    </Link>
  );
}

function TaskFace({ task: { name, kind, map }, state, words }: { task: GridTask; state: string; words?: string }) {
  return (
    <span className={styles.node}>
      <StateSquare state={state} />
      <span className={`${styles.name} foreign`}>{name}</span>
      <small className={styles.words}>{[`${kind}${map === null ? "" : " each"}`, words].filter(Boolean).join(" · ")}</small>
    </span>
  );
}
