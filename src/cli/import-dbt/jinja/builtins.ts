import { JinjaError } from "./jinja-error.ts";
import { isDict, isTrue, textOf, type Value } from "./values.ts";

/* Filters, tests and methods of Jinja and Python that settings of dbt projects use. */

type Reckoner = (value: Value, args: Value[]) => Value;

const list = (value: Value): Value[] => (Array.isArray(value) ? value : isDict(value) ? Object.keys(value) : [...textOf(value)]);
const number = (value: Value): number => Number(value) || 0;

const filters: Record<string, Reckoner> = {
  trim: (value) => textOf(value).trim(),
  upper: (value) => textOf(value).toUpperCase(),
  lower: (value) => textOf(value).toLowerCase(),
  string: (value) => textOf(value),
  int: (value) => Math.trunc(number(value)),
  float: number,
  length: (value) => list(value).length,
  count: (value) => list(value).length,
  list,
  first: (value) => list(value)[0],
  last: (value) => list(value).at(-1),
  sort: (value) => [...list(value)].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1)),
  unique: (value) => [...new Set(list(value))],
  reverse: (value) => [...list(value)].reverse(),
  join: (value, [separator = ""]) => list(value).map(textOf).join(textOf(separator)),
  replace: (value, [from, to]) => textOf(value).replaceAll(textOf(from), textOf(to)),
  default: (value, [fallback = "", also]) => (value === undefined || (isTrue(also) && !isTrue(value)) ? fallback : value),
  abs: (value) => Math.abs(number(value)),
  as_bool: (value) => (typeof value === "string" ? value.trim().toLowerCase() === "true" : isTrue(value)),
  as_number: number,
  as_text: textOf,
  as_native: (value) => value,
  tojson: (value) => JSON.stringify(value),
  items: (value) => (isDict(value) ? Object.entries(value) : []),
};

const tests: Record<string, (value: Value, args: Value[]) => boolean> = {
  none: (value) => value === null,
  defined: (value) => value !== undefined,
  undefined: (value) => value === undefined,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  iterable: (value) => Array.isArray(value) || isDict(value) || typeof value === "string",
  sequence: (value) => Array.isArray(value) || typeof value === "string",
  mapping: (value) => isDict(value),
  true: (value) => value === true,
  false: (value) => value === false,
  odd: (value) => number(value) % 2 === 1,
  even: (value) => number(value) % 2 === 0,
  divisibleby: (value, [by]) => number(value) % number(by) === 0,
  in: (value, [all]) => list(all).includes(value),
  equalto: (value, [other]) => value === other,
};

const textMethods: Record<string, (text: string, args: Value[]) => Value> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  strip: (text) => text.trim(),
  title: (text) => text.replaceAll(/[A-Za-z]+/g, (word) => word[0].toUpperCase() + word.slice(1).toLowerCase()),
  replace: (text, [from, to]) => text.replaceAll(textOf(from), textOf(to)),
  split: (text, [separator]) => (separator === undefined ? text.trim().split(/\s+/) : text.split(textOf(separator))),
  startswith: (text, [start]) => text.startsWith(textOf(start)),
  endswith: (text, [end]) => text.endsWith(textOf(end)),
  join: (text, [items]) => list(items).map(textOf).join(text),
};

const dictMethods: Record<string, (dict: { [name: string]: Value }, args: Value[]) => Value> = {
  items: (dict) => Object.entries(dict),
  keys: (dict) => Object.keys(dict),
  values: (dict) => Object.values(dict),
  get: (dict, [name, fallback = null]) => (Object.hasOwn(dict, textOf(name)) ? dict[textOf(name)] : fallback),
};

export function filtered(name: string, value: Value, args: Value[], at: number): Value {
  if (!Object.hasOwn(filters, name)) throw new JinjaError(`the filter "${name}" is not known`, at);
  return filters[name](value, args);
}

export function tested(name: string, value: Value, args: Value[], at: number): boolean {
  if (!Object.hasOwn(tests, name)) throw new JinjaError(`the test "${name}" is not known`, at);
  return tests[name](value, args);
}

/** A method of Python's on a value. */
export function callMethod(owner: Value, name: string, args: Value[], at: number): Value {
  if (typeof owner === "string" && Object.hasOwn(textMethods, name)) return textMethods[name](owner, args);
  if (isDict(owner) && Object.hasOwn(dictMethods, name)) return dictMethods[name](owner, args);
  if (Array.isArray(owner) && name === "append") {
    owner.push(args[0]);
    return null;
  }
  throw new JinjaError(`"${name}" is not known here`, at);
}
