import { stringify } from "yaml";
import type { FullMappingLine } from "./generate-mapping.ts";

export type MappingFormat = "typescript" | "yaml" | "json";

/** The mapping as a file that a person edits: a line a field. */
export function printMapping(lines: readonly FullMappingLine[], format: MappingFormat): string {
  const tuples = lines.map(({ from, fromType, to, type }) => [from, fromType, to, type]);
  if (format === "yaml") return stringify(lines, { lineWidth: 0 });
  const rows = tuples.map((tuple) => `  [${tuple.map((part) => JSON.stringify(part)).join(", ")}]`).join(",\n");
  if (format === "json") return `[\n${rows}\n]\n`;
  return `export const mapping = [\n${rows},\n] as const;\n`;
}
