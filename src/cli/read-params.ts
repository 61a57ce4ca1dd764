import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import type { Json, JsonSchema } from "../model/manifest.ts";
import { usageError } from "./report-error.ts";

export interface ParamOptions {
  /** Pairs of name and value. */
  param?: [string, string][];
  /** A JSON object. */
  params?: string;
  /** A file with a JSON object; `-` is stdin. */
  paramsFile?: string;
}

/**
 * Parameters of a run: those of the file, over them those of the object, and over both those given one by one.
 *
 * @param schema - of the DAG's parameters. One that it says is text is taken as it is written: `007` stays `007`.
 * @param where - the command, for errors
 * @returns undefined when none are given
 */
export async function readParams({ param = [], params, paramsFile }: ParamOptions, schema: JsonSchema | undefined, where: string): Promise<Record<string, Json> | undefined> {
  if (param.length === 0 && params === undefined && paramsFile === undefined) return undefined;
  const fromFile = paramsFile === undefined ? {} : await readFileObject(paramsFile, where);
  const fromObject = params === undefined ? {} : objectIn(params, `${where} --params`);
  return { ...fromFile, ...fromObject, ...Object.fromEntries(param.map(([name, value]) => [name, paramValue(value, schema, name)])) };
}

async function readFileObject(file: string, where: string): Promise<Record<string, Json>> {
  const text = file === "-" ? await readAll(process.stdin) : await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw usageError(`the file cannot be read: ${error.code ?? error.message}`, file, "correct --params-file");
  });
  return objectIn(text, `${where}, ${file === "-" ? "stdin" : file}`);
}

function objectIn(text: string, where: string): Record<string, Json> {
  const value = parsed(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw usageError("the parameters are no JSON object", where, `write one, as { "airline": "AA" }`);
}

function paramValue(text: string, schema: JsonSchema | undefined, name: string): Json {
  const properties = (schema?.properties ?? {}) as Record<string, JsonSchema>;
  if (Object.hasOwn(properties, name) && properties[name].type === "string") return text;
  return jsonOrText(text);
}

/** What is no JSON is text, so that nobody has to quote quotes. */
export function jsonOrText(text: string): Json {
  return parsed(text) ?? (text === "null" ? null : text);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
