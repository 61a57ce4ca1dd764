import { nearest } from "../../model/names.ts";
import type { Call, Kind } from "./call.ts";
import type { CallArguments } from "./call-arguments.ts";
import { flatten } from "./flatten.ts";
import { readMapping } from "./mapping-lines.ts";
import { applyMapping } from "./mapping.ts";
import type { Relation } from "./nested-type.ts";
import { withJsonTypes } from "./read-type.ts";
import { pivot } from "./pivot.ts";
import { relationalize } from "./relationalize.ts";
import { resolveChoice } from "./resolve-choice.ts";
import { entityCalls } from "../entities/calls.ts";
import { integrateCalls } from "../integrate/calls.ts";
import { compileSteps } from "../steps/compile-steps.ts";
import { readSteps } from "../steps/read-steps.ts";
import { unpivot } from "./unpivot.ts";
import { unfit } from "./wrangle-error.ts";

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isScalar = (value: unknown): boolean => value === null || ["string", "number", "boolean"].includes(typeof value);
const isChoice = (value: unknown): boolean => {
  const [entry, ...more] = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entry === undefined || more.length > 0) return false;
  const [name, what] = entry;
  return /^(cast|project)$/.test(name) ? isText(what) : /^make(Columns|Struct)$/.test(name) && isTexts(what);
};
const structOf = (value: unknown, each: (value: unknown) => boolean): boolean => typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(each);

const text: Kind = { fits: isText, written: "'a text'" };
const texts: Kind = { fits: isTexts, written: "['one', 'two']" };
const count: Kind = { fits: (value) => Number.isSafeInteger(value) && (value as number) >= 0, written: "a whole number from 0" };
const oneOf = (...words: string[]): Kind => ({ fits: (value) => words.includes(value as string), written: words.map((word) => `'${word}'`).join(" or ") });
const scalars: Kind = { fits: (value) => Array.isArray(value) && value.every(isScalar), written: "['jan', 1, null]" };
const mapping: Kind = { fits: Array.isArray, written: "[['a.b', 'string', 'c', 'long']]" };
const choices: Kind = { fits: (value) => structOf(value, isChoice), written: "{'price': {'cast': 'long'}}, or project, makeColumns, makeStruct in place of cast" };
const steps: Kind = { fits: Array.isArray, written: "[{'kind': 'trim', 'columns': ['a']}]" };
const types: Kind = { fits: (value) => structOf(value, isText), written: "{'column': 'struct<a: long>'}" };
const misfits = oneOf("fail", "null", "quarantine");

/** What may stand behind FROM, by its name in SQL. */
const calls: Record<string, Call> = {
  flatten: { positional: [], options: { depth: count, separator: text, lists: oneOf("keep", "json") }, required: [], run: (input, given) => flatten(input, given) },
  relationalize: { positional: ["table"], options: { table: text, key: texts, separator: text }, required: [], run: (input, given) => relationalize(input, given) },
  apply_mapping: { positional: ["mapping"], options: { mapping, misfits }, required: ["mapping"], run: (input, given) => applyMapping(input, readMapping(given.mapping), given.misfits) },
  resolve_choice: { positional: ["choices"], options: { choices, misfits }, required: ["choices"], run: (input, given) => resolveChoice(input, given.choices, given.misfits) },
  unpivot_table: { positional: ["columns"], options: { columns: texts, name: text, value: text, nulls: oneOf("keep", "drop") }, required: ["columns"], run: (input, given) => unpivot(input, given as never) },
  pivot_table: {
    positional: ["names", "value", "values", "aggregate"],
    options: { names: text, values: scalars, value: text, aggregate: oneOf("count", "sum", "avg", "min", "max", "first", "list"), rows: texts },
    required: ["names", "values", "value", "aggregate"],
    run: (input, given) => pivot(input, given as never),
  },
  wrangle: { positional: ["steps"], options: { steps, part: oneOf("rows", "rejected", "report") }, required: ["steps"], run: (input, given, secrets) => compileSteps(readSteps(given.steps), input, given.part ?? "rows", secrets) },
  ...entityCalls,
  ...integrateCalls,
};

/** Options of every call. `json`: what is in the JSON text of which column. */
const everywhere: Record<string, Kind> = { json: types };

export const isCallName = (name: string): boolean => Object.hasOwn(calls, name);

/**
 * A reshaping as a statement calls it.
 * @param secrets - names of those that the statement is given
 * @throws MillraceError `MR-WRANGLE-001` for an option that is not known, missing, or has a value that it cannot have
 */
export function reshape(name: string, input: Relation, { positional, named }: CallArguments, where: string, secrets: ReadonlySet<string>): Relation {
  const { run, ...call } = calls[name];
  if (positional.length > call.positional.length) throw unfit(`${name} is given ${positional.length} arguments without a name`, where, `after the rows write ${[...call.positional, ...Object.keys(call.options).map((option) => `${option} := …`)].join(", ")}`);
  const given = Object.fromEntries([...positional.map((value, i): [string, unknown] => [call.positional[i], value]), ...named]);
  const options = { ...call.options, ...everywhere };
  for (const [option, value] of Object.entries(given)) checkOption(name, options, option, value, where);
  const missing = call.required.find((option) => !(option in given));
  if (missing !== undefined) throw unfit(`${name} is not given ${missing}`, where, `write ${missing} := …`);
  const { json, ...own } = given as Record<string, never>;
  return run(json === undefined ? input : { ...input, fields: withJsonTypes(input.fields, json, where) }, own, secrets);
}

function checkOption(name: string, options: Record<string, Kind>, option: string, value: unknown, where: string): void {
  if (!Object.hasOwn(options, option)) {
    const near = nearest(option, Object.keys(options));
    throw unfit(`${name} has no option ${JSON.stringify(option)}`, where, near === undefined ? `use one of ${Object.keys(options).join(", ")}` : `write ${near} := …`);
  }
  const { fits, written } = options[option];
  if (!fits(value)) throw unfit(`${option} of ${name} cannot be ${JSON.stringify(value)}`, where, `write ${written}`);
}
