import type { AttemptRow, InstanceRow, InstanceState } from "../state/run-store.ts";
import type { MapNode, TaskNode } from "./graph.ts";
import type { Tally } from "./trigger-rules.ts";
import { type Instance, isOver, type Run } from "./world.ts";

/*
 * The instances of a run: a cell for each task, with one instance, or one for each item of the task's map. Until the list
 * of a map is known, its tasks have one instance that stands for all, at index -1.
 */

/** Makes the cells of a run that starts, or of one that comes from the store. */
export function makeCells(run: Run, rows: readonly InstanceRow[] = [], attempts: readonly AttemptRow[] = []): void {
  const stored = Map.groupBy(rows, ({ task }) => task);
  const current = new Map(attempts.map((row) => [`${row.task}/${row.index}`, row]));
  run.tallies = run.graph.tasks.map(emptyTally);
  run.cells = run.graph.tasks.map(() => []);
  run.unfinished = 0;
  const left = new Set(rows);
  for (const node of run.graph.tasks) {
    const byIndex = new Map(stored.get(node.decl.name)?.map((row) => [row.index, row]));
    for (const index of indicesOf(run, node, [...byIndex.keys()], stored)) {
      const row = byIndex.get(index);
      if (row) left.delete(row);
      const instance = addInstance(run, node, index, row);
      const attempt = current.get(`${node.decl.name}/${index}`);
      if (attempt && !isOver(instance.row.state)) instance.attempt = { row: attempt, instance, hiredAt: 0 };
    }
  }
  run.left = [...left];
}

/** Those that the map's list has, and those that it had when it was longer. */
function indicesOf(run: Run, { map }: TaskNode, stored: number[], rows: Map<string, InstanceRow[]>): number[] {
  const known = map?.until ? roundsOf(map.until, rows) : map && itemsOf(run, map);
  const size = Math.max(known ?? 0, map ? Math.max(-1, ...stored) + 1 : 0);
  return size === 0 ? [-1] : Array.from({ length: size }, (_, index) => index);
}

/** Rounds of a loop that have begun, and the next one where the last of them has said that there is one. */
function roundsOf(until: TaskNode, rows: Map<string, InstanceRow[]>): number {
  const said = new Set(rows.get(until.decl.name)?.filter(goesOn).map(({ index }) => index));
  let rounds = 1;
  while (said.has(rounds - 1)) rounds++;
  return rounds;
}

/** Whether a loop's task has said that another round follows. */
export function goesOn({ state, result }: InstanceRow): boolean {
  return state === "success" && result !== null && "json" in result && result.json === "false";
}

/** When a later round of a loop begins; undefined while the one before has not said that there is one. */
export function roundBegins({ run, node, row }: Instance, until: TaskNode): number | undefined {
  const before = run.cells[until.place][row.index - 1].row;
  const { over } = (node.map as MapNode).decl;
  return goesOn(before) && "everyMs" in over ? (before.endedAt as number) + over.everyMs : undefined;
}

function emptyTally(): Tally {
  return { total: 0, success: 0, failed: 0, skipped: 0, upstreamFailed: 0, removed: 0 };
}

export function addInstance(run: Run, node: TaskNode, index: number, row?: InstanceRow): Instance {
  const instance: Instance = { row: row ? { ...row } : newRow(run, node, index), run, node, open: false };
  run.cells[node.place].push(instance);
  run.tallies[node.place].total++;
  count(run, node, instance.row.state, 1);
  return instance;
}

function newRow(run: Run, node: TaskNode, index: number): InstanceRow {
  return {
    ...{ run: run.row.id, task: node.decl.name, index, state: "none", attempts: 0, attemptsMax: node.decl.retries + 1, lost: 0 },
    ...{ readyAt: null, startedAt: null, endedAt: null, wakeAt: null, result: null, chosen: null, note: null },
  };
}

/** Takes an instance out, as when the list behind its map becomes known. */
export function dropInstances(run: Run, node: TaskNode): Instance[] {
  const dropped = run.cells[node.place];
  for (const { row } of dropped) count(run, node, row.state, -1);
  run.tallies[node.place].total = 0;
  run.cells[node.place] = [];
  return dropped;
}

/** Notes that an instance goes from one state to another. */
export function countState(instance: Instance, from: InstanceState, to: InstanceState): void {
  count(instance.run, instance.node, from, -1);
  count(instance.run, instance.node, to, 1);
}

function count(run: Run, { place }: TaskNode, state: InstanceState, by: 1 | -1): void {
  const tally = run.tallies[place];
  if (!isOver(state)) run.unfinished += by;
  else if (state === "success") tally.success += by;
  else if (state === "skipped") tally.skipped += by;
  else if (state === "upstream_failed") tally.upstreamFailed += by;
  else if (state === "removed") tally.removed += by;
  else tally.failed += by;
}

/** Entries of a map's list, rounds of a loop; undefined while it is not known. */
export function itemsOf(run: Run, { list: declared, over, until }: MapNode): number | undefined {
  if (until) return run.cells[until.place].length;
  if (declared) return declared.items;
  const list = over && run.cells[over.place][0];
  return list?.row.state === "success" ? (list.row.result?.items ?? undefined) : undefined;
}

/** The instance of another task that belongs to this one, where both are in one map or the other is in none. */
export function counterpart({ run, node, row }: Instance, other: TaskNode): Instance | undefined {
  const cell = run.cells[other.place];
  return other.map !== undefined && other.map === node.map && row.index >= 0 ? cell[row.index] : cell[0];
}

/** How those before an instance stand: in its own map, those of its item; others, all of them. */
export function tallyOf(instance: Instance, nodes: readonly TaskNode[]): Tally {
  const sum = emptyTally();
  for (const node of nodes) {
    if (node.map !== undefined && node.map === instance.node.map) addState(sum, counterpart(instance, node)?.row.state ?? "removed");
    else addTally(sum, instance.run.tallies[node.place]);
  }
  return sum;
}

function addTally(sum: Tally, tally: Tally): void {
  sum.total += tally.total;
  sum.success += tally.success;
  sum.failed += tally.failed;
  sum.skipped += tally.skipped;
  sum.upstreamFailed += tally.upstreamFailed;
  sum.removed += tally.removed;
}

function addState(sum: Tally, state: InstanceState): void {
  sum.total++;
  if (state === "success") sum.success++;
  else if (state === "skipped") sum.skipped++;
  else if (state === "upstream_failed") sum.upstreamFailed++;
  else if (state === "removed") sum.removed++;
  else if (isOver(state)) sum.failed++;
}

/** Sets the state of a task that is not over after it either. */
export function turn({ row }: Instance, state: InstanceState): void {
  row.state = state;
}
