import { expressionFlow, type FollowQuery } from "./expression-flow.ts";
import type { Flow } from "./flow.ts";
import { notUnderstood } from "./not-understood.ts";
import { find, type RelationColumn, type Scope } from "./relation.ts";
import { chosenColumns, starLike } from "./star-columns.ts";
import { structFields } from "./struct-fields.ts";
import { nodesOf, sameName, type TreeNode } from "./tree.ts";

/** A column that SELECT makes, with the expression that makes it. */
export interface SelectItem extends RelationColumn {
  expression: TreeNode;
}

/** The columns of one expression behind SELECT: several for a star. @throws NotUnderstood */
export function selectItems(node: TreeNode, scope: Scope, follow: FollowQuery): SelectItem[] {
  if (node.class === "STAR" && !node.columns) return starItems(node, scope, follow);
  const like = starLike(node, scope);
  if (like) return like.map((column) => ({ ...column, expression: node }));
  const stars = starsIn(node);
  if (stars.length > 0) return repeated(node, stars, scope, follow);
  return unnested(node, scope, follow) ?? [{ ...item(node, scope, follow), expression: node }];
}

function starItems(star: TreeNode, scope: Scope, follow: FollowQuery): SelectItem[] {
  const replaced = nodesOf(star.replace_list).map(({ key, value }) => ({ name: String(key), expression: value as TreeNode }));
  return chosenColumns(star, scope).map((column) => {
    const other = replaced.find(({ name }) => column.name !== undefined && sameName(name, column.name));
    return other ? { name: column.name, flow: expressionFlow(other.expression, scope, follow), expression: other.expression } : { ...column, expression: star };
  });
}

/** The same expression for each of the columns that COLUMNS stands for. */
function repeated(node: TreeNode, stars: TreeNode[], scope: Scope, follow: FollowQuery): SelectItem[] {
  const texts = new Set(stars.map((star) => JSON.stringify(star, (key, value) => (key === "query_location" ? undefined : value))));
  if (texts.size > 1) return notUnderstood("different stars stand in one expression");
  const alias = String(node.alias ?? "");
  return chosenColumns(stars[0], scope).map((column) => ({
    // An alias with a backslash takes parts of the column's name.
    name: alias === "" ? column.name : alias.includes("\\") ? undefined : alias,
    flow: expressionFlow(node, { ...scope, star: column }, follow),
    expression: node,
  }));
}

/** COLUMNS in an expression, but for those that are unpacked into the arguments of a function. */
function starsIn(value: unknown): TreeNode[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(starsIn);
  const node = value as TreeNode;
  if (node.class === "SUBQUERY" || node.type === "OPERATOR_UNPACK") return [];
  if (node.class === "STAR") return [node];
  return Object.values(node).flatMap(starsIn);
}

/** UNNEST of a struct makes a column of each field. */
function unnested(node: TreeNode, scope: Scope, follow: FollowQuery): SelectItem[] | undefined {
  if (node.class !== "FUNCTION" || node.function_name !== "unnest") return undefined;
  const [argument, ...options] = nodesOf(node.children);
  const type = argument?.class === "COLUMN_REF" ? find(scope, argument.column_names as string[])?.column.type : undefined;
  const fields = type === undefined ? undefined : structFields(type);
  if (fields === undefined && (options.length > 0 || (argument?.class === "COLUMN_REF" && type === undefined))) return notUnderstood("it is not known which columns UNNEST makes");
  if (fields === undefined) return undefined;
  if (options.length > 0) return notUnderstood("UNNEST of more than one level is not followed");
  const flow = expressionFlow(node, scope, follow);
  return fields.map((field) => ({ ...field, flow, expression: node }));
}

function item(node: TreeNode, scope: Scope, follow: FollowQuery): RelationColumn {
  const flow: Flow = expressionFlow(node, scope, follow);
  const alias = String(node.alias ?? "");
  if (node.class !== "COLUMN_REF") return { name: alias === "" ? undefined : alias, flow };
  const parts = node.column_names as string[];
  const found = find(scope, parts);
  return { name: alias === "" ? parts[parts.length - 1] : alias, flow, type: found?.fields === 0 ? found.column.type : undefined };
}
