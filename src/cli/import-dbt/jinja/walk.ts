import type { Expression, Node } from "./nodes.ts";

/** All expressions of a template with those inside of them, in the order of the text. */
export function* expressionsOf(nodes: readonly Node[]): Generator<Expression> {
  for (const node of nodes) {
    switch (node.kind) {
      case "output":
      case "do":
      case "set":
        yield* withParts(node.value);
        break;
      case "if":
        for (const { condition, body } of node.branches) {
          yield* withParts(condition);
          yield* expressionsOf(body);
        }
        yield* expressionsOf(node.otherwise ?? []);
        break;
      case "for":
        yield* withParts(node.of);
        if (node.condition) yield* withParts(node.condition);
        yield* expressionsOf([...node.body, ...(node.otherwise ?? [])]);
        break;
      case "macro":
        for (const { fallback } of node.parameters) if (fallback) yield* withParts(fallback);
        yield* expressionsOf(node.body);
        break;
      case "capture":
      case "block":
        yield* expressionsOf(node.body);
        break;
    }
  }
}

/** An expression with all that it is made of. */
export function* withParts(expression: Expression): Generator<Expression> {
  yield expression;
  for (const part of partsOf(expression)) yield* withParts(part);
}

function partsOf(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "list":
      return expression.items;
    case "dict":
      return expression.entries.flat();
    case "attribute":
    case "unary":
      return [expression.of];
    case "item":
      return [expression.of, expression.key];
    case "call":
      return [expression.of, ...expression.args, ...Object.values(expression.named)];
    case "filter":
    case "test":
      return [expression.of, ...expression.args];
    case "binary":
      return [expression.left, expression.right];
    case "choice":
      return [expression.condition, expression.then, ...(expression.otherwise ? [expression.otherwise] : [])];
    default:
      return [];
  }
}

/** The name that a call is of: `ref`, `dbt_utils.star`; undefined for another expression. */
export function calledName(expression: Expression): string | undefined {
  if (expression.kind !== "call") return undefined;
  const { of } = expression;
  if (of.kind === "name") return of.name;
  return of.kind === "attribute" && of.of.kind === "name" ? `${of.of.name}.${of.name}` : undefined;
}

/** The text that an expression is; undefined for another. */
export const textValue = (expression: Expression | undefined): string | undefined => (expression?.kind === "value" && typeof expression.value === "string" ? expression.value : undefined);
