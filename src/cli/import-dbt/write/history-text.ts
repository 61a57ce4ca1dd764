import { textOf, type Value } from "../jinja/values.ts";
import type { Resource } from "../project/dbt-project.ts";
import { isMap, type Yaml } from "../project/yaml-file.ts";
import type { Report } from "../report.ts";
import { literalText } from "../translate/code.ts";
import type { FileCode } from "../translate/file-code.ts";
import { keyOf } from "./materialize-options.ts";
import { type Options, optionsText } from "./options-text.ts";

const deletions: Record<string, string> = { ignore: "keep", invalidate: "end", new_record: "mark" };

/**
 * A snapshot as two tables: the versions, and under the snapshot's own name the same with the columns that dbt gives them, so
 * that models which read it stay as they are.
 */
export function historyTexts(resource: Resource, name: string, sql: string, file: FileCode, { checks, columns, ...told }: Options, report: Report): string {
  const versions = file.declare(`${name}_versions`);
  const table = file.millrace("table");
  const made = optionsText({ materialize: historyText(resource, file, report), sql });
  const shown = optionsText({ ...told, materialize: '"view"', sql: `${file.millrace("sql")}\`${shownSql(resource, versions)}\``, columns, checks });
  return `export const ${versions} = ${table}(${literalText(`${resource.table}_versions`)}, ${made});\n\n/** With the names that dbt gives the times of a version. */\nexport const ${name} = ${table}(${literalText(resource.table)}, ${shown});\n`;
}

function historyText({ config, name, source }: Resource, file: FileCode, report: Report): string {
  const key = keyOf(config.unique_key);
  if (key === undefined) report.add("not-understood", source.path, 1, `snapshot ${name} has no unique_key`);
  const isByTime = textOf(config.strategy ?? "timestamp") === "timestamp";
  const looksAt = Array.isArray(config.check_cols) ? config.check_cols : undefined;
  const deleted = deletionsOf(config);
  const options = [
    `key: ${key ?? '""'}`,
    ...(isByTime ? [`updatedAt: ${literalText(textOf(config.updated_at))}`] : looksAt ? [`compare: ${literalText(looksAt)}`] : []),
    ...(deleted === "keep" ? [] : [`deleted: ${literalText(deleted)}`]),
  ];
  return `${file.millrace("history")}({ ${options.join(", ")} })`;
}

function deletionsOf({ hard_deletes, invalidate_hard_deletes }: Record<string, Value>): string {
  return deletions[textOf(hard_deletes ?? (invalidate_hard_deletes === true ? "invalidate" : "ignore"))] ?? "keep";
}

/** dbt has times without a zone, in UTC. */
function shownSql({ config }: Resource, versions: string): string {
  const given = config.snapshot_meta_column_names as Yaml | undefined;
  const called = (name: string): string => (isMap(given) && typeof given[name] === "string" ? (given[name] as string) : name);
  const isMarked = deletionsOf(config) === "mark";
  const columns = [
    `version_id as ${called("dbt_scd_id")}`,
    `valid_from at time zone 'UTC' as ${called("dbt_updated_at")}`,
    `valid_from at time zone 'UTC' as ${called("dbt_valid_from")}`,
    `valid_to at time zone 'UTC' as ${called("dbt_valid_to")}`,
    ...(isMarked ? [`case when is_deleted then 'True' else 'False' end as ${called("dbt_is_deleted")}`] : []),
  ];
  return `\nselect * exclude (version_id, valid_from, valid_to, is_deleted),\n${columns.map((column) => `  ${column}`).join(",\n")}\nfrom \${${versions}}\n`;
}
