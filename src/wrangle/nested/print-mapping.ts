import { stringify } from "yaml";
import type { FullMappingLine } from "./generate-mapping.ts";
import { mappingConstant, mappingTuple } from "./mapping-text.ts";

export type MappingFormat = "typescript" | "yaml" | "json";

/** The mapping as a file that a person edits: a line a field. */
export function printMapping(lines: readonly FullMappingLine[], format: MappingFormat): string {
  if (format === "yaml") return stringify(lines, { lineWidth: 0 });
  if (format === "json") return `[\n${lines.map((line) => `  ${mappingTuple(line)}`).join(",\n")}\n]\n`;
  return mappingConstant(lines);
}

/** What a mapping is for. */
export interface MappingUse {
  /** What it reads, as SQL names it: `"raw"."quakes"`. */
  from: string;
  /** The table that its rows would make: `raw.quakes_flat`. */
  into: string;
}

/** A file of a project: the mapping, and a model that applies it. */
export function mappingModule(lines: readonly FullMappingLine[], { from, into }: MappingUse): string {
  const name = into.split(".").at(-1)?.replaceAll(/\W+(\w)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "") ?? "";
  const variable = /^[A-Za-z_$]/.test(name) && name !== "mapping" ? name : `flat_${name}`;
  const input = from.replaceAll(/[\\`$]/g, "\\$&");
  return `import { applyMapping, sql, table } from "millrace";

${printMapping(lines, "typescript")}
// Where the project declares what is read here, put that in place of the inner sql\`…\`: then it is built before.
export const ${variable} = table(${JSON.stringify(into)}, {
  sql: sql\`select * from \${applyMapping(sql\`select * from ${input}\`, mapping)}\`,
});
`;
}

/** A statement that applies the mapping. */
export function mappingSql(lines: readonly FullMappingLine[], { from }: Pick<MappingUse, "from">): string {
  const text = (part: string): string => `'${part.replaceAll("'", "''")}'`;
  const rows = lines.map(({ from, fromType, to, type }) => `  [${[from, fromType, to, type].map(text).join(", ")}]`);
  return `select * from apply_mapping(${from}, [\n${rows.join(",\n")}\n]);\n`;
}
