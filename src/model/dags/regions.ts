import type { TaskParts } from "../definition.ts";
import type { Json } from "../manifest.ts";
import { checkNumber, checkOptions, invalid } from "../option-checks.ts";
import type { Place } from "../place.ts";
import type { DagBuilder, Scope } from "./dag-builder.ts";
import { fault } from "./fault.ts";
import { refMark } from "./refs.ts";
import { durationMs } from "../duration.ts";
import type { GroupOptions, LoopOptions, MapOptions } from "./tools.ts";
import { asJson } from "./worked.ts";

/** Tasks that were declared together, as others see them. */
interface Region {
  scope: Scope;
  tasks: TaskParts[];
  /** What the builder gave out. */
  given: unknown;
}

/** `group("checks", …)` */
export function addGroup(builder: DagBuilder, outer: Scope, name: unknown, build: ((scope: Scope) => unknown) | undefined, options: GroupOptions, site: Place | undefined): object {
  const where = builder.where("group", name, site);
  return builder.faults.attempt(
    where,
    () => {
      const full = builder.takeName(outer, "group", name, site);
      checkOptions(options, ["after"], where);
      const region = fill(builder, { prefix: `${full}.`, map: outer.map }, build, "group", where);
      comeAfter(region.tasks, builder.befores(outer, options.after, "after", where));
      return builder.refWith({ kind: "group", ends: endsOf(region.tasks), map: outer.map }, givenOut(builder, region, where));
    },
    builder.ref({ kind: "group", ends: [], map: outer.map }),
  );
}

/** `map("each", list, …)` */
export function addMap(builder: DagBuilder, outer: Scope, name: unknown, over: unknown, build: ((item: object, scope: Scope) => unknown) | undefined, options: MapOptions, site: Place | undefined): object {
  const where = builder.where("map", name, site);
  return builder.faults.attempt(
    where,
    () => {
      if (outer.map !== undefined) throw fault(`map ${JSON.stringify(name)} is in map "${outer.map}"`, where, "make one list of all pairs in a task, and map over that");
      const map = builder.takeName(outer, "map", name, site);
      checkOptions(options, ["after", "itemsMax"], where);
      const itemsMax = checkNumber(options.itemsMax, { name: "itemsMax", min: 1, max: 100_000, fallback: 10_000, whole: true }, where);
      builder.maps.push({ name: map, over: listOf(builder, outer, over, itemsMax, where), itemsMax });
      const item = builder.ref({ kind: "item", map });
      const region = fill(builder, { prefix: `${map}.`, map }, build && ((scope) => build(item, scope)), "map", where);
      comeAfter(region.tasks, builder.befores(outer, options.after, "after", where));
      return fromOutside(builder, region, where);
    },
    builder.ref({ kind: "mapped", name: `${outer.prefix}${String(name)}`, ends: [] }),
  );
}

/** `loop("pages", …)` */
export function addLoop(builder: DagBuilder, outer: Scope, name: unknown, build: ((scope: Scope) => unknown) | undefined, options: LoopOptions, site: Place | undefined): object {
  const where = builder.where("loop", name, site);
  return builder.faults.attempt(
    where,
    () => {
      if (outer.map !== undefined) throw fault(`loop ${JSON.stringify(name)} is in "${outer.map}", which runs more than once itself`, where, "let a DAG of its own have the loop, and trigger it from here");
      const loop = builder.takeName(outer, "loop", name, site);
      checkOptions(options, ["after", "max", "every"], where);
      const itemsMax = checkNumber(options.max, { name: "max", min: 1, max: 100_000, fallback: 1_000, whole: true }, where);
      const everyMs = options.every === undefined ? 0 : durationMs(options.every, `${where}, every`);
      const region = fill(builder, { prefix: `${loop}.`, map: loop }, build, "loop", where);
      const { until, result = until } = roundOf(builder, region, where);
      builder.maps.push({ name: loop, over: { until, everyMs }, itemsMax });
      comeAfter(region.tasks, builder.befores(outer, options.after, "after", where));
      return builder.ref({ kind: "looped", name: result, ends: [...new Set([...endsOf(region.tasks), until, result])] });
    },
    builder.ref({ kind: "looped", name: `${outer.prefix}${String(name)}`, ends: [] }),
  );
}

/** What the function of a loop gives out: the task that says whether to stop, alone or beside the one with the result. */
function roundOf(builder: DagBuilder, { given, tasks }: Region, where: string): { until: string; result?: string } {
  const named = (ref: unknown): string | undefined => {
    const facts = builder.factsOf(ref);
    return facts?.kind === "task" && tasks.some((task) => task.name === facts.name && task.kind === "task" && task.teardownOf === undefined) ? facts.name : undefined;
  };
  const { until, result } = isTask(builder, given) ? { until: given, result: undefined } : ((given ?? {}) as { until?: unknown; result?: unknown });
  const last = named(until);
  if (last === undefined) throw fault("the loop does not say when it ends", where, "return the task of it whose code gives true after the last round and false before: return { until: done, result: page }");
  if (result === undefined) return { until: last };
  const facts = builder.factsOf(result);
  if (facts?.kind === "task" && tasks.some((task) => task.name === facts.name)) return { until: last, result: facts.name };
  throw fault("the loop's `result` is no task of it", where, "return one of the tasks declared in it");
}

function listOf(builder: DagBuilder, outer: Scope, over: unknown, itemsMax: number, where: string): { task: string } | { items: Json[] } {
  if (Array.isArray(over)) {
    if (over.length > itemsMax) throw fault(`the list has ${over.length} items, and ${itemsMax} are allowed`, where, "shorten the list, or raise itemsMax");
    return { items: asJson(over, where) as Json[] };
  }
  const facts = builder.factsOf(over);
  if (facts?.kind === "mapped") throw fault("the map is over the results of another map", where, "let a task between them take these results and give out the list");
  if (facts?.kind !== "task") throw fault("the map is over what is neither a list nor a task of this DAG", where, "give a list, or a task whose result is one");
  return { task: builder.befores(outer, [over], "over", where)[0] };
}

function fill(builder: DagBuilder, scope: Scope, build: ((scope: Scope) => unknown) | undefined, what: "group" | "map" | "loop", where: string): Region {
  if (!build) throw invalid(`the ${what} has no function that builds it`, where, `write ${what}(…, (…) => { … })`);
  const from = builder.tasks.length;
  const faultsBefore = builder.faults.list.length;
  const given = build(scope);
  if (isPromise(given)) throw fault(`the function that builds the ${what} is async`, where, "let it declare tasks at once; what must be awaited belongs into a task");
  const tasks = builder.tasks.slice(from).filter(({ name }) => name.startsWith(scope.prefix));
  if (tasks.length === 0 && builder.faults.list.length === faultsBefore) throw fault(`the ${what} has no tasks`, where, `declare tasks with the tools that its function is given: (${what === "map" ? "item, " : ""}{ task }) => …`);
  return { scope, tasks, given };
}

/** Whether a builder was async; what it still does is of no interest. */
export function isPromise(value: unknown): boolean {
  if (typeof (value as { then?: unknown } | null | undefined)?.then !== "function") return false;
  void Promise.resolve(value).catch(() => undefined);
  return true;
}

/** The first tasks of a region come after what the region comes after. */
function comeAfter(tasks: readonly TaskParts[], befores: readonly string[]): void {
  const names = new Set(tasks.map(({ name }) => name));
  for (const task of tasks) if (!task.after.some((before) => names.has(before))) task.after = [...new Set([...task.after, ...befores])];
}

/** The last tasks of a region; what comes after it does not wait for its teardowns. */
function endsOf(tasks: readonly TaskParts[]): string[] {
  const work = tasks.filter(({ teardownOf }) => teardownOf === undefined);
  const counted = work.length > 0 ? work : tasks;
  const followed = new Set(counted.flatMap(({ after }) => after));
  return counted.map(({ name }) => name).filter((name) => !followed.has(name));
}

/** References by name, as a builder may give them out. */
function givenOut(builder: DagBuilder, { given }: Region, where: string): Record<string, object> {
  if (given === undefined || given === null || isTask(builder, given)) return {};
  if (typeof given === "object" && !Array.isArray(given) && !(refMark in given)) {
    const entries = Object.entries(given);
    if (entries.every(([, ref]) => builder.factsOf(ref) !== undefined)) return Object.fromEntries(entries) as Record<string, object>;
  }
  throw fault("the function gives out what are no tasks", where, "return an object of tasks, as { rows, totals }, or nothing");
}

const isTask = (builder: DagBuilder, value: unknown): boolean => builder.factsOf(value)?.kind === "task";

/** Each task inside is seen as the list of its results. */
function fromOutside(builder: DagBuilder, region: Region, where: string): object {
  const ends = endsOf(region.tasks);
  const outside = (ref: object): object => {
    const facts = builder.factsOf(ref);
    if (facts?.kind === "task") return builder.ref({ kind: "mapped", name: facts.name, ends: [facts.name] });
    if (facts?.kind !== "group") throw fault("the function gives out what is no task of the map", where, "return its tasks");
    const inner = Object.entries(ref).map(([name, each]) => [name, outside(each as object)] as const);
    return builder.refWith({ kind: "group", ends: facts.ends }, Object.fromEntries(inner));
  };
  if (isTask(builder, region.given)) {
    const { name } = region.given as { name: string };
    return builder.ref({ kind: "mapped", name, ends: [...new Set([...ends, name])] });
  }
  const inner = Object.entries(givenOut(builder, region, where)).map(([name, ref]) => [name, outside(ref)] as const);
  return builder.refWith({ kind: "group", ends }, Object.fromEntries(inner));
}
