import { callMethod, filtered, tested } from "./builtins.ts";
import { JinjaError } from "./jinja-error.ts";
import type { BinaryOp, Expression, Node, Parameter } from "./nodes.ts";
import { type Callable, isCallable, isDict, isTrue, textOf, type Value } from "./values.ts";

/* Templates of which all is known beforehand: settings, names of schemas, texts of documentation. */

/** Names and what they stand for; an inner one has those of the outer. */
export type Scope = Map<string, Value>;

/** Ends a macro: `{{ return(x) }}`. */
class Returned {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

const give: Callable = ([value]) => {
  throw new Returned(value);
};

const stepsMax = 100_000;

/** Reckons with templates. What it does not know it does not guess. */
export class Evaluator {
  #steps = 0;

  /** @throws JinjaError for a name that is not in the scope, or what cannot be reckoned */
  value(expression: Expression, scope: Scope): Value {
    if (++this.#steps > stepsMax) throw new JinjaError("it takes too many steps", expression.at);
    switch (expression.kind) {
      case "value":
        return expression.value;
      case "list":
        return expression.items.map((item) => this.value(item, scope));
      case "dict":
        return Object.fromEntries(expression.entries.map(([key, value]) => [String(this.value(key, scope)), this.value(value, scope)]));
      case "name":
        return named(expression.name, scope, expression.at);
      case "attribute":
        return attribute(this.value(expression.of, scope), expression.name, expression.at);
      case "item":
        return attribute(this.value(expression.of, scope), this.value(expression.key, scope) as string | number, expression.at);
      case "call":
        return this.#call(expression, scope);
      case "filter":
        return filtered(expression.name, this.#fallible(expression.of, scope, expression.name === "default"), expression.args.map((arg) => this.value(arg, scope)), expression.at);
      case "test":
        return tested(expression.name, this.#fallible(expression.of, scope, true), expression.args.map((arg) => this.value(arg, scope)), expression.at) !== expression.negated;
      case "unary":
        return expression.op === "not" ? !isTrue(this.value(expression.of, scope)) : -Number(this.value(expression.of, scope));
      case "binary":
        return this.#binary(expression, scope);
      case "choice":
        return isTrue(this.value(expression.condition, scope)) ? this.value(expression.then, scope) : expression.otherwise ? this.value(expression.otherwise, scope) : "";
    }
  }

  /** The text that a template becomes. */
  text(nodes: readonly Node[], scope: Scope): string {
    return nodes.map((node) => this.#node(node, scope)).join("");
  }

  /** A macro as something to be called. */
  macro(parameters: readonly Parameter[], body: readonly Node[], outer: Scope): Callable {
    return (args, given) => {
      const scope: Scope = new Map([...outer, ["return", give]]);
      parameters.forEach(({ name, fallback }, i) => scope.set(name, i < args.length ? args[i] : Object.hasOwn(given, name) ? given[name] : fallback ? this.value(fallback, scope) : undefined));
      try {
        return this.text(body, scope);
      } catch (error) {
        if (error instanceof Returned) return error.value;
        throw error;
      }
    };
  }

  #call(expression: Expression & { kind: "call" }, scope: Scope): Value {
    const args = expression.args.map((arg) => this.value(arg, scope));
    const given = Object.fromEntries(Object.entries(expression.named).map(([name, arg]) => [name, this.value(arg, scope)]));
    const { of, at } = expression;
    if (of.kind === "attribute") {
      const owner = this.value(of.of, scope);
      const member = isDict(owner) && Object.hasOwn(owner, of.name) ? owner[of.name] : undefined;
      if (!isCallable(member)) return callMethod(owner, of.name, args, at);
      return member(args, given, at);
    }
    const called = this.value(of, scope);
    if (!isCallable(called)) throw new JinjaError("what is called is no macro", at);
    return called(args, given, at);
  }

  /** A name that there is not is a value to tests and to `default`. */
  #fallible(expression: Expression, scope: Scope, mayMiss: boolean): Value {
    return mayMiss && expression.kind === "name" && !scope.has(expression.name) ? undefined : this.value(expression, scope);
  }

  #binary({ op, left, right, at }: Expression & { kind: "binary" }, scope: Scope): Value {
    const a = this.value(left, scope);
    if (op === "and") return isTrue(a) ? this.value(right, scope) : a;
    if (op === "or") return isTrue(a) ? a : this.value(right, scope);
    return reckoned(op, a, this.value(right, scope), at);
  }

  #node(node: Node, scope: Scope): string {
    switch (node.kind) {
      case "text":
        return node.text;
      case "comment":
      case "macro":
        return "";
      case "output":
        return textOf(this.value(node.value, scope));
      case "do":
        this.value(node.value, scope);
        return "";
      case "set":
        this.#set(node.names, this.value(node.value, scope), scope, node.at);
        return "";
      case "capture":
        scope.set(node.name, this.text(node.body, scope));
        return "";
      case "if": {
        const branch = node.branches.find(({ condition }) => isTrue(this.value(condition, scope)));
        return this.text(branch?.body ?? node.otherwise ?? [], scope);
      }
      case "for":
        return this.#for(node, scope);
      case "block":
        throw new JinjaError(`{% ${node.tag} %} has no meaning here`, node.at);
    }
  }

  #for(node: Node & { kind: "for" }, scope: Scope): string {
    const of = this.value(node.of, scope);
    const all = Array.isArray(of) ? of : isDict(of) ? Object.keys(of) : undefined;
    if (!all) throw new JinjaError("what is looped over is no list", node.of.at);
    const items = all.filter((item) => {
      if (!node.condition) return true;
      const inner: Scope = new Map(scope);
      this.#set(node.names, item, inner, node.at);
      return isTrue(this.value(node.condition, inner));
    });
    if (items.length === 0) return this.text(node.otherwise ?? [], scope);
    return items.map((item, i) => {
      const inner: Scope = new Map([...scope, ["loop", { index: i + 1, index0: i, first: i === 0, last: i === items.length - 1, length: items.length }]]);
      this.#set(node.names, item, inner, node.at);
      return this.text(node.body, inner);
    }).join("");
  }

  #set(names: string[], value: Value, scope: Scope, at: number): void {
    if (names.length === 1) {
      scope.set(names[0], value);
      return;
    }
    if (!Array.isArray(value) || value.length !== names.length) throw new JinjaError(`there are not ${names.length} values for ${names.join(", ")}`, at);
    names.forEach((name, i) => scope.set(name, value[i]));
  }
}

function named(name: string, scope: Scope, at: number): Value {
  if (scope.has(name)) return scope.get(name);
  throw new JinjaError(`"${name}" is not known here`, at);
}

function attribute(of: Value, name: string | number, at: number): Value {
  if (Array.isArray(of)) return of.at(Number(name));
  if (isDict(of)) return Object.hasOwn(of, name) ? of[name] : undefined;
  throw new JinjaError(`there is no "${name}" in ${JSON.stringify(of) ?? "nothing"}`, at);
}

function reckoned(op: BinaryOp, a: Value, b: Value, at: number): Value {
  switch (op) {
    case "==":
      return same(a, b);
    case "!=":
      return !same(a, b);
    case "in":
      return contains(b, a, at);
    case "not in":
      return !contains(b, a, at);
    case "~":
      return textOf(a) + textOf(b);
    case "+":
      if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
      if (typeof a === "string" && typeof b === "string") return a + b;
  }
  if (typeof a === "string" && typeof b === "string" && op in orders) return orders[op as keyof typeof orders](a, b);
  if (typeof a !== "number" || typeof b !== "number") throw new JinjaError(`"${op}" cannot be reckoned with these values`, at);
  return op in orders ? orders[op as keyof typeof orders](a, b) : arithmetic(op, a, b);
}

const orders = {
  "<": (a: string | number, b: string | number) => a < b,
  "<=": (a: string | number, b: string | number) => a <= b,
  ">": (a: string | number, b: string | number) => a > b,
  ">=": (a: string | number, b: string | number) => a >= b,
};

function arithmetic(op: BinaryOp, a: number, b: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - b * Math.floor(a / b);
    default:
      return a ** b;
  }
}

const same = (a: Value, b: Value): boolean => a === b || ((a ?? null) === null && (b ?? null) === null) || (typeof a === "object" && JSON.stringify(a) === JSON.stringify(b));

function contains(all: Value, value: Value, at: number): boolean {
  if (Array.isArray(all)) return all.some((each) => same(each, value));
  if (typeof all === "string") return all.includes(textOf(value));
  if (isDict(all)) return Object.hasOwn(all, textOf(value));
  throw new JinjaError("what is looked into is no list", at);
}
