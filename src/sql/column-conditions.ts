import type { ColumnCondition, TableReference } from "./query-request.ts";
import type { SerializedSql } from "./statement-gate.ts";
import { readVersion, referenceKey } from "./table-version.ts";

/*
 * What a statement asks of the columns of a table before anything else is done with its rows: it lets files be left out of
 * which no row fits. Only what is certain is taken: conditions in the WHERE of a SELECT that reads that table alone, and that
 * all must hold, of a table that the statement reads in one place. Whatever else there is, the engine sees to.
 */

interface TreeNode {
  [field: string]: unknown;
}

type Comparison = ColumnCondition["op"];

const comparisons: Record<string, Comparison> = { COMPARE_EQUAL: "=", COMPARE_LESSTHAN: "<", COMPARE_LESSTHANOREQUALTO: "<=", COMPARE_GREATERTHAN: ">", COMPARE_GREATERTHANOREQUALTO: ">=" };
const flipped: Record<Comparison, Comparison> = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/**
 * @param gated - the tree that the gate has looked at, in which what calls are given stands as tables
 * @returns the references, each with what is asked of its columns where there is something
 */
export function withConditions(tree: SerializedSql, gated: SerializedSql, references: TableReference[]): TableReference[] {
  const uses = new Map<string, number>();
  const found = new Map<string, ColumnCondition[]>();
  walk(gated.statements?.[0]?.node, (node) => {
    if (node.type === "BASE_TABLE") uses.set(keyOf(node), (uses.get(keyOf(node)) ?? 0) + 1);
  });
  walk(tree.statements?.[0]?.node, (node) => {
    const table = node.type === "SELECT_NODE" ? (node.from_table as TreeNode) : undefined;
    if (table?.type === "BASE_TABLE" && !table.sample && !node.sample && (table.column_name_alias as unknown[]).length === 0) found.set(keyOf(table), conditionsIn(node.where_clause as TreeNode | null, nameOf(table)));
  });
  return references.map((reference) => {
    const key = referenceKey(reference.parts, reference.at);
    const conditions = uses.get(key) === 1 ? (found.get(key) ?? []) : [];
    return conditions.length === 0 ? reference : { ...reference, conditions };
  });
}

function walk(value: unknown, visit: (node: TreeNode) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) visit(value as TreeNode);
  for (const child of Object.values(value)) walk(child, visit);
}

function keyOf(table: TreeNode): string {
  const parts = [table.catalog_name, table.schema_name, table.table_name].map((part) => String(part ?? "")).filter((part) => part !== "");
  return referenceKey(parts, table.at_clause ? readVersion(table.at_clause as TreeNode, "the statement") : undefined);
}

const nameOf = (table: TreeNode): string => String(table.alias || table.table_name).toLowerCase();

function conditionsIn(node: TreeNode | null, table: string): ColumnCondition[] {
  if (node?.type === "CONJUNCTION_AND") return (node.children as TreeNode[]).flatMap((child) => conditionsIn(child, table));
  if (node?.class === "BETWEEN") return [condition(node.input, ">=", node.lower, table), condition(node.input, "<=", node.upper, table)].flatMap((one) => one ?? []);
  const op = node?.class === "COMPARISON" ? comparisons[String(node.type)] : undefined;
  if (!node || op === undefined) return [];
  return [condition(node.left, op, node.right, table) ?? condition(node.right, flipped[op], node.left, table)].flatMap((one) => one ?? []);
}

function condition(side: unknown, op: Comparison, other: unknown, table: string): ColumnCondition | undefined {
  const { class: kind, column_names } = side as TreeNode;
  const names = kind === "COLUMN_REF" ? (column_names as string[]) : [];
  const isOfTable = names.length === 1 || (names.length === 2 && names[0].toLowerCase() === table);
  const constant = isOfTable ? constantOf(other as TreeNode) : undefined;
  return constant && { column: names[names.length - 1], op, ...constant };
}

const timeTypes = new Set(["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]);

function constantOf(node: TreeNode): Pick<ColumnCondition, "value" | "as"> | undefined {
  if (node.class === "CAST" && !node.try_cast) {
    const as = String((node.cast_type as TreeNode).id);
    const inner = constantOf(node.child as TreeNode);
    return timeTypes.has(as) && inner?.as === "VARCHAR" ? { value: inner.value, as: as as ColumnCondition["as"] } : undefined;
  }
  if (node.class !== "CONSTANT") return undefined;
  const { type, value } = node.value as TreeNode;
  const as = String((type as TreeNode).id);
  if (as === "VARCHAR" && typeof value === "string") return { value, as };
  return (as === "INTEGER" || as === "BIGINT") && Number.isSafeInteger(value) ? { value: value as number, as: "INTEGER" } : undefined;
}
