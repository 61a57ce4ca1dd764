import { MillraceError } from "../errors.ts";
import { stopAttempt } from "./attempts.ts";
import { makeCells } from "./cells.ts";
import type { Event, TaskChoice } from "./events.ts";
import { graphOf, loadForChange, runNamed } from "./known.ts";
import { forget, memoKey } from "./memos.ts";
import { refit, repin } from "./repin.ts";
import { goOn, reopenRun, stateOf } from "./runs.ts";
import { resetInstance, settle } from "./settle.ts";
import type { Instance, Run, World } from "./world.ts";

/** Lets tasks of a run, and with them the run, go through their states again. Each gets new attempts; the old ones stay. */
export function clear(world: World, { run: id, stored, tasks, note, pin }: Extract<Event, { type: "clear" }>): number {
  const run = stored ? loadForChange(world, stored) : runNamed(world, id);
  if (pin && pin.release !== run.row.release) {
    const graph = graphOf(world, pin.dag, pin.release);
    // What is asked for must be there before anything changes.
    const trial: Run = { ...run, next: new Set() };
    refit(trial, graph);
    chosenInstances(trial, tasks);
    repin(world, run, graph);
  }
  const chosen = chosenInstances(run, tasks);
  forget(world, chosen.flatMap((instance) => memoKey(instance) ?? []));
  for (const instance of chosen) {
    stopAttempt(world, instance, "it was cleared");
    resetInstance(world, instance);
  }
  run.row.clears++;
  run.row.note = note ?? run.row.note;
  world.changed("runs", run.row);
  if (run.row.state === "running") goOn(world, run);
  else if (run.row.state !== "queued") reopenRun(world, run);
  return chosen.length;
}

export function mark(world: World, { run: id, stored, tasks, state, note }: Extract<Event, { type: "mark" }>): number {
  const run = stored ? loadForChange(world, stored) : runNamed(world, id);
  const chosen = chosenInstances(run, tasks);
  for (const instance of chosen) {
    stopAttempt(world, instance, `it was marked ${state}`);
    instance.row.note = note ?? instance.row.note;
    world.changed("instances", instance.row);
    settle(world, instance, state, true);
  }
  if (run.row.state !== "running" && run.row.state !== "queued" && run.unfinished === 0) {
    run.row.state = stateOf(run);
    world.changed("runs", run.row);
  }
  return chosen.length;
}

export function answer(world: World, { run: id, task, index, approved, by, note }: Extract<Event, { type: "answer" }>): void {
  const run = runNamed(world, id);
  const instance = chosenInstances(run, [{ task, index }])[0];
  if (instance.node.decl.kind !== "approval" || instance.row.state !== "deferred") {
    throw new MillraceError("MR-SCHED-002", { what: `task "${task}" waits for nobody's answer`, where: `run ${id}`, mend: "look at `millrace runs show` for what waits" });
  }
  instance.row.note = note;
  instance.row.result = { json: JSON.stringify({ approved, by, note }) };
  settle(world, instance, approved ? "success" : "failed");
}

function chosenInstances(run: Run, tasks: TaskChoice[]): Instance[] {
  if (run.cells.length === 0) makeCells(run);
  return tasks.flatMap(({ task, index }) => {
    const node = run.graph.byName.get(task);
    const found = node ? run.cells[node.place].filter(({ row }) => row.state !== "removed" && (index === undefined || row.index === index)) : [];
    if (found.length > 0) return found;
    throw new MillraceError("MR-SCHED-002", { what: `run ${run.row.id} has no task "${task}"${index === undefined ? "" : ` with index ${index}`}`, where: `DAG "${run.row.dag}"`, mend: `use one of ${run.graph.tasks.map(({ decl }) => `"${decl.name}"`).join(", ")}` });
  });
}
