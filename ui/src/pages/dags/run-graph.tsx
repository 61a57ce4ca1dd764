import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { Empty } from "../../design/components/empty.tsx";
import { StateSquare } from "../../design/components/state-square.tsx";
import { FlowGraph } from "../../design/graph/flow-graph.tsx";
import styles from "./run-graph.module.css";
import { cellState, type GridTask, type RunGrid, statesText, type TaskCell } from "./task-summary.ts";

/** The tasks of a run in the order of their work, with how each stands. */
export function RunGraph({ run }: { run: RunGrid }) {
  const nodes = useMemo(() => {
    const cells = new Map(run.cells.map((cell) => [cell.task, cell]));
    return run.tasks.map((task) => ({ id: task.name, content: <TaskNode run={run} task={task} cell={cells.get(task.name)} /> }));
  }, [run]);
  const edges = useMemo(() => {
    const names = new Set(run.tasks.map(({ name }) => name));
    return run.tasks.flatMap(({ name, after }) => after.filter((before) => names.has(before)).map((before) => ({ from: before, to: name })));
  }, [run]);
  if (nodes.length === 0) return <Empty title="The run has no tasks" />;
  return <FlowGraph label="Tasks" nodes={nodes} edges={edges} />;
}

function TaskNode({ run, task, cell }: { run: RunGrid; task: GridTask; cell: TaskCell | undefined }) {
  const state = cellState(cell, run.state) ?? "removed";
  const words = cell ? statesText(cell.states) : state === "none" ? "waits" : "not in this run";
  return (
    <Link to="/runs/$run" params={{ run: run.id }} search={{ task: task.name }} className={`${styles.node} nopan`} title={`${task.name}: ${words}`}>
      <StateSquare state={state} />
      <span className={`${styles.name} foreign`}>{task.name}</span>
      <small className={styles.words}>
        {task.kind}
        {task.map ? " each" : ""} · {words}
      </small>
    </Link>
  );
}
