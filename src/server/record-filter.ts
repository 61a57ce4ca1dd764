import { MillraceError } from "../errors.ts";
import type { RecordView } from "./record-view.ts";

export type RecordFilter = (record: RecordView) => boolean;

type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~";

/** A value as it was written, and what it may stand for. */
interface Literal {
  text: string;
  number: number | undefined;
  /** Written in quotes: it is text, and nothing else. */
  quoted: boolean;
}

const termsMax = 16;
const comparison = /\s*(?<path>[A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*(?<operator>!=|<=|>=|!~|=|<|>|~)\s*(?<value>"(?:[^"\\]|\\.)*"|\S+)/y;
const word = /\s*(?<value>"(?:[^"\\]|\\.)*"|\S+)/y;
const and = /\s+and\s+(?=\S)/iy;

/**
 * A filter of records as people write it: comparisons joined by `and`.
 *
 * `delay > 60 and origin = SFO`, `key = "c-7"`, `customer.city ~ york`, `header.source = web`, `time >= 2001-03-01`. The name
 * is a field of the record, however deep; `key`, `partition`, `offset`, `time` and `header.<name>` are of its frame, and
 * `value.key` is a field that is called so. `~` looks for text, whatever its case. A word alone is looked for everywhere.
 * It only compares: nothing that is written there runs.
 *
 * @throws MillraceError `MR-HTTP-006` for what cannot be read
 */
export function recordFilter(text: string): RecordFilter {
  const terms: RecordFilter[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    const found = match(comparison, text, at) ?? match(word, text, at);
    if (!found || terms.length === termsMax) throw unreadable(text, at, terms.length === termsMax ? `${termsMax} comparisons are the most` : "a comparison is missing");
    const { path, operator, value } = found.groups;
    terms.push(path === undefined ? contains(literal(value).text) : compares(path.split("."), operator as Operator, literal(value)));
    at = found.end;
    const next = match(and, text, at);
    if (!next && text.slice(at).trim() !== "") throw unreadable(text, at, "`and` is missing between two comparisons");
    at = next?.end ?? text.length;
  }
  return (record) => terms.every((holds) => holds(record));
}

function match(pattern: RegExp, text: string, at: number): { groups: Record<string, string>; end: number } | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found ? { groups: found.groups ?? {}, end: pattern.lastIndex } : undefined;
}

function literal(written: string): Literal {
  const quoted = written.startsWith('"') && written.endsWith('"') && written.length > 1;
  const text = quoted ? written.slice(1, -1).replaceAll(/\\(.)/g, "$1") : written;
  const number = quoted || text.trim() === "" ? undefined : Number(text);
  return { text, number: Number.isNaN(number) ? undefined : number, quoted };
}

function contains(text: string): RecordFilter {
  const sought = text.toLowerCase();
  return ({ key, value, headers }) => key?.toLowerCase().includes(sought) === true || JSON.stringify([value, headers]).toLowerCase().includes(sought);
}

function compares(path: string[], operator: Operator, wanted: Literal): RecordFilter {
  const read = path.length === 1 && path[0] === "time" ? undefined : reader(path);
  if (!read) return comparesTime(operator, wanted);
  const sought = wanted.text.toLowerCase();
  switch (operator) {
    case "~":
      return (record) => textOf(read(record)).toLowerCase().includes(sought);
    case "!~":
      return (record) => !textOf(read(record)).toLowerCase().includes(sought);
    case "=":
      return (record) => isEqual(read(record), wanted);
    case "!=":
      return (record) => !isEqual(read(record), wanted);
    default:
      return (record) => isOrdered(operator, orderOf(read(record), wanted));
  }
}

function comparesTime(operator: Operator, { text }: Literal): RecordFilter {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new MillraceError("MR-HTTP-006", { what: `"${text.slice(0, 64)}" is no time`, where: "query parameter `filter`", mend: "write it as 2001-03-01 or 2001-03-01T12:00:00Z" });
  return ({ eventTime }) => isOrdered(operator, Date.parse(eventTime) - at);
}

/** @param order - below zero: less. NaN: they cannot be compared */
function isOrdered(operator: Operator, order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "!=":
    case "!~":
      return order !== 0;
    default:
      return order === 0;
  }
}

function reader(path: string[]): (record: RecordView) => unknown {
  const [first, ...rest] = path;
  if (first === "header" && rest.length > 0) return ({ headers }) => headers.find(([name]) => name === rest.join("."))?.[1];
  if (first === "value" && rest.length > 0) return ({ value }) => fieldOf(value, rest);
  if (rest.length === 0 && (first === "key" || first === "partition" || first === "offset")) return (record) => record[first];
  return ({ value }) => fieldOf(value, path);
}

/** Own fields alone: names such as `constructor` are not of the record. */
function fieldOf(value: unknown, path: readonly string[]): unknown {
  return path.reduce((at: unknown, name) => (typeof at === "object" && at !== null && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined), value);
}

const textOf = (value: unknown): string => (value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

function isEqual(value: unknown, { text, number, quoted }: Literal): boolean {
  if (!quoted && text === "null") return value === null || value === undefined;
  if (value === undefined || value === null) return false;
  return textOf(value) === text || (typeof value === "number" && value === number);
}

function orderOf(value: unknown, { text, number }: Literal): number {
  if (value === undefined || value === null) return Number.NaN;
  const own = typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
  if (own !== undefined) return number === undefined ? Number.NaN : own - number;
  const words = textOf(value);
  return words === text ? 0 : words < text ? -1 : 1;
}

const unreadable = (text: string, at: number, what: string): MillraceError =>
  new MillraceError("MR-HTTP-006", { what: `the filter cannot be read: ${what}`, where: `query parameter \`filter\`, character ${at + 1} of "${text.slice(0, 64)}"`, mend: "write comparisons joined by `and`: delay > 60 and origin = SFO; or a word to look for" });
