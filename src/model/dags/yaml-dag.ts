import { basename } from "node:path";
import { isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from "yaml";
import { asMillraceError, type MillraceError } from "../../errors.ts";
import type { TaskParts } from "../definition.ts";
import type { ModuleDescription } from "../describe-module.ts";
import type { Json } from "../manifest.ts";
import { checkName, nearest } from "../names.ts";
import { checkOptions, invalid } from "../option-checks.ts";
import { type Place, relativePath } from "../place.ts";
import { cron, every, type Schedule, updatesOf } from "../schedule.ts";
import { sql } from "../sql-tag.ts";
import { defineDag } from "./dag.ts";
import type { DagBuilder } from "./dag-builder.ts";
import type { DagOptions } from "./dag-options.ts";
import { dagDescription } from "./describe-dag.ts";
import { fault } from "./fault.ts";
import { addSettingsTask } from "./make-tools.ts";
import { checkPlaces, hasPlaces } from "./templates.ts";

type Fields = Record<string, unknown>;

/** Kinds of tasks that need no code. */
const kinds = ["shell", "sql", "http"] as const;
type Kind = (typeof kinds)[number];

interface YamlTask {
  name: string;
  kind: Kind;
  fields: Fields;
  /** Names of tasks, as they are given. */
  after: string[];
  teardownOf?: string[];
  site: Place;
}

/** Places in the file, of its top and of each task. */
interface Source {
  file: string;
  fields: Fields;
  top: Place;
  tasks: ReadonlyMap<string, Place>;
}

/**
 * Reads a DAG of shell, SQL and HTTP tasks from YAML: the options of `dag()`, a `name` (default: the file's) and `tasks`, by name.
 * It goes through the same declaration, and so through the same checks.
 *
 * @param file - absolute path, named `<something>.dag.yaml`
 */
export function describeYamlDag(folder: string, file: string, text: string): ModuleDescription {
  const found: ModuleDescription = { file: relativePath(folder, file), declarations: [], made: [], problems: [] };
  const tell = (error: MillraceError): void => void found.problems.push({ ...error.toJSON(), file: found.file });
  try {
    const source = read(file, text, found.file);
    const { name = basename(file).replace(/\.dag\.ya?ml$/, ""), tasks, ...options } = source.fields;
    checkName("dag", name, source.top);
    const dag = defineDag(name, optionsOf(options, found.file), (builder) => addTasks(builder, tasksOf(tasks, source, name)), source.top);
    for (const error of dag.faults) tell(error);
    if (dag.faults.length > 0) return found;
    const common = { name, identity: `yaml:${found.file}`, site: `${found.file}:${source.top.line}:${source.top.column}`, file: found.file };
    found.declarations.push({ ...dagDescription(dag, common, folder), codeless: true });
  } catch (error) {
    tell(asMillraceError(error, found.file));
  }
  return found;
}

function read(file: string, text: string, shown: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true, strict: true });
  const place = (offset: number): Place => ({ file, line: lines.linePos(offset).line, column: lines.linePos(offset).col });
  const [error] = document.errors;
  if (error) throw fault(`the file is no YAML: ${error.message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, "")}`, `${shown}:${lines.linePos(error.pos[0]).line}:${lines.linePos(error.pos[0]).col}`, "correct it there");
  if (!isMap(document.contents)) throw fault("the file holds no DAG", shown, "write `tasks:` and below it each task by its name");
  const node = document.contents.get("tasks", true);
  const tasks = isMap(node) ? new Map(node.items.map((pair) => [keyOf(pair), place(offsetOf(pair))])) : new Map<string, Place>();
  return { file, fields: fieldsOf(document, shown), top: place(offsetOf(document.contents.items[0] as Pair)), tasks };
}

/** Aliases that stand for one another many times over would fill the memory; the parser counts them. */
function fieldsOf(document: { toJS(options: { maxAliasCount: number }): unknown }, shown: string): Fields {
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }))) as Fields;
  } catch (error) {
    throw fault(`the file cannot be read: ${error instanceof Error ? error.message : String(error)}`, shown, "write plain data: texts, numbers, lists, maps", error);
  }
}

const keyOf = ({ key }: YAMLMap["items"][number]): string => (isScalar(key) ? String(key.value) : String(key));
const offsetOf = (pair: Pair | undefined): number => (isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0);

function optionsOf({ schedule, ...options }: Fields, shown: string): DagOptions {
  return { ...options, ...(schedule === undefined ? {} : { schedule: scheduleIn(schedule, `${shown}, schedule`) }) } as DagOptions;
}

/** `"@daily"`, `{ cron, timezone, … }`, `{ every, anchor }` or `{ onUpdate, when, window }`. */
function scheduleIn(given: unknown, where: string): Schedule | string {
  if (typeof given === "string") return given;
  const { cron: expression, every: step, onUpdate, ...options } = (typeof given === "object" && given !== null ? given : {}) as Fields;
  if (typeof expression === "string") return cron(expression, options);
  if (typeof step === "string") return every(step, options);
  if (Array.isArray(onUpdate) && onUpdate.every((name) => typeof name === "string")) return updatesOf(onUpdate as string[], options);
  throw invalid("the schedule is none", where, 'write schedule: "0 6 * * *", or below it cron, every or onUpdate');
}

function tasksOf(given: unknown, { tasks: places, top, file }: Source, dag: string): YamlTask[] {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw fault("there are no tasks", `dag "${dag}", ${basename(file)}`, "write `tasks:` and below it each task by its name");
  const tasks = Object.entries(given as Fields).map(([name, fields]) => taskOf(name, fields, places.get(name) ?? top, dag));
  return ordered(tasks, dag);
}

function taskOf(name: string, given: unknown, site: Place, dag: string): YamlTask {
  const where = textOf(name, site, dag);
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw fault("the task has no work", where, `give it one of ${kinds.join(", ")}`);
  const fields = given as Fields;
  const found = kinds.filter((kind) => fields[kind] !== undefined);
  if (found.length !== 1) throw fault(found.length === 0 ? "the task has no work" : `the task is ${found.join(" and ")} at once`, where, `give it one of ${kinds.join(", ")}`);
  return { name, kind: found[0], fields, after: namesIn(fields.after, "after", where) ?? [], teardownOf: namesIn(fields.teardownOf, "teardownOf", where), site };
}

function namesIn(given: unknown, option: string, where: string): string[] | undefined {
  const names = typeof given === "string" ? [given] : given;
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.every((each) => typeof each === "string")) return names as string[];
  throw fault(`\`${option}\` is no list of names`, where, `write ${option}: [one, other]`);
}

const textOf = (name: string, site: Place, dag: string): string => `task ${JSON.stringify(name)} of DAG "${dag}", ${basename(site.file)}:${site.line}:${site.column}`;

/** Each behind those that it waits for. */
function ordered(tasks: readonly YamlTask[], dag: string): YamlTask[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const done = new Set<YamlTask>();
  const open: YamlTask[] = [];
  const visit = (task: YamlTask): void => {
    if (done.has(task)) return;
    if (open.includes(task)) throw fault(`tasks wait for each other in a circle: ${[...open.slice(open.indexOf(task)), task].map(({ name }) => name).join(" → ")}`, textOf(task.name, task.site, dag), "take one of these out of `after`");
    open.push(task);
    for (const name of [...task.after, ...(task.teardownOf ?? [])]) visit(byName.get(name) ?? unknown(task, name, byName, dag));
    open.pop();
    done.add(task);
  };
  for (const task of tasks) visit(task);
  return [...done];
}

function unknown(task: YamlTask, name: string, byName: ReadonlyMap<string, YamlTask>, dag: string): never {
  const near = nearest(name, byName.keys());
  throw fault(`it comes after "${name}", which is not there`, textOf(task.name, task.site, dag), near ? `write "${near}"` : "name a task of this file");
}

function addTasks(builder: DagBuilder, tasks: readonly YamlTask[]): void {
  const refs = new Map<string, object>();
  for (const task of tasks) refs.set(task.name, addTask(builder, task, refs));
}

function addTask(builder: DagBuilder, { name, kind, fields, after, teardownOf, site }: YamlTask, refs: ReadonlyMap<string, object>): object {
  const { [kind]: work, into, updates, ...options } = fields;
  const where = textOf(name, site, builder.dag);
  const settings = builder.faults.attempt(where, () => settingsOf(kind, work, where), {});
  const ref = addSettingsTask(builder, { prefix: "" }, kind, name, { ...options, ...settings, after: after.map((each) => refs.get(each)), teardownOf: teardownOf?.map((each) => refs.get(each)) }, site);
  const parts = builder.tasks.at(-1);
  if (parts?.name === name) builder.faults.attempt(where, () => complete(parts, { into, updates }, where), undefined);
  return ref;
}

function settingsOf(kind: Kind, work: unknown, where: string): Fields {
  if (kind === "shell") return { command: work };
  if (kind === "sql") {
    if (typeof work === "string") return { query: sql.raw(work) };
    throw fault("`sql` is no text", where, "write the statement: sql: select …");
  }
  if (typeof work === "string") return { url: work };
  checkOptions(work, ["url", "method", "headers", "body", "answerWithin"], where);
  return work as Fields;
}

/** Datasets are known by name alone here, and texts have places in place of code. */
function complete(parts: TaskParts, { into, updates = [] }: Fields, where: string): void {
  if (into !== undefined && (typeof into !== "string" || parts.kind !== "sql")) throw fault(parts.kind === "sql" ? "`into` is no name of a table" : "`into` goes with sql", where, "name the table that the statement's rows become");
  if (!Array.isArray(updates) || !updates.every((name) => typeof name === "string")) throw fault("`updates` is no list of names", where, "write updates: [shop.daily]");
  if (into !== undefined) parts.into = into as string;
  parts.updates = [...new Set([...(into === undefined ? [] : [into as string]), ...(updates as string[])])];
  checkPlaces(parts.kind, parts.settings as Json, where);
  if (hasPlaces(parts.settings)) parts.template = true;
}
