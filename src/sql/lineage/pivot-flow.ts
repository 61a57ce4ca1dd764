import { expressionFlow, type FollowQuery } from "./expression-flow.ts";
import { deciding, type Flow, merged, noFlow } from "./flow.ts";
import { notUnderstood } from "./not-understood.ts";
import { type Relation, type RelationColumn, type Scope, starColumns } from "./relation.ts";
import { chosenColumns } from "./star-columns.ts";
import { nodesOf, sameName, type TreeNode } from "./tree.ts";

/** PIVOT and UNPIVOT. @throws NotUnderstood */
export function pivotRelation(node: TreeNode, source: { scope: Scope; rows: Flow }, follow: FollowQuery): Relation {
  const names = (node.unpivot_names as string[] | undefined) ?? [];
  return names.length > 0 ? unpivoted(node, names, source) : pivoted(node, source, follow);
}

function pivoted(node: TreeNode, { scope, rows }: { scope: Scope; rows: Flow }, follow: FollowQuery): Relation {
  const columns = starColumns(scope);
  const pivots = nodesOf(node.pivots);
  const over = pivots.flatMap((pivot) => nodesOf(pivot.pivot_expressions).map((expression) => expressionFlow(expression, scope, follow)));
  const aggregates = nodesOf(node.aggregates);
  const used = new Set([...columnNames(aggregates), ...columnNames(pivots)]);
  const named = ((node.groups as unknown[] | undefined) ?? []).map(String);
  const groups = named.length > 0 ? named.map((name) => columnNamed(columns, name)) : columns.filter(({ name }) => name === undefined || !used.has(name.toLowerCase()));
  const cases = merged(over.map((flow) => deciding(flow, "conditional")));
  const values = combinations(pivots.map(entryNames)).flatMap((value) =>
    aggregates.map((aggregate): RelationColumn => ({ name: pivotName(value, aggregate, aggregates.length), flow: merged([expressionFlow(aggregate, scope, follow), cases]) })),
  );
  return { columns: [...groups, ...values], rows: merged([rows, ...groups.map(({ flow }) => deciding(flow, "group"))]) };
}

/** Names in lower case of all columns that stand anywhere in an expression. */
function columnNames(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const node = value as TreeNode;
  if (node.class === "SUBQUERY" || node.class === "STAR") return notUnderstood("PIVOT with a star or a subquery is not followed");
  if (node.class === "COLUMN_REF") return (node.column_names as string[]).map((name) => name.toLowerCase());
  return Object.values(node).flatMap(columnNames);
}

/** What the values of one pivot call its columns. */
function entryNames(pivot: TreeNode): string[] {
  const entries = nodesOf(pivot.entries);
  if (entries.length === 0 || pivot.subquery || pivot.pivot_enum) return notUnderstood("PIVOT without its values is not followed");
  return entries.map((entry) => {
    const alias = String(entry.alias ?? "");
    if (alias !== "") return alias;
    return nodesOf(entry.values).map(({ is_null, value }) => (is_null || (typeof value !== "string" && !Number.isSafeInteger(value)) ? notUnderstood("a value of PIVOT has no plain name") : String(value))).join("_");
  });
}

const combinations = (lists: string[][]): string[] => lists.reduce((before, names) => before.flatMap((start) => names.map((name) => (start === "" ? name : `${start}_${name}`))), [""]);

function pivotName(value: string, aggregate: TreeNode, count: number): string | undefined {
  const alias = String(aggregate.alias ?? "");
  if (alias !== "") return `${value}_${alias}`;
  return count === 1 ? value : undefined;
}

function unpivoted(node: TreeNode, valueNames: string[], { scope, rows }: { scope: Scope; rows: Flow }): Relation {
  const columns = starColumns(scope);
  const [pivot, ...more] = nodesOf(node.pivots);
  if (more.length > 0 || valueNames.length > 1) return notUnderstood("UNPIVOT into several columns is not followed");
  const taken = nodesOf(pivot.entries).flatMap((entry) => unpivotedColumns(entry, columns, scope));
  const left = columns.filter(({ name }) => !taken.some((one) => name !== undefined && one.name !== undefined && sameName(one.name, name)));
  const nameColumns = ((pivot.unpivot_names as string[] | undefined) ?? []).map((name): RelationColumn => ({ name, flow: noFlow }));
  // Where a value is null there is no row.
  const missing = node.include_nulls ? noFlow : deciding(merged(taken.map(({ flow }) => flow)), "filter");
  return { columns: [...left, ...nameColumns, { name: valueNames[0], flow: merged(taken.map(({ flow }) => flow)) }], rows: merged([rows, missing]) };
}

function unpivotedColumns(entry: TreeNode, columns: RelationColumn[], scope: Scope): RelationColumn[] {
  if (entry.star_expr) return (entry.star_expr as TreeNode).class === "STAR" ? chosenColumns(entry.star_expr as TreeNode, scope) : notUnderstood("UNPIVOT of expressions is not followed");
  const names = nodesOf(entry.values).map(({ value }) => String(value));
  return names.length === 1 ? [columnNamed(columns, names[0])] : notUnderstood("UNPIVOT into several columns is not followed");
}

function columnNamed<T extends RelationColumn>(columns: T[], wanted: string): T {
  return columns.find(({ name }) => name !== undefined && sameName(name, wanted)) ?? notUnderstood(`column "${wanted}" of PIVOT was not found`);
}
