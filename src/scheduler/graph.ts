import type { DagDecl, MapDecl, TaskDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { StoredResult } from "../state/run-store.ts";

/** A map and the tasks in it. */
export interface MapNode {
  decl: MapDecl;
  /** The task whose result is the list. */
  over?: TaskNode;
  /** The list, where it was declared. */
  list?: StoredResult;
  /** Of a loop: the task that says after each round whether it was the last one. */
  until?: TaskNode;
  tasks: TaskNode[];
}

/** A task with all that is asked of the graph about it, found once. */
export interface TaskNode {
  decl: TaskDecl;
  /** In the order of declaration; also in which no task comes before one that it waits for. */
  place: number;
  ups: TaskNode[];
  downs: TaskNode[];
  map?: MapNode;
  /** Maps whose list is its result. */
  listOf: MapNode[];
  /** Setups further up, not directly before it, whose work it needs. */
  setups: TaskNode[];
  /** Tasks further back that need it, where it is a setup. */
  neededBy: TaskNode[];
  /** For a teardown: its setups. */
  teardownOf: TaskNode[];
  /** Whether its state decides how the run ends: nothing but teardowns follows. */
  leaf: boolean;
}

/** A DAG of one release, as the scheduler walks it. */
export interface DagGraph {
  decl: DagDecl;
  release: string;
  tasks: TaskNode[];
  byName: Map<string, TaskNode>;
  /** The parameters of a run for which none were given. */
  params: { [name: string]: Json };
}

/** @param decl - checked: every name in it exists and there is no circle */
export function dagGraph(decl: DagDecl, release: string): DagGraph {
  const tasks = decl.tasks.map((task, place): TaskNode => ({ decl: task, place, ups: [], downs: [], listOf: [], setups: [], neededBy: [], teardownOf: [], leaf: false }));
  const byName = new Map(tasks.map((node) => [node.decl.name, node]));
  const named = (name: string): TaskNode => byName.get(name) as TaskNode;
  const maps = new Map(decl.maps.map((map): [string, MapNode] => [map.name, { decl: map, tasks: [] }]));
  for (const map of maps.values()) {
    if ("items" in map.decl.over) map.list = { json: JSON.stringify(map.decl.over.items), items: map.decl.over.items.length };
    if ("until" in map.decl.over) map.until = named(map.decl.over.until);
    if (!("task" in map.decl.over)) continue;
    map.over = named(map.decl.over.task);
    map.over.listOf.push(map);
  }
  for (const node of tasks) {
    node.map = node.decl.map === undefined ? undefined : maps.get(node.decl.map);
    node.map?.tasks.push(node);
    node.teardownOf = (node.decl.teardownOf ?? []).map(named);
    // A task in a map waits for the list, whether it says so or not.
    node.ups = [...new Set([...node.decl.after.map(named), ...(node.map?.over ? [node.map.over] : [])])];
    for (const up of node.ups) up.downs.push(node);
  }
  for (const node of tasks) {
    node.setups = indirectSetups(node);
    for (const setup of node.setups) setup.neededBy.push(node);
    node.leaf = node.decl.teardownOf === undefined && node.downs.every((down) => down.decl.teardownOf !== undefined);
  }
  return { decl, release, tasks, byName, params: defaultParams(decl) };
}

function defaultParams({ params }: DagDecl): { [name: string]: Json } {
  const fields = Object.entries((params?.properties ?? {}) as { [name: string]: { default?: Json } });
  return Object.fromEntries(fields.flatMap(([name, field]) => (field.default === undefined ? [] : [[name, field.default]])));
}

/** All tasks behind those given, themselves left out. */
export function behind(nodes: Iterable<TaskNode>): Set<TaskNode> {
  return reach(nodes, (node) => node.downs);
}

/** All tasks before those given, themselves left out. */
export function before(nodes: Iterable<TaskNode>): Set<TaskNode> {
  return reach(nodes, (node) => node.ups);
}

function reach(nodes: Iterable<TaskNode>, next: (node: TaskNode) => TaskNode[]): Set<TaskNode> {
  const found = new Set<TaskNode>();
  const open = [...nodes].flatMap(next);
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    open.push(...next(node));
  }
  return found;
}

/** A setup counts for what lies between it and its teardown. */
function indirectSetups(node: TaskNode): TaskNode[] {
  if (node.decl.teardownOf !== undefined) return [];
  const setups = [...before([node])].filter((up) => up.decl.setup === true && !node.ups.includes(up));
  if (setups.length === 0) return [];
  const later = behind([node]);
  return setups.filter((setup) => {
    const teardowns = [...behind([setup])].filter(({ teardownOf }) => teardownOf.includes(setup));
    return teardowns.length === 0 || teardowns.some((teardown) => later.has(teardown));
  });
}
