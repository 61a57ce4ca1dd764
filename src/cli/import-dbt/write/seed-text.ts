import { isTrue, textOf } from "../jinja/values.ts";
import type { Resource } from "../project/dbt-project.ts";
import { isMap, type Yaml } from "../project/yaml-file.ts";
import { literalText } from "../translate/code.ts";
import type { FileCode } from "../translate/file-code.ts";
import { type Options, optionsText } from "./options-text.ts";

/** A seed; one whose columns were given types, as the file's rows and a table in which the columns have them. */
export function seedText(resource: Resource, name: string, file: FileCode, { checks, columns, ...told }: Options): string {
  const { config, source, table } = resource;
  const seed = file.millrace("seed");
  const types = Object.entries(isMap(config.column_types as Yaml) ? (config.column_types as Record<string, string>) : {});
  const format = isTrue(config.delimiter ?? "") ? `{ kind: "csv", delimiter: ${literalText(textOf(config.delimiter))} }` : undefined;
  const read: Options = { file: literalText(source.path), format };
  if (types.length === 0) return `export const ${name} = ${seed}(${literalText(table)}, ${optionsText({ ...told, ...read, columns, checks })});\n`;
  const rows = file.declare(`${name}_file`);
  const casts = types.map(([column, type]) => `cast("${column}" as ${type}) as "${column}"`).join(", ");
  const typed = optionsText({ ...told, sql: `${file.millrace("sql")}\`select * replace (${casts}) from \${${rows}}\``, columns, checks });
  return `export const ${rows} = ${seed}(${literalText(`${table}_file`)}, ${optionsText(read)});\n\nexport const ${name} = ${file.millrace("table")}(${literalText(table)}, ${typed});\n`;
}
