import { canonical } from "../../model/release.ts";

/** A statement's tree, as the engine writes it down. */
export type StatementTree = { error?: boolean; statements?: { node: TreeNode }[] };

interface TreeNode {
  [field: string]: unknown;
}

export type StatementChange =
  /** The same, in other words. */
  | "same"
  /** Rows stay what they are, and have more columns. */
  | "columns-added"
  | "different";

/**
 * What a change of a statement does to rows that it has given before. Columns that come in between, or at the end, leave the
 * others as they were, unless the statement groups or sorts by what it selects, or looks for rows that are alike. In doubt
 * the answer is `different`.
 */
export function compareStatements(before: StatementTree, after: StatementTree): StatementChange {
  const [old, now] = [before, after].map(({ error, statements }) => (error || statements?.length !== 1 ? undefined : withoutPlaces(statements[0].node)));
  if (old === undefined || now === undefined) return "different";
  if (canonical(old) === canonical(now)) return "same";
  if (!isPlainSelect(old) || !isPlainSelect(now)) return "different";
  const rest = ({ select_list: _, ...others }: TreeNode): string => canonical(others);
  if (rest(old) !== rest(now)) return "different";
  return isSubsequence(itemsOf(old), itemsOf(now)) ? "columns-added" : "different";
}

/** One SELECT whose rows do not depend on which columns it has. */
function isPlainSelect(node: TreeNode): boolean {
  const modifiers = (node.modifiers ?? []) as TreeNode[];
  const byAll = node.aggregate_handling !== undefined && node.aggregate_handling !== "STANDARD_HANDLING";
  return node.type === "SELECT_NODE" && !byAll && !modifiers.some(({ type }) => type === "DISTINCT_MODIFIER") && !hasPositions(node);
}

/** `group by 1`, `order by 2`: what stands there depends on what stands before it. */
function hasPositions(node: TreeNode): boolean {
  const grouped = (node.group_expressions ?? []) as TreeNode[];
  const ordered = ((node.modifiers ?? []) as TreeNode[]).flatMap(({ orders }) => ((orders ?? []) as { expression?: TreeNode }[]).map(({ expression }) => expression));
  return [...grouped, ...ordered].some((each) => each?.class === "CONSTANT");
}

const itemsOf = (node: TreeNode): string[] => ((node.select_list ?? []) as unknown[]).map((item) => canonical(item));

function isSubsequence(part: string[], whole: string[]): boolean {
  let at = 0;
  for (const item of whole) if (item === part[at]) at += 1;
  return at === part.length;
}

function withoutPlaces(node: TreeNode): TreeNode {
  return JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === "query_location" ? undefined : value))) as TreeNode;
}
