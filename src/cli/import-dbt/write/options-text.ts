import { keyText } from "../translate/code.ts";

/** Fields with the TypeScript of their values; those without one are left out. */
export type Options = Record<string, string | undefined>;

/** An object, a field to a line. @param depth - how far it stands from the margin, in steps */
export function optionsText(options: Options, depth = 0): string {
  const indent = "  ".repeat(depth);
  const fields = Object.entries(options).filter(([, text]) => text !== undefined);
  return `{\n${fields.map(([name, text]) => `${indent}  ${keyText(name)}: ${text},\n`).join("")}${indent}}`;
}

/** A list: in one line where that is short. */
export function listText(items: readonly string[], depth = 0): string {
  const line = `[${items.join(", ")}]`;
  if (line.length <= 100 && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth);
  return `[\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}]`;
}
