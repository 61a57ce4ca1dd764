import { expressionFlow, type FollowQuery } from "./expression-flow.ts";
import { deciding, type Flow, inputFlow, merged, noFlow, through } from "./flow.ts";
import type { InputSchemas } from "./lineage.ts";
import { notUnderstood } from "./not-understood.ts";
import { pivotRelation } from "./pivot-flow.ts";
import { type Binding, findHere, type Relation, type RelationColumn, renamed, type Scope, scopeIn, type SharedColumn, starColumns } from "./relation.ts";
import { nodesOf, sameName, type TreeNode } from "./tree.ts";

/** What stands in FROM: names for its columns, and what decides which rows there are. */
export interface From {
  scope: Scope;
  rows: Flow;
}

interface Reading {
  schemas: InputSchemas;
  follow: FollowQuery;
}

/** @param outer - what is around the query, and on the left in a join. @throws NotUnderstood */
export function fromFlow(node: TreeNode, outer: Scope, reading: Reading): From {
  switch (node.type) {
    case "EMPTY":
      return { scope: scopeIn(outer), rows: noFlow };
    case "BASE_TABLE":
      return bound(node, tableName(node), tableRelation(node, outer, reading), outer);
    case "SUBQUERY":
      return bound(node, [], reading.follow((node.subquery as TreeNode).node as TreeNode, outer), outer);
    case "TABLE_FUNCTION":
      return bound(node, [String((node.function as TreeNode).function_name)], functionRelation(node, outer, reading), outer);
    case "EXPRESSION_LIST":
      return bound(node, [], listRelation(node, outer, reading), outer);
    case "PIVOT": {
      const source = fromFlow(node.source as TreeNode, outer, reading);
      return bound(node, [], pivotRelation(node, source, reading.follow), outer);
    }
    case "JOIN":
      return joined(node, outer, reading);
    case "SHOW_REF":
      return notUnderstood("DESCRIBE and SUMMARIZE tell of a table, and not of its rows");
    default:
      return notUnderstood(`${String(node.type)} in FROM is not followed`);
  }
}

/** One relation, under its alias or its own name. */
function bound(node: TreeNode, ownName: string[], { columns, rows }: Relation, outer: Scope): From {
  const alias = String(node.alias ?? "");
  const binding: Binding = { name: alias === "" ? ownName : [alias], columns: renamed(columns, (node.column_name_alias as string[] | undefined) ?? []) };
  return { scope: scopeIn(outer, { bindings: [binding] }), rows };
}

const tableName = (node: TreeNode): string[] => [node.catalog_name, node.schema_name, node.table_name].map((part) => String(part ?? "")).filter((part) => part !== "");

function tableRelation(node: TreeNode, { tables }: Scope, { schemas }: Reading): Relation {
  const parts = tableName(node);
  const common = parts.length === 1 ? tables.get(parts[0].toLowerCase()) : undefined;
  if (common) return common();
  const schema = schemas(parts) ?? notUnderstood(`the columns of ${JSON.stringify(parts.join("."))} are not known`);
  const columns = schema.columns.map(({ name, type }): RelationColumn => ({ name, type, flow: inputFlow({ dataset: schema.dataset, column: name }) }));
  return { columns, rows: noFlow };
}

/** Columns of the functions that may stand in FROM, but for those whose one column has their own name. */
const functionColumns: Record<string, string[]> = { json_each: ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"] };

function functionRelation(node: TreeNode, outer: Scope, { follow }: Reading): Relation {
  const call = node.function as TreeNode;
  const name = String(call.function_name).toLowerCase();
  const args = merged(nodesOf(call.children).map((arg) => expressionFlow(arg, outer, follow)));
  if (name === "unnest" && nodesOf(call.children).length !== 1) return notUnderstood("UNNEST of several lists in FROM is not followed");
  const flow = through(args, "transformation");
  const columns: RelationColumn[] = (functionColumns[name] ?? [name]).map((column) => ({ name: column, flow }));
  if (node.with_ordinality === "WITH_ORDINALITY") columns.push({ name: "ordinality", flow: noFlow });
  // How long the list is decides how many rows there are.
  return { columns, rows: deciding(args, "join") };
}

function listRelation(node: TreeNode, outer: Scope, { follow }: Reading): Relation {
  const rows = (node.values as TreeNode[][]).map((row) => row.map((value) => expressionFlow(value, outer, follow)));
  return { columns: rows[0].map((_, i) => ({ name: `col${i}`, flow: merged(rows.map((row) => row[i])) })), rows: noFlow };
}

function joined(node: TreeNode, outer: Scope, reading: Reading): From {
  const left = fromFlow(node.left as TreeNode, outer, reading);
  // What is on the right may read what is on the left.
  const right = fromFlow(node.right as TreeNode, left.scope, reading);
  const shared = usedNames(node, left.scope, right.scope).map((name) => sharedColumn(name, String(node.join_type), left.scope, right.scope));
  const both = scopeIn(outer, { bindings: [...left.scope.bindings, ...right.scope.bindings], shared: allShared(left.scope, right.scope, shared) });
  const condition = node.condition ? expressionFlow(node.condition as TreeNode, both, reading.follow) : noFlow;
  const rows = merged([left.rows, right.rows, ...[condition, ...shared.map(({ sides }) => sides)].map((flow) => deciding(flow, "join"))]);
  const isFilter = node.join_type === "SEMI" || node.join_type === "ANTI";
  return { scope: isFilter ? left.scope : both, rows };
}

function usedNames(node: TreeNode, left: Scope, right: Scope): string[] {
  if (node.ref_type !== "NATURAL") return ((node.using_columns as unknown[] | undefined) ?? []).map(String);
  const names = (scope: Scope): string[] => starColumns(scope).map(({ name }) => name ?? notUnderstood("NATURAL JOIN meets a column without a known name"));
  const others = names(right);
  return names(left).filter((name) => others.some((other) => sameName(name, other)));
}

interface Using extends SharedColumn {
  /** Both columns: they decide which rows fit. */
  sides: Flow;
}

function sharedColumn(name: string, joinType: string, left: Scope, right: Scope): Using {
  const [a, b] = [left, right].map((scope) => findHere(scope, [name])?.column ?? notUnderstood(`USING names "${name}", which is not on both sides`));
  const sides = merged([a.flow, b.flow]);
  const flow = joinType === "RIGHT" ? b.flow : joinType === "OUTER" || joinType === "FULL" ? through(sides, "transformation") : a.flow;
  const of = [left, right].flatMap(({ bindings }) => bindings.filter(({ columns }) => columns.some((column) => column.name !== undefined && sameName(column.name, name))));
  return { name, column: { name, flow, type: a.type }, of, sides };
}

/** What was one already on a side is part of what is one now. */
function allShared(left: Scope, right: Scope, added: Using[]): SharedColumn[] {
  const before = [...left.shared, ...right.shared].filter(({ name }) => !added.some((one) => sameName(one.name, name)));
  return [...before, ...added];
}
