import { type AnyNode, type Expression, type Function as FunctionNode, parseExpressionAt, type Pattern } from "acorn";
import { codeDigest } from "./code-digest.ts";

/** The fields of its record that a function can see, and the code of which that is true. */
export interface FieldsRead {
  /** Digest of the function's source: another source may read other fields. */
  of: string;
  fields: string[];
}

type RecordCode = (...args: never[]) => unknown;

/**
 * Which fields of its first argument a function can read, seen from its source; undefined when it could be any.
 *
 * The record may be used in two ways only: `record.name`, to read, and as a whole argument of the second parameter
 * (`emit(record)`), which passes it on without looking. Anything else (a spread, another function, a computed name, a
 * write) means every field. So what is not listed here is never looked at and need not be decoded, and the record that is
 * emitted is the one that came, as long as the fields read are plain values.
 */
export function fieldsRead(code: RecordCode): FieldsRead | undefined {
  const parsed = parse(code.toString());
  const [record, emit] = parsed?.params ?? [];
  if (!parsed || !record) return undefined;
  const fields = record.type === "Identifier" ? readByName(parsed, record.name, emit) : readByPattern(parsed, record);
  return fields && { of: codeDigest(code), fields: [...fields].sort() };
}

/** A function's source may be an expression (`(a) => …`, `function …`) or a method of an object literal (`run(a) { … }`). */
function parse(source: string): FunctionNode | undefined {
  for (const [text, at] of [[source, 0], [`{${source}}`, 0]] as const) {
    try {
      const node: Expression = parseExpressionAt(`(${text})`, at, { ecmaVersion: "latest", allowAwaitOutsideFunction: true });
      if (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression") return node;
      const member = node.type === "ObjectExpression" ? node.properties[0] : undefined;
      if (member?.type === "Property" && member.value.type === "FunctionExpression") return member.value;
    } catch {
      // Not this form; a native function has neither.
    }
  }
  return undefined;
}

/** `(order, emit) => …` */
function readByName(code: FunctionNode, name: string, emit: Pattern | undefined): Set<string> | undefined {
  const fields = new Set<string>();
  const emitName = emit?.type === "Identifier" ? emit.name : undefined;
  // A default of a later parameter may look at the record too.
  let any = code.params.slice(1).some((parameter) => parameter.type !== "Identifier");
  walk(code.body, (node, [parent, grandparent]) => {
    if (node.type !== "Identifier") return;
    if (node.name === "arguments" || node.name === "eval") any = true;
    if (node.name !== name || isName(node, parent)) return;
    const field = parent?.type === "MemberExpression" && parent.object === node && !parent.computed && parent.property.type === "Identifier" ? parent.property.name : undefined;
    const emitted = parent?.type === "CallExpression" && parent.callee.type === "Identifier" && parent.callee.name === emitName && parent.callee !== node;
    if (field !== undefined && !mayChange(parent as AnyNode, grandparent)) fields.add(field);
    else if (!emitted) any = true;
  });
  return any ? undefined : fields;
}

function mayChange(member: AnyNode, parent: AnyNode | undefined): boolean {
  switch (parent?.type) {
    case "AssignmentExpression":
    case "AssignmentPattern":
    case "ForInStatement":
    case "ForOfStatement":
      return parent.left === member;
    case "UnaryExpression":
      return parent.operator === "delete";
    case "CallExpression":
    case "TaggedTemplateExpression":
      // A method is given the whole record as `this`.
      return parent.type === "CallExpression" ? parent.callee === member : parent.tag === member;
    case "UpdateExpression":
    case "ArrayPattern":
    case "RestElement":
      return true;
    case "Property":
      // `({ a: order.x } = …)` looks like an object that reads it; it is rare enough to be taken for a write.
      return parent.value === member && parent.kind === "init" && !parent.computed && insidePattern.has(parent);
    default:
      return false;
  }
}

/** Properties of patterns, noted on the way down. */
const insidePattern = new WeakSet<object>();

/** `({ id, amount: sum = 0 }, emit) => …` */
function readByPattern(code: FunctionNode, pattern: Pattern): Set<string> | undefined {
  if (pattern.type !== "ObjectPattern") return undefined;
  const fields = new Set<string>();
  for (const property of pattern.properties) {
    if (property.type !== "Property" || property.computed || property.key.type !== "Identifier") return undefined;
    fields.add(property.key.name);
  }
  let any = false;
  walk(code.body, (node) => {
    if (node.type === "Identifier" && (node.name === "arguments" || node.name === "eval")) any = true;
  });
  return any ? undefined : fields;
}

/** Whether the identifier only names something: a property, a key, a label. */
function isName(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (parent?.type === "MemberExpression") return parent.property === node && !parent.computed;
  if (parent?.type === "Property") return parent.key === node && !parent.computed && !parent.shorthand;
  return false;
}

/** @param visit - is given the node and those around it, the nearest first */
function walk(node: AnyNode, visit: (node: AnyNode, around: AnyNode[]) => void, around: AnyNode[] = []): void {
  if (node.type === "ObjectPattern") for (const property of node.properties) insidePattern.add(property);
  visit(node, around);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && typeof (child as { type?: unknown }).type === "string") walk(child as AnyNode, visit, [node, ...around.slice(0, 1)]);
    }
  }
}
