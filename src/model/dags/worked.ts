import type { TaskCode } from "../definition.ts";
import type { Json } from "../manifest.ts";
import { fault } from "./fault.ts";

export type Values = Record<string, unknown>;

/**
 * Settings of which any may be a function of the context: as they stand where none is, else as code that works them out.
 * @param finish - checks them when all are known, and brings them into the form that the manifest has
 */
export function worked(given: Values, finish: (values: Values, where: string) => Values, where: string): { code?: TaskCode; settings?: Json } {
  const settings = present(Object.entries(given));
  if (!Object.values(settings).some(isFunction)) return { settings: asJson(finish(settings, where), where) };
  return { code: { render: async (context) => asJson(finish(await valuesOf(settings, context), where), where) } };
}

async function valuesOf(settings: Values, context: unknown): Promise<Values> {
  const entries = Object.entries(settings).map(async ([name, value]) => [name, isFunction(value) ? await value(context) : value] as const);
  return present(await Promise.all(entries));
}

const present = (entries: (readonly [string, unknown])[]): Values => Object.fromEntries(entries.filter(([, value]) => value !== undefined));
const isFunction = (value: unknown): value is (context: unknown) => unknown => typeof value === "function";

/** What is stored as JSON, as it will come back. */
export function asJson(value: unknown, where: string): Json {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return JSON.parse(text) as Json;
  } catch {
    // Told below.
  }
  throw fault("a setting cannot be written as JSON", where, "give plain data: texts, numbers, lists, objects");
}
