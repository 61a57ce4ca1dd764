/** A node of the engine's tree of a statement, of which each reader knows the fields that it reads. */
export interface TreeNode {
  [field: string]: unknown;
}

/** Names in SQL are the same whatever the case of their letters. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Nodes of a field; none where it is absent. */
export const nodesOf = (value: unknown): TreeNode[] => (Array.isArray(value) ? (value as TreeNode[]) : []);

/** The text of a constant; undefined for one that is no text. */
export function constantText(node: TreeNode | undefined): string | undefined {
  const value = node?.class === "CONSTANT" ? (node.value as TreeNode) : undefined;
  return value && (value.type as TreeNode).id === "VARCHAR" && typeof value.value === "string" ? value.value : undefined;
}

/** The number of a constant that counts columns; undefined for anything else. */
export function constantPlace(node: TreeNode | undefined): number | undefined {
  const value = node?.class === "CONSTANT" ? (node.value as TreeNode) : undefined;
  return typeof value?.value === "number" && Number.isInteger(value.value) ? value.value : undefined;
}
