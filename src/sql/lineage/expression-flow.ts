import { deciding, type Flow, merged, noFlow, through, withoutValues } from "./flow.ts";
import { hasAggregate, isAggregate, isMasking, takesLambda } from "./function-kinds.ts";
import { notUnderstood } from "./not-understood.ts";
import { bindingsNamed, find, type Found, type Relation, type Scope, scopeIn, starColumns } from "./relation.ts";
import { chosenColumns } from "./star-columns.ts";
import { constantText, nodesOf, sameName, type TreeNode } from "./tree.ts";

/** Follows a query inside an expression. */
export type FollowQuery = (node: TreeNode, outer: Scope) => Relation;

/** What flows into an expression. @throws NotUnderstood */
export function expressionFlow(node: TreeNode, scope: Scope, follow: FollowQuery): Flow {
  const of = (child: unknown): Flow => (child ? expressionFlow(child as TreeNode, scope, follow) : noFlow);
  const madeOf = (...children: unknown[]): Flow => through(merged(children.map(of)), "transformation");
  switch (node.class) {
    case "CONSTANT":
    case "TYPE":
      return noFlow;
    case "COLUMN_REF":
      return columnFlow(node.column_names as string[], scope);
    case "POSITIONAL_REFERENCE":
      return (starColumns(scope)[Number(node.index) - 1] ?? notUnderstood(`there is no column #${node.index}`)).flow;
    case "STAR":
      return (scope.star ?? notUnderstood("a star stands where columns cannot be listed")).flow;
    case "COLLATE":
      return of(node.child);
    case "CAST":
      return madeOf(node.child);
    case "COMPARISON":
      return madeOf(node.left, node.right);
    case "BETWEEN":
      return madeOf(node.input, node.lower, node.upper);
    case "CONJUNCTION":
      return madeOf(...nodesOf(node.children));
    case "CASE":
      return caseFlow(node, of);
    case "OPERATOR":
      return operatorFlow(node, scope, of);
    case "FUNCTION":
      return functionFlow(node, scope, follow, of);
    case "WINDOW":
      return windowFlow(node, of);
    case "LAMBDA":
      // Outside of the functions that take one it is the arrow that reads out of JSON.
      return madeOf(node.lhs, node.expr);
    case "SUBQUERY":
      return subqueryFlow(node, scope, follow, of);
    default:
      return notUnderstood(`expressions of the kind ${String(node.class)} are not followed`);
  }
}

type FlowOf = (child: unknown) => Flow;

function columnFlow(parts: string[], scope: Scope): Flow {
  const found = find(scope, parts);
  if (found) return fieldFlow(found);
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const [binding] = bindingsNamed(at, parts);
    // The name of a table alone is a struct of its whole row.
    if (binding) return through(merged(binding.columns.map(({ flow }) => flow)), "transformation");
  }
  return notUnderstood(`column ${JSON.stringify(parts.join("."))} was not found`);
}

const fieldFlow = ({ column, fields }: Found): Flow => (fields === 0 ? column.flow : through(column.flow, "transformation"));

function caseFlow(node: TreeNode, of: FlowOf): Flow {
  const checks = nodesOf(node.case_checks);
  const conditions = checks.map(({ when_expr }) => deciding(of(when_expr), "conditional"));
  const values = [...checks.map(({ then_expr }) => of(then_expr)), of(node.else_expr)];
  return merged([through(merged(values), "transformation"), ...conditions]);
}

function operatorFlow(node: TreeNode, scope: Scope, of: FlowOf): Flow {
  const children = nodesOf(node.children);
  if (node.type === "GROUPING_FUNCTION") return noFlow;
  if (node.type === "OPERATOR_UNPACK") return through(merged(unpacked(children[0], scope)), "transformation");
  const packed = node.type === "STRUCT_EXTRACT" || node.type === "ARRAY_EXTRACT" ? packedField(children) : undefined;
  return packed ? of(packed) : through(merged(children.map(of)), "transformation");
}

function unpacked(star: TreeNode | undefined, scope: Scope): Flow[] {
  if (star?.class !== "STAR") return notUnderstood("something else than columns is unpacked");
  return chosenColumns(star, scope).map(({ flow }) => flow);
}

/** Of a struct that is written in the statement itself, the expression of the one field that is taken. */
function packedField([struct, field]: TreeNode[]): TreeNode | undefined {
  const name = constantText(field);
  if (name === undefined || struct?.function_name !== "struct_pack") return undefined;
  return nodesOf(struct.children).find(({ alias }) => sameName(String(alias), name));
}

function functionFlow(node: TreeNode, scope: Scope, follow: FollowQuery, of: FlowOf): Flow {
  const [first, ...rest] = nodesOf(node.children);
  const packed = node.function_name === "struct_extract" ? packedField(nodesOf(node.children)) : undefined;
  if (packed) return of(packed);
  const args = takesLambda(node) ? [of(first), ...rest.map((arg) => lambdaFlow(arg, scope, follow, of))] : nodesOf(node.children).map(of);
  const values = through(merged(args), isAggregate(node) ? "aggregation" : "transformation", isMasking(node));
  return merged([values, deciding(of(node.filter), "filter"), ...sortFlows(node.order_bys as TreeNode | undefined, of)]);
}

function lambdaFlow(node: TreeNode, scope: Scope, follow: FollowQuery, of: FlowOf): Flow {
  if (node.class !== "LAMBDA") return of(node);
  const lhs = node.lhs as TreeNode;
  const names = (lhs.class === "COLUMN_REF" ? [lhs] : nodesOf(lhs.children)).flatMap(({ column_names }) => (column_names as string[] | undefined) ?? notUnderstood("the parameters of a lambda are no names"));
  return expressionFlow(node.expr as TreeNode, scopeIn(scope, { parameters: new Set(names.map((name) => name.toLowerCase())), star: scope.star }), follow);
}

function windowFlow(node: TreeNode, of: FlowOf): Flow {
  const isOverFrame = node.type === "WINDOW_AGGREGATE";
  const values = through(merged([...nodesOf(node.children), node.offset_expr, node.default_expr].map(of)), isOverFrame ? "aggregation" : "transformation", isOverFrame && isMasking(node));
  const orders = [...nodesOf(node.orders), ...nodesOf(node.arg_orders)].map(({ expression }) => expression);
  const frame = [...nodesOf(node.partitions), ...orders, node.start_expr, node.end_expr];
  return merged([values, deciding(of(node.filter_expr), "filter"), ...frame.map((part) => deciding(of(part), "window"))]);
}

/** What ORDER BY inside an aggregate brings. */
function sortFlows(modifier: TreeNode | undefined, of: FlowOf): Flow[] {
  return nodesOf(modifier?.orders).map(({ expression }) => deciding(of(expression), "sort"));
}

function subqueryFlow(node: TreeNode, scope: Scope, follow: FollowQuery, of: FlowOf): Flow {
  const { columns, rows } = follow((node.subquery as TreeNode).node as TreeNode, scope);
  const values = merged(columns.map(({ flow }) => flow));
  switch (node.subquery_type) {
    case "SCALAR":
      return merged([values, rows]);
    case "ANY":
      return merged([through(merged([of(node.child), values]), "transformation"), rows]);
    case "EXISTS":
    case "NOT_EXISTS":
      return merged([withoutValues(values), rows]);
    default:
      return notUnderstood(`subqueries of the kind ${String(node.subquery_type)} are not followed`);
  }
}

/** Whether the value is one of its row alone: what GROUP BY ALL groups by. */
export const isOfRow = (node: TreeNode): boolean => !hasAggregate(node) && node.class !== "WINDOW";
