import type { TableProfile } from "../../quality/profile/profile.ts";
import { literal, type SuggestedSteps } from "./suggest-steps.ts";

/** How the project names a dataset: an export of one of its files. */
export interface DatasetExport {
  /** From the folder where the code is to stand: `./pipeline.ts`. */
  file: string;
  name: string;
}

/** Steps that the type of `wrangle` counts. */
const typedMax = 12;

/**
 * Suggested steps as a file of the project, to be looked at and kept.
 * @param dataset - absent for a dataset that the project does not declare: it is read by its name
 */
export function printSteps({ dataset: name, rows }: TableProfile, { suggestions, doubts }: SuggestedSteps, dataset: DatasetExport | undefined): string {
  const head = [`// ${name}, ${rows} rows: proposed from its profile, to be looked at before it is kept.`, ...doubts.map((doubt) => `// Yours to decide: ${doubt}.`)].map(oneLine);
  if (suggestions.length === 0) return `${head.join("\n")}\n// Nothing else was found that a step would mend.\n`;
  const [namespace, table] = name.includes(".") ? name.split(/\.(.*)/s) : ["", name];
  const input = dataset?.name ?? "input";
  const used = [...new Set(suggestions.map(({ step }) => step.kind))].sort();
  const imports = [`import { ${[...used, "wrangle", "wrangled"].join(", ")} } from "millrace/wrangle";`];
  if (dataset === undefined) imports.unshift('import { type Rows, sql } from "millrace";');
  else imports.push(`import { ${dataset.name} } from ${JSON.stringify(dataset.file)};`);
  const id = namespace === "" ? `\${sql.id(${literal(table)})}` : `\${sql.id(${literal(namespace)})}.\${sql.id(${literal(table)})}`;
  const own = dataset === undefined ? [`const input: Rows<any> = sql\`select * from ${id}\`;`, ""] : [];
  const call = suggestions.length > typedMax ? "wrangle<any, any>" : "wrangle";
  return [
    ...imports,
    "",
    ...head,
    ...own,
    `export const clean${pascal(table)} = wrangled(`,
    `  ${literal(`clean.${table}`)},`,
    `  ${call}(`,
    `    ${input},`,
    ...suggestions.map(({ code, evidence }) => `    ${code}, ${oneLine(`// ${evidence}`)}`),
    "  ),",
    ");",
    "",
  ].join("\n");
}

/** What data says stands behind a comment's mark, and cannot end the line. */
const oneLine = (text: string): string => text.replace(/[\n\r\u2028\u2029]/g, " ");

const pascal = (name: string): string => name.replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9]?)/g, (_, _between, letter: string) => letter.toUpperCase());
