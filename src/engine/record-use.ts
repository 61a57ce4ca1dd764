import type { Column } from "../model/manifest.ts";
import { type Token, tokens } from "./source-tokens.ts";

/**
 * The fields that a record function can read, where its source shows that it does nothing with its record but read fields
 * of it and hand it whole to `emit`. Then the other fields need not be made, and the record is known to be unchanged.
 *
 * Undefined when that cannot be seen: the function spreads the record, passes it on, writes to it, is not plain source.
 * Doubt always ends there, so that a wrong answer can cost time only.
 *
 * @param columns - of every topic that the function may get records of
 */
export function recordUse(run: (...args: never[]) => unknown, columns: readonly Column[]): ReadonlySet<string> | undefined {
  const source = tokens(Function.prototype.toString.call(run));
  const head = source && readHead(source);
  // Without a name for the record there is nothing to follow, as in functions that are no JavaScript at all.
  if (!source || head?.record === undefined) return undefined;
  const fields = readBody(source, head);
  const plain = new Set(columns.filter(({ type }) => type !== "json").map(({ name }) => name));
  const json = new Set(columns.filter(({ type }) => type === "json").map(({ name }) => name));
  // A JSON value is an object that the function could change; what is no column may be a method that gets the record as `this`.
  return fields && [...fields].every((field) => plain.has(field) && !json.has(field)) ? fields : undefined;
}

interface Head {
  record: string | undefined;
  emit: string | undefined;
  /** Where the body begins. */
  body: number;
}

/** `(record, emit, …) =>`, `record =>`, `function (record, emit) {` or `run(record, emit) {`, with `async` or without. */
function readHead(source: Token[]): Head | undefined {
  let at = source[0]?.text === "async" && source[1]?.text !== "=>" && source[1]?.text !== "(" ? 1 : 0;
  if (source[0]?.text === "async" && source[1]?.text === "(" && arrowAfterList(source, 1)) at = 1;
  if (source[at]?.kind === "name" && source[at + 1]?.text === "=>") return { record: source[at].text, emit: undefined, body: at + 2 };
  if (source[at]?.text === "function") at++;
  if (source[at]?.kind === "name") at++;
  if (source[at]?.text !== "(") return undefined;
  const names: string[] = [];
  for (at++; source[at]?.text !== ")"; at++) {
    const parameter = source[at];
    if (parameter?.kind !== "name") return undefined;
    names.push(parameter.text);
    if (source[at + 1]?.text === ",") at++;
    else if (source[at + 1]?.text !== ")") return undefined;
  }
  if (source[at + 1]?.text !== "=>" && source[at + 1]?.text !== "{") return undefined;
  return { record: names[0], emit: names[1], body: source[at + 1].text === "=>" ? at + 2 : at + 1 };
}

function arrowAfterList(source: Token[], open: number): boolean {
  const close = source.findIndex(({ text }, i) => i > open && text === ")");
  return source[close + 1]?.text === "=>";
}

function readBody(source: Token[], { record, emit, body }: Head): Set<string> | undefined {
  const fields = new Set<string>();
  /** For each bracket that is open: whether it holds the arguments of `emit`. */
  const open: boolean[] = [];
  for (let at = body; at < source.length; at++) {
    const { text, kind } = source[at];
    const before = source[at - 1]?.text;
    const after = source[at + 1]?.text;
    const isOwn = kind === "name" && before !== "." && before !== "?.";
    if (isOwn && (text === "eval" || text === "arguments")) return undefined;
    if (isOwn && text === emit && after !== "(") return undefined;
    if (isOwn && text === record) {
      const field = fieldRead(source, at);
      if (field !== undefined) fields.add(field);
      else if (!(open.at(-1) === true && (before === "(" || before === ",") && (after === "," || after === ")"))) return undefined;
    }
    if (opening.has(text) && kind === "mark") open.push(text === "(" && source[at - 1]?.kind === "name" && before === emit && !/^\??\.$/.test(source[at - 2]?.text ?? ""));
    else if (closing.has(text) && kind === "mark") {
      open.pop();
      // `[record.x] = …` and `{ a: record.x } = …` write to what stands in them.
      if (text !== ")" && after !== undefined && patternEnds.has(after)) return undefined;
    }
  }
  return fields;
}

const opening = new Set(["(", "[", "{", "${"]);
const closing = new Set([")", "]", "}"]);
const patternEnds = new Set(["=", "of", "in"]);
const writes = new Set(["=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??=", "++", "--", "of", "in"]);
const changes = new Set(["++", "--", "delete", "new"]);

/** The field that is read at `record.field`; undefined when it is anything else. */
function fieldRead(source: Token[], at: number): string | undefined {
  const dot = source[at + 1]?.text;
  const field = source[at + 2];
  if ((dot !== "." && dot !== "?.") || field?.kind !== "name") return undefined;
  const after = source[at + 3];
  // A field that is called, or tags a template, gets the record as its `this`.
  if (after && (writes.has(after.text) || after.text === "(" || after.text === "?." || after.kind === "template")) return undefined;
  return changes.has(source[at - 1]?.text ?? "") ? undefined : field.text;
}
