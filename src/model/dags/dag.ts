import { fileURLToPath } from "node:url";
import { MillraceError } from "../../errors.ts";
import { declared } from "../declared.ts";
import { type DagDefinition, type DagParts, definitionMark } from "../definition.ts";
import { checkName, declarationText } from "../names.ts";
import { callSite, framesOf, type Place, placeText } from "../place.ts";
import type { RecordOf, SchemaInput } from "../schema-types.ts";
import { type Schedule, manual } from "../schedule.ts";
import { DagBuilder } from "./dag-builder.ts";
import { checkDagOptions, type DagOptions, type DagSettings, dagSettings, scheduleOption } from "./dag-options.ts";
import { fault, Faults } from "./fault.ts";
import { makeTools } from "./make-tools.ts";
import { isPromise } from "./regions.ts";
import type { AnyParams } from "./task-context.ts";
import { checkDefaults } from "./task-options.ts";
import type { DagTools } from "./tools.ts";

/** The parameters of a DAG, as its tasks see them. */
export type ParamsOf<S> = S extends SchemaInput ? RecordOf<S> : AnyParams;

/**
 * Declares a DAG: tasks, in what order they come, and when all of it runs. It must be exported from the file that declares
 * it: the processes of its tasks find it there. What is wrong with it does not throw: it becomes a problem of the project, and
 * the DAG is left out.
 *
 * @param build - declares the tasks with the tools that it is given. It runs each time that the file is imported: it declares,
 * and does no work
 * @example dag("report", { schedule: "@daily" }, ({ task }) => {
 *   const rows = task("collect", ({ interval }) => collect(interval));
 *   task("send", { rows }, ({ rows }) => send(rows), { retries: 3 });
 * })
 * @throws MillraceError `MR-MODEL-001` for a name that cannot be
 */
export function dag<const S extends SchemaInput | undefined = undefined>(name: string, options: DagOptions<S>, build: (tools: DagTools<ParamsOf<S>>) => unknown): DagDefinition<ParamsOf<S>> {
  const site = callSite(dag);
  checkName("dag", name, site);
  const fill = typeof build === "function" ? (builder: DagBuilder) => build(makeTools(builder, { prefix: "" }) as DagTools<unknown> as DagTools<ParamsOf<S>>) : undefined;
  return declared(defineDag(name, options, fill, site));
}

/**
 * @param name - checked
 * @param fill - declares the tasks; undefined where the user gave no function
 */
export function defineDag(name: string, options: DagOptions<SchemaInput | undefined>, fill: ((builder: DagBuilder) => unknown) | undefined, site: Place | undefined): DagDefinition {
  const where = declarationText("dag", name, site);
  const faults = new Faults(name);
  const settings = faults.attempt(where, () => readOptions(name, options, where), undefined);
  const defaults = faults.attempt(where, () => checkDefaults(options?.defaults, `${where}, defaults`), {});
  const builder = new DagBuilder(name, defaults);
  builder.faults.attempt(where, () => runBuilder(builder, fill, where), undefined);
  const all = [...faults.list, ...builder.faults.list];
  if (builder.tasks.length === 0 && all.length === 0) all.push(fault("the DAG has no tasks", where, "declare them in the function that builds it: ({ task }) => { task(…) }"));
  const { schedule = manual(), decl } = settings ?? {};
  return {
    [definitionMark]: "dag",
    name,
    parts: decl && all.length === 0 ? partsOf(name, decl, builder) : undefined,
    paramsSchema: options?.params,
    timetable: schedule.code,
    code: builder.code,
    datasets: [...new Set([...builder.datasets, ...(schedule.datasets ?? [])])],
    faults: all,
    site,
  };
}

function readOptions(name: string, options: DagOptions<SchemaInput | undefined>, where: string): { schedule: Schedule; decl: DagSettings } {
  checkDagOptions(options, where);
  const schedule = scheduleOption(options, where);
  return { schedule, decl: dagSettings(name, options, schedule, where) };
}

function partsOf(name: string, settings: DagSettings, { tasks, maps }: DagBuilder): DagParts {
  return { name, ...settings, tasks, maps };
}

function runBuilder(builder: DagBuilder, fill: ((builder: DagBuilder) => unknown) | undefined, where: string): void {
  if (!fill) throw fault("the DAG has no function that builds it", where, "write dag(name, options, ({ task }) => { … })");
  try {
    if (isPromise(fill(builder))) throw fault("the function that builds the DAG is async", where, "let it declare tasks at once; what must be awaited belongs into a task");
  } catch (error) {
    throw thrown(error, where);
  } finally {
    builder.close();
  }
}

/** What the user's function threw, with its place in the user's file. */
function thrown(error: unknown, where: string): MillraceError {
  const frames = error instanceof Error ? framesOf(error.stack) : [];
  const at = (frame: Place | undefined) => (frame ? `${where}; thrown at ${placeText(frame)}` : where);
  if (error instanceof MillraceError) return error.parts.where.startsWith("task ") ? error : new MillraceError(error.code, { ...error.parts, where: `${at(frames.find(isUsers))}; ${error.parts.where}` });
  const words = error instanceof Error ? `${error.name}: ${error.message}` : `a value that is no Error, ${String(error)}`;
  return fault(`the function that builds the DAG threw ${words}`, at(frames[0]), "mend what throws there; it runs each time that the file is imported", error);
}

const ourFolder = fileURLToPath(new URL("../", import.meta.url));
const isUsers = ({ file }: Place): boolean => !file.startsWith(ourFolder);
