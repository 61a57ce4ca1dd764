import type { TaskKind } from "../dag-manifest.ts";
import { checkOptions } from "../option-checks.ts";
import { callSite, type Place } from "../place.ts";
import { sql as sqlTag } from "../sql-tag.ts";
import type { DagBuilder, Scope } from "./dag-builder.ts";
import { fault } from "./fault.ts";
import { type FunctionKind, functionTasks } from "./function-tasks.ts";
import { addGroup, addLoop, addMap } from "./regions.ts";
import { type SettingsKind, settingsTasks } from "./settings-tasks.ts";
import type { DagTools, GroupOptions, LoopOptions, MapOptions, TaskOptions } from "./tools.ts";

/**
 * What the user's function builds a DAG with, in one scope. The types of the tools have done their work before: the user may
 * write JavaScript, so everything is checked again.
 */
export function makeTools(builder: DagBuilder, scope: Scope): DagTools<never> {
  const coded = (kind: FunctionKind) => {
    const tool = (name: unknown, ...rest: unknown[]): object => addFunctionTask(builder, scope, kind, name, rest, callSite(tool));
    return tool;
  };
  const settled = (kind: SettingsKind) => {
    const tool = (name: unknown, settings: unknown): object => addSettingsTask(builder, scope, kind, name, settings, callSite(tool));
    return tool;
  };
  const group = (name: unknown, build: unknown, options: GroupOptions = {}): object =>
    addGroup(builder, scope, name, isFunction(build) ? (inner) => build(makeTools(builder, inner)) : undefined, options, callSite(group));
  const map = (name: unknown, over: unknown, build: unknown, options: MapOptions = {}): object =>
    addMap(builder, scope, name, over, isFunction(build) ? (item, inner) => build(item, makeTools(builder, inner)) : undefined, options, callSite(map));
  const loop = (name: unknown, build: unknown, options: LoopOptions = {}): object =>
    addLoop(builder, scope, name, isFunction(build) ? (inner) => build(makeTools(builder, inner)) : undefined, options, callSite(loop));
  const sql = (first: unknown, ...rest: unknown[]): unknown =>
    isTemplate(first) ? sqlTag(first, ...(rest as never[])) : addSettingsTask(builder, scope, "sql", first, rest[0], callSite(sql));
  const tools = {
    ...{ task: coded("task"), sensor: coded("sensor"), branch: coded("branch"), shortCircuit: coded("shortCircuit") },
    ...{ shell: settled("shell"), http: settled("http"), container: settled("container"), wait: settled("wait"), approval: settled("approval"), trigger: settled("dag"), stageRun: settled("stage") },
    ...{ sql: Object.assign(sql, sqlTag), group, map, loop },
  };
  return tools as unknown as DagTools<never>;
}

const isTemplate = (value: unknown): value is TemplateStringsArray => Array.isArray(value) && "raw" in value;
const isFunction = (value: unknown): value is (...args: unknown[]) => unknown => typeof value === "function";

/** `task(name, run, options?)` or `task(name, inputs, run, options?)` */
function addFunctionTask(builder: DagBuilder, scope: Scope, kind: FunctionKind, name: unknown, rest: unknown[], site: Place | undefined): object {
  const [inputs, run, given] = typeof rest[0] === "function" ? [undefined, ...rest] : rest;
  const { read, names } = functionTasks[kind];
  const options = (given ?? {}) as TaskOptions;
  return builder.add(scope, {
    ...{ name, kind, inputs, options, site },
    ownTimeout: kind === "sensor",
    read: (where) => {
      if (!isFunction(run)) throw fault("the task has no code", where, `write ${kind}("name", ({ interval }) => …)`);
      checkOptions(options, names, where);
      return read({ builder, scope, options: options as Record<string, unknown>, run }, where);
    },
  });
}

/** `shell(name, settings)` and its kind. */
export function addSettingsTask(builder: DagBuilder, scope: Scope, kind: SettingsKind, name: unknown, given: unknown, site: Place | undefined): object {
  const { read, names, ownTimeout = false } = settingsTasks[kind];
  const settings = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  return builder.add(scope, {
    ...{ name, kind: kind satisfies TaskKind, inputs: settings.inputs, options: settings as TaskOptions, site, ownTimeout },
    read: (where) => {
      checkOptions(given, names, where);
      return read({ builder, settings }, where);
    },
  });
}
