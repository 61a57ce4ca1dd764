import { unfit } from "./wrangle-error.ts";

/** A node of the tree that the engine prints of a statement. */
export interface TreeNode {
  [field: string]: unknown;
}

/** What a call is given beside its input. */
export interface CallArguments {
  positional: unknown[];
  named: Map<string, unknown>;
}

/**
 * Arguments of a call as values. They are read from the tree and not computed: each is written out.
 * @throws MillraceError `MR-WRANGLE-001` for one that is no text, number, boolean, null, list or struct of these
 */
export function readArguments(nodes: readonly TreeNode[], where: string): CallArguments {
  const read: CallArguments = { positional: [], named: new Map() };
  for (const node of nodes) {
    const name = String(node.alias ?? "").toLowerCase();
    const value = readValue(node, where);
    if (name === "") read.positional.push(value);
    else if (read.named.has(name)) throw unfit(`${name} is given twice`, where, "give it once");
    else read.named.set(name, value);
  }
  return read;
}

function readValue(node: TreeNode, where: string): unknown {
  const children = (node.children ?? []) as TreeNode[];
  if (node.class === "CONSTANT") return readConstant(node.value as TreeNode, where);
  if (node.class === "CAST" && (node.cast_type as TreeNode).id === "BOOLEAN") return readValue(node.child as TreeNode, where) === "t";
  if (node.class === "CAST" && (node.cast_type as TreeNode).id === "DOUBLE") return Number(readValue(node.child as TreeNode, where));
  if (node.function_name === "list_value") return children.map((child) => readValue(child, where));
  if (node.function_name === "struct_pack") return Object.fromEntries(children.map((child) => [String(child.alias), readValue(child, where)]));
  if (node.function_name === "-" && children.length === 1) return -Number(readValue(children[0], where));
  throw unfit("an argument is neither a text, a number, true, false, null, a list nor a struct", where, "write the value itself, as depth := 2 or ['a', 'b']");
}

function readConstant({ is_null, value, type }: TreeNode, where: string): unknown {
  if (is_null) return null;
  const { type_info } = type as { type_info: { scale?: number } | null };
  if (typeof value === "number") return value / 10 ** (type_info?.scale ?? 0);
  if (typeof value === "string" || typeof value === "boolean") return value;
  throw unfit("an argument is a number of more digits than are taken", where, "write it as a text, or as a smaller number");
}
