import { type Code, isDictType, isList, literalText, type Type, truth } from "./code.ts";

/* Filters and methods of Jinja and Python, as TypeScript writes them. Each gives undefined for what it is not made for. */

type Writer = (of: Code, args: readonly Code[]) => Code | undefined;

const text = (code: string): Code => ({ code, type: "text" });
const number = (code: string): Code => ({ code, type: "number" });
const boolean = (code: string): Code => ({ code, type: "boolean" });

/** A value that something is done with stands in brackets where it would come apart. */
export const atom = ({ code }: Pick<Code, "code">): string => (/^[\w$.]+$|^[\w$.]+\([^()]*\)$|^(?:"[^"]*"|`[^`]*`|\[[^\]]*\])$/.test(code) ? code : `(${code})`);

const ofText =
  (write: (of: string, args: string[]) => Code): Writer =>
  (of, args) =>
    of.type === "text" || (of.type === "sql" && args.length === 0) ? write(of.type === "sql" ? `${atom(of)}.text` : atom(of), args.map(({ code }) => code)) : undefined;

const ofList =
  (write: (of: string, item: Type, args: string[]) => Code): Writer =>
  (of, args) =>
    isList(of.type) ? write(atom(of), of.type.list, args.map(({ code }) => code)) : undefined;

const upper = ofText((of) => text(`${of}.toUpperCase()`));
const lower = ofText((of) => text(`${of}.toLowerCase()`));
const trim = ofText((of) => text(`${of}.trim()`));
const replace = ofText((of, [from, to]) => text(`${of}.replaceAll(${from}, ${to})`));
const length: Writer = (of) => (isList(of.type) || of.type === "text" ? number(`${atom(of)}.length`) : undefined);
const entries: Writer = (of) => (isDictType(of.type) ? { code: `Object.entries(${of.code})`, type: { list: { list: of.type.dict } } } : undefined);

export const filters: Record<string, Writer> = {
  ...{ upper, lower, trim, replace, length, count: length, items: entries },
  string: (of) => (of.type === "number" || of.type === "boolean" ? text(`String(${of.code})`) : of.type === "text" ? of : undefined),
  int: (of) => (of.type === "text" ? number(`Math.trunc(Number(${of.code}))`) : of.type === "number" ? number(`Math.trunc(${of.code})`) : undefined),
  float: (of) => (of.type === "text" || of.type === "number" ? number(`Number(${of.code})`) : undefined),
  list: (of) => (isList(of.type) ? of : undefined),
  first: ofList((of, item) => ({ code: `${of}[0]`, type: item })),
  last: ofList((of, item) => ({ code: `${of}[${of}.length - 1]`, type: item })),
  sort: ofList((of, item) => ({ code: `${of}.toSorted()`, type: { list: item } })),
  unique: ofList((of, item) => ({ code: `[...new Set(${of})]`, type: { list: item } })),
  reverse: ofList((of, item) => ({ code: `${of}.toReversed()`, type: { list: item } })),
  join: ofList((of, _item, [separator = '""']) => text(`${of}.join(${separator})`)),
  abs: (of) => (of.type === "number" ? number(`Math.abs(${of.code})`) : undefined),
  as_text: (of) => of,
  as_native: (of) => of,
  as_bool: (of) => (of.type === "boolean" ? of : undefined),
  as_number: (of) => (of.type === "number" ? of : of.type === "text" ? number(`Number(${of.code})`) : undefined),
  default: (of, [fallback]) => (of.nullable ? { code: `(${of.code} ?? ${fallback?.code ?? '""'})`, type: of.type } : of),
};

export const methods: Record<string, Writer> = {
  ...{ upper, lower, strip: trim, replace, items: entries },
  startswith: ofText((of, [start]) => boolean(`${of}.startsWith(${start})`)),
  endswith: ofText((of, [end]) => boolean(`${of}.endsWith(${end})`)),
  split: ofText((of, [separator = "/\\s+/"]) => ({ code: `${of}.split(${separator})`, type: { list: "text" } })),
  join: (of, [list]) => (of.type === "text" && list && isList(list.type) ? text(`${atom(list)}.join(${of.code})`) : undefined),
  keys: (of) => (isDictType(of.type) ? { code: `Object.keys(${of.code})`, type: { list: "text" } } : undefined),
  values: (of) => (isDictType(of.type) ? { code: `Object.values(${of.code})`, type: { list: of.type.dict } } : undefined),
  get: (of, [name, fallback]) => (isDictType(of.type) && name ? { code: `(${atom(of)}[${name.code}] ?? ${fallback?.code ?? "null"})`, type: of.type.dict } : undefined),
};

export const tests: Record<string, Writer> = {
  none: ({ code, nullable, type }) => boolean(nullable || type === "none" ? `${code} === null` : "false"),
  defined: ({ code, nullable }) => boolean(nullable ? `${code} !== null` : "true"),
  true: ({ code, type }) => (type === "boolean" ? boolean(code) : undefined),
  false: ({ code, type }) => (type === "boolean" ? boolean(`!${code}`) : undefined),
  odd: (of) => (of.type === "number" ? boolean(`${atom(of)} % 2 === 1`) : undefined),
  even: (of) => (of.type === "number" ? boolean(`${atom(of)} % 2 === 0`) : undefined),
  divisibleby: (of, [by]) => (of.type === "number" && by ? boolean(`${atom(of)} % ${by.code} === 0`) : undefined),
  string: ({ type }) => boolean(literalText(type === "text")),
  iterable: ({ type }) => boolean(literalText(isList(type) || type === "text")),
  mapping: ({ type }) => boolean(literalText(isDictType(type))),
  in: (of, [list]) => (list && isList(list.type) ? boolean(`${atom(list)}.includes(${of.code})`) : undefined),
};

/** The opposite. */
export const negated = (of: Code): Code => boolean(opposite(truth(of)));

const opposites: Record<string, string> = { true: "false", false: "true" };

function opposite(code: string): string {
  const [, left, right] = /^([\w$.]+) === ([^&|?]+)$/.exec(code) ?? [];
  if (left !== undefined) return `${left} !== ${right}`;
  return opposites[code] ?? `!${atom({ code })}`;
}
