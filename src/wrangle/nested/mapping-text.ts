import type { FullMappingLine } from "./generate-mapping.ts";

/** A line of a mapping as TypeScript and JSON write it. */
export const mappingTuple = ({ from, fromType, to, type }: FullMappingLine): string => `[${[from, fromType, to, type].map((part) => JSON.stringify(part)).join(", ")}]`;

/** A mapping as TypeScript. @param note - what stands behind a line, for people */
export function mappingConstant(lines: readonly FullMappingLine[], note?: (line: number) => string): string {
  const rows = lines.map((line, i) => `  ${mappingTuple(line)},${note === undefined ? "" : ` // ${note(i)}`}`);
  return ["export const mapping = [", ...rows, "] as const;", ""].join("\n");
}
