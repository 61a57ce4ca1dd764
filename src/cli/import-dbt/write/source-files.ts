import { isAbsolute, join, relative } from "node:path";
import type { DbtProject, SourceTable } from "../project/dbt-project.ts";
import type { Report } from "../report.ts";
import { literalText } from "../translate/code.ts";
import { FileCode, identifier } from "../translate/file-code.ts";
import { resourceOfSource } from "./model-reads.ts";
import { optionsText, type Options } from "./options-text.ts";
import { resourcePath } from "./paths.ts";

export const sourcePath = (source: string): string => `sources/${source.replaceAll(/[^A-Za-z0-9_-]+/g, "_")}.ts`;

/** Each source as a file that exports its tables: the seed or model that fills one, or files that are read where they are. */
export function sourceFiles(project: DbtProject, into: string, report: Report): [path: string, text: string][] {
  return [...Map.groupBy(project.sources.values(), ({ source }) => source)].map(([source, tables]) => {
    const file = new FileCode(sourcePath(source));
    const texts = tables.map((table) => tableText(table, file, { project, into, report }));
    return [file.path, [file.imports(), ...texts].filter((text) => text !== "").join("\n")];
  });
}

interface SourceParts {
  project: DbtProject;
  into: string;
  report: Report;
}

function tableText(table: SourceTable, file: FileCode, { project, into, report }: SourceParts): string {
  const filledBy = project.resources.get(resourceOfSource(project, `${table.source}.${table.name}`) ?? "");
  const name = identifier(table.name);
  if (filledBy) {
    const own = identifier(filledBy.name);
    return `export { ${own === name ? name : `${own} as ${name}`} } from ${literalText(`../${resourcePath(filledBy)}`)};\n`;
  }
  const at = locationOf(table, { project, into, report });
  const options: Options = { at: literalText(at), description: textOrNot(table.description), columns: columnsText(table.columns) };
  if (table.tests.length > 0) report.add("left-out", table.file, table.line, `tests of source ${table.source}.${table.name}: files that others write are checked in the models that read them`);
  return `export const ${file.declare(table.name)} = ${file.millrace("externalTable")}(${literalText(table.table)}, ${optionsText(options)});\n`;
}

/** A database of dbt's has tables of others in it; here their files must lie somewhere. */
function locationOf({ source, name, table, location, file, line }: SourceTable, { project, into, report }: SourceParts): string {
  const plain = /^(?:read_\w+\()?'?([^'()]+?)'?\)?$/.exec(location ?? "")?.[1];
  // dbt is started in the project's folder.
  if (plain !== undefined) return isAbsolute(plain) || /^\w+:/.test(plain) ? plain : relative(into, join(project.folder, plain)).replaceAll("\\", "/");
  const [schema, alias] = table.split(".");
  const at = `sources/${schema}/${alias}.*`;
  report.add("changed", file, line, `source ${source}.${name}: ${location === undefined ? "the project does not hold its rows" : `its location ${location} is not understood`}; they are read from ${at}`);
  return at;
}

const textOrNot = (text: string): string | undefined => (text === "" ? undefined : literalText(text));

export function columnsText(columns: readonly { name: string; description: string }[]): string | undefined {
  const told = columns.filter(({ description }) => description !== "");
  return told.length === 0 ? undefined : optionsText(Object.fromEntries(told.map(({ name, description }) => [name, literalText(description)])), 1);
}
