import type { SensorAnswer } from "../definition.ts";
import { durationMs } from "../duration.ts";
import type { DagBuilder, Scope, TaskContent } from "./dag-builder.ts";
import { fault } from "./fault.ts";
import { oneOf, taskOptionNames, yesNo } from "./task-options.ts";

export type FunctionKind = "task" | "sensor" | "branch" | "shortCircuit";

interface FunctionTask {
  builder: DagBuilder;
  scope: Scope;
  options: Record<string, unknown>;
  run: (context: unknown) => unknown;
}

interface Reader {
  /** All options that the kind has. */
  names: readonly string[];
  read(task: FunctionTask, where: string): TaskContent;
}

/** Tasks that are code of the user's, and what is particular about each kind. */
export const functionTasks: Record<FunctionKind, Reader> = {
  task: { names: taskOptionNames, read: ({ run }) => ({ code: { run } }) },
  sensor: { names: [...taskOptionNames, "every", "lookTimeout", "mode", "soft"], read: sensor },
  branch: { names: [...taskOptionNames, "choices"], read: branch },
  shortCircuit: { names: [...taskOptionNames, "cascade"], read: shortCircuit },
};

function sensor({ options, run }: FunctionTask, where: string): TaskContent {
  const ms = (name: string, fallback: string) => durationMs((options[name] ?? fallback) as string, `${where}, ${name}`);
  const timeoutMs = options.lookTimeout === undefined ? undefined : ms("lookTimeout", "");
  const mode = oneOf(options.mode ?? "reschedule", ["poke", "reschedule"], "mode", where);
  return {
    code: { run: async (context) => answerOf(await run(context)) },
    parts: { timeoutMs, sensor: { mode, everyMs: ms("every", "1m"), timeoutMs: ms("timeout", "7d"), soft: yesNo(options.soft, "soft", where) ?? false } },
  };
}

/** True and false, or `{ done, value }`; what else is true to JavaScript is a slip, as a row that was found in place of its count. */
function answerOf(seen: unknown): SensorAnswer {
  if (seen === undefined || seen === null || seen === false) return { done: false };
  if (seen === true) return { done: true };
  const { done, value } = seen as { done?: unknown; value?: unknown };
  if (typeof seen !== "object" || typeof done !== "boolean") throw fault("the sensor gave neither true nor false", "its code", "return true or false, or { done: true, value } for a result");
  return done ? { done, value } : { done };
}

function shortCircuit({ options, run }: FunctionTask, where: string): TaskContent {
  const cascade = yesNo(options.cascade, "cascade", where) ?? true;
  return { code: { run: async (context) => Boolean(await run(context)) }, parts: { cascade } };
}

function branch({ builder, scope, options, run }: FunctionTask, where: string): TaskContent {
  const { choices } = options;
  if (choices !== undefined && !(Array.isArray(choices) && choices.every((choice) => typeof choice === "string"))) throw fault("`choices` is no list of names", where, 'write choices: ["one", "other"]');
  return {
    code: { run: async (context) => chosenNames(builder, scope, await run(context)) },
    choices: choices as string[] | undefined,
  };
}

/** References and names, in the group's words or in the DAG's, as names in the DAG. What follows the branch is looked at when it runs. */
function chosenNames(builder: DagBuilder, scope: Scope, chosen: unknown): string[] {
  if (chosen === undefined || chosen === null) return [];
  return (Array.isArray(chosen) ? chosen : [chosen]).map((each: unknown) => {
    if (typeof each === "string") return builder.fullName(scope, each);
    const facts = builder.factsOf(each);
    if (facts?.kind === "task") return facts.name;
    throw fault("the branch chose what is neither the name of a task nor a task", "its code", "return the name of the task that goes on, a list of names, or null for none");
  });
}
