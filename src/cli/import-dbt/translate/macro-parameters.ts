import type { Expression, Node } from "../jinja/nodes.ts";
import { calledName, expressionsOf } from "../jinja/walk.ts";
import type { DbtProject, Macro } from "../project/dbt-project.ts";
import { commonType, type Type, typeOfValue } from "./code.ts";

/** What the calls of a project say of the values that macros are given. */
export class CallSites {
  readonly #calls = new Map<string, (Expression & { kind: "call" })[]>();

  constructor(templates: Iterable<readonly Node[]>) {
    for (const nodes of templates) {
      for (const expression of expressionsOf(nodes)) {
        const name = calledName(expression) ?? dispatchedName(expression);
        if (name === undefined || expression.kind !== "call") continue;
        this.#calls.set(name, [...(this.#calls.get(name) ?? []), expression]);
      }
    }
  }

  /** Types of all that is given for a parameter, as far as the calls show them. */
  given(macro: Macro, parameter: number): Type[] {
    const { name } = macro.parameters[parameter];
    const plain = macro.name.replace(/^(?:default|duckdb)__/, "");
    const calls = [macro.name, plain, `${macro.package}.${macro.name}`, `${macro.package}.${plain}`].flatMap((called) => this.#calls.get(called) ?? []);
    return [...new Set(calls)].flatMap((call) => {
      const type = typeOf(call.args[parameter] ?? call.named[name]);
      return type === undefined ? [] : [type];
    });
  }
}

/** All templates of a project. */
export function* templatesOf({ resources, singularTests, macros }: DbtProject): Generator<readonly Node[]> {
  for (const { nodes } of resources.values()) yield nodes;
  for (const { nodes } of singularTests) yield nodes;
  for (const { body } of macros.values()) yield body;
}

const dispatchedName = (expression: Expression): string | undefined => {
  if (expression.kind !== "call" || expression.of.kind !== "call" || calledName(expression.of) !== "adapter.dispatch") return undefined;
  const [name] = expression.of.args;
  return name?.kind === "value" ? String(name.value) : undefined;
};

function typeOf(given: Expression | undefined): Type | undefined {
  if (!given) return undefined;
  if (given.kind === "value") return typeOfValue(given.value);
  if (given.kind === "list") return { list: commonType(given.items.flatMap((item) => typeOf(item) ?? [])) };
  if (given.kind === "dict") return { dict: commonType(given.entries.flatMap(([, value]) => typeOf(value) ?? [])) };
  if (given.kind === "binary" && given.op === "~") return "text";
  if (given.kind === "name" && given.name === "this") return "dataset";
  const name = calledName(given);
  if (name === "ref" || name === "source") return "dataset";
  return undefined;
}

export interface ParameterType {
  type: Type;
  nullable: boolean;
}

/**
 * What a parameter is: of its default, of how the macro uses it, and of what it is given. Text where nothing says more.
 * Different things for one parameter make it text, and calls that give something else are told.
 */
export function parameterType(macro: Macro, index: number, sites: CallSites): ParameterType {
  const { name, fallback } = macro.parameters[index];
  if (/^test_/.test(macro.name) && name === "model") return { type: "dataset", nullable: false };
  const evidence = [typeOf(fallback), ...sites.given(macro, index), isLoopedOver(macro.body, name) ? ({ list: "text" } as const) : undefined].filter((type) => type !== undefined);
  const lists = evidence.filter((type) => typeof type === "object" && "list" in type);
  const known = lists.length > 0 && lists.length === evidence.filter((type) => type !== "none").length ? { list: commonType(lists.map((each) => (each as { list: Type }).list)) } : commonType(evidence);
  return { type: known, nullable: evidence.includes("none") };
}

function isLoopedOver(nodes: readonly Node[], name: string): boolean {
  return nodes.some((node) => {
    if (node.kind === "for") return (node.of.kind === "name" && node.of.name === name) || isLoopedOver(node.body, name);
    if (node.kind === "if") return node.branches.some(({ body }) => isLoopedOver(body, name)) || isLoopedOver(node.otherwise ?? [], name);
    return false;
  });
}
