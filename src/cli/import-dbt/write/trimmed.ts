import type { Node } from "../jinja/nodes.ts";
import { calledName } from "../jinja/walk.ts";

/** Without what stands before and behind the statement, and without its last semicolon. */
export function trimmed(nodes: readonly Node[]): Node[] {
  const list = [...nodes];
  const isSilent = (node: Node): boolean => (node.kind === "text" && node.text.trim() === "") || (node.kind === "output" && calledName(node.value) === "config");
  while (list.length > 0 && isSilent(list[0])) list.shift();
  while (list.length > 0 && isSilent(list[list.length - 1])) list.pop();
  const [first, last] = [list[0], list.at(-1)];
  if (first?.kind === "text") list[0] = { ...first, text: first.text.replace(/^\s*\n/, "").replace(/^\n+/, "") };
  if (last?.kind === "text") list[list.length - 1] = { ...(list.at(-1) as Node & { kind: "text" }), text: (list.at(-1) as Node & { kind: "text" }).text.trimEnd().replace(/;$/, "") };
  return list;
}
