import { definitionKind, type TableDefinition } from "../definition.ts";
import { durationMs } from "../duration.ts";
import type { Json } from "../manifest.ts";
import { checkNumber } from "../option-checks.ts";
import { sizeBytes } from "../size.ts";
import { isSql } from "../sql-tag.ts";
import type { DagBuilder, TaskContent } from "./dag-builder.ts";
import { asJson, type Values, worked } from "./worked.ts";
import { fault, stagesWrite } from "./fault.ts";
import { flowOptionNames, oneOf, taskOptionNames, yesNo } from "./task-options.ts";

/** As the manifest calls them. */
export type SettingsKind = "sql" | "shell" | "http" | "container" | "wait" | "approval" | "dag" | "stage";

interface SettingsTask {
  builder: DagBuilder;
  settings: Values;
}

interface Reader {
  /** All settings and options that the kind has. */
  names: readonly string[];
  /** Its `timeout` is not that of an attempt. */
  ownTimeout?: boolean;
  read(task: SettingsTask, where: string): TaskContent;
}

/** Tasks whose work is said by settings, any of which may be worked out by code when the task runs. */
export const settingsTasks: Record<SettingsKind, Reader> = {
  sql: { names: [...taskOptionNames, "inputs", "into", "query"], read: sql },
  shell: { names: [...taskOptionNames, "inputs", "command", "env", "cwd", "processes", "memory"], read: shell },
  container: { names: [...taskOptionNames, "inputs", "image", "command", "env", "options", "processes", "memory"], read: container },
  http: { names: [...taskOptionNames, "inputs", "url", "method", "headers", "body", "answerWithin"], read: http },
  wait: { names: [...flowOptionNames, "inputs", "for", "until", "dataset", "timeout"], ownTimeout: true, read: wait },
  approval: { names: [...flowOptionNames, "prompt", "timeout"], ownTimeout: true, read: approval },
  dag: { names: [...flowOptionNames, "dag", "params", "wait"], read: otherDag },
  stage: { names: [...taskOptionNames, "stage"], read: stageRun },
};

function sql({ builder, settings: { into, query } }: SettingsTask, where: string): TaskContent {
  if (query === undefined) throw fault("there is no query", where, "give query: sql`select …`");
  const table = into === undefined ? undefined : intoTable(builder, into, where);
  return { ...worked({ query }, statement, where), secrets: isSql(query) ? query.secrets : [], parts: { into: table } };
}

function intoTable(builder: DagBuilder, into: unknown, where: string): string {
  if (definitionKind(into) !== "table") throw fault("`into` is no table", where, "give what table(…) returned");
  const { name, interval, writtenBy } = into as TableDefinition;
  if (writtenBy === "tasks" || interval !== undefined) return builder.noteDataset(into, "into", where);
  throw stagesWrite(name, where);
}

/** Only what the tag has written: a plain text may hold anything that anybody sent. */
function statement({ query }: Values, where: string): Values {
  if (isSql(query)) return { sql: query.text };
  throw fault("the query is no SQL of the tag's", where, "write sql`select …`, which makes literals of values; sql.raw(text) for a text that is safe");
}

function shell({ settings }: SettingsTask, where: string): TaskContent {
  if (settings.command === undefined) throw fault("there is no command", where, 'give command: "…" for the shell, or ["program", "argument"]');
  const { command, env, cwd } = settings;
  return worked({ command, env, cwd, ...commandLimits(settings, where) }, checkCommand, where);
}

function container({ settings }: SettingsTask, where: string): TaskContent {
  const { image, command, env, options } = settings;
  if (image === undefined) throw fault("there is no image", where, 'give image: "registry/name:tag"');
  if (options !== undefined && !isTexts(options)) throw fault("`options` is no list of texts", where, "give arguments as they follow `docker run`");
  return worked({ image, command, env, options, ...commandLimits(settings, where) }, checkCommand, where);
}

function commandLimits({ processes, memory }: Values, where: string): Values {
  return {
    processes: processes === undefined ? undefined : checkNumber(processes, { name: "processes", min: 1, max: 1_000_000, fallback: 1, whole: true }, where),
    memory: memory === undefined ? undefined : sizeBytes(memory as string, `${where}, memory`),
  };
}

function checkCommand(settings: Values, where: string): Values {
  const { command, env, cwd, image } = settings;
  const isCommand = isText(command) || (isTexts(command) && command.length > 0 && command[0] !== "");
  if (command !== undefined && !isCommand) throw fault("the command is none", where, 'give a text for the shell, or a list of texts as ["program", "argument"]');
  if (env !== undefined && !isEnvironment(env)) throw fault("`env` is not what an environment can be", where, "give an object of names and texts");
  if (cwd !== undefined && !isText(cwd)) throw fault("`cwd` is no folder", where, "give a path, absolute or from the project's folder");
  if (image !== undefined && !(isText(image) && !image.startsWith("-"))) throw fault("the image is none", where, 'give "registry/name:tag"');
  return settings;
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "" && !value.includes("\0");
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === "string" && !each.includes("\0"));
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const isEnvironment = (value: unknown): boolean => isRecord(value) && Object.entries(value).every(([name, each]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && typeof each === "string" && !each.includes("\0"));

function http({ settings }: SettingsTask, where: string): TaskContent {
  const { url, method, headers, body, answerWithin } = settings;
  if (url === undefined) throw fault("there is no address", where, 'give url: "https://…"');
  if (method !== undefined) oneOf(method, ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], "method", where);
  const timeoutMs = answerWithin === undefined ? undefined : durationMs(answerWithin as string, `${where}, answerWithin`);
  return worked({ url, method, headers, body, timeoutMs }, checkRequest, where);
}

function checkRequest(settings: Values, where: string): Values {
  const { url, method, headers, body } = settings;
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:") throw fault(`${JSON.stringify(url)} is no address of a request`, where, "give url as https://host/path");
  if (headers !== undefined && !(isRecord(headers) && Object.values(headers).every((each) => typeof each === "string"))) throw fault("the headers are none", where, "give an object of names and texts");
  if (body !== undefined && (method === "GET" || method === "HEAD")) throw fault(`a ${method} request cannot have a body`, where, "leave `body` out, or use POST");
  return settings;
}

function wait({ builder, settings }: SettingsTask, where: string): TaskContent {
  const given = ["for", "until", "dataset"].filter((name) => settings[name] !== undefined);
  if (given.length !== 1) throw fault(given.length === 0 ? "it waits for nothing" : `it waits for ${given.join(" and ")}`, where, 'give one of for: "5m", until: (context) => date, dataset: table');
  const timeoutMs = settings.timeout === undefined ? undefined : durationMs(settings.timeout as string, `${where}, timeout`);
  if (timeoutMs !== undefined && given[0] !== "dataset") throw fault("a wait for time has a `timeout`", where, "leave it out: the wait ends by itself");
  if (given[0] === "for") return { settings: { ms: durationMs(settings.for as string, `${where}, for`) } };
  if (given[0] === "dataset") return { settings: asJson({ dataset: builder.noteDataset(settings.dataset, "dataset", where), timeoutMs }, where) };
  if (typeof settings.until !== "function") throw fault("`until` is no function", where, "write until: ({ interval }) => new Date(…): a DAG runs more than once");
  return worked({ until: settings.until }, ({ until }) => ({ until: instant(until, where) }), where);
}

function instant(value: unknown, where: string): string {
  const date = value instanceof Date ? value : new Date(typeof value === "string" ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw fault("`until` gave no point in time", where, "return a Date, or a text such as 2026-01-31T06:00:00Z");
  return date.toISOString();
}

function approval({ settings: { prompt, timeout } }: SettingsTask, where: string): TaskContent {
  if (!isText(prompt)) throw fault("there is no prompt", where, 'say what is asked, as prompt: "Send the letters?"');
  return { settings: asJson({ prompt, timeoutMs: timeout === undefined ? undefined : durationMs(timeout as string, `${where}, timeout`) }, where) };
}

function otherDag({ settings: { dag, params, wait: waits } }: SettingsTask, where: string): TaskContent {
  if (params !== undefined && !isRecord(params)) throw fault("`params` is no object", where, "give a name and a value for each parameter");
  return { settings: asJson({ dag: nameOf(dag, "dag", where), params, wait: yesNo(waits, "wait", where) ?? true }, where) };
}

function stageRun({ settings: { stage } }: SettingsTask, where: string): TaskContent {
  return { settings: { stage: nameOf(stage, "stage", where) } satisfies Json };
}

/** Whether there is one of the name is known only when the whole project is. */
export function nameOf(value: unknown, kind: "dag" | "stage", where: string): string {
  if (isText(value)) return value;
  if (definitionKind(value) === kind) return (value as { name: string }).name;
  throw fault(`\`${kind}\` is no ${kind}`, where, `give what ${kind}(…) returned, or its name`);
}
