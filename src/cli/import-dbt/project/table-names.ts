import { JinjaError } from "../jinja/jinja-error.ts";
import { textOf, type Value } from "../jinja/values.ts";
import { lineAt, type Report } from "../report.ts";
import type { DbtProject, Macro, Resource, SourceTable } from "./dbt-project.ts";
import type { Settings } from "./settings.ts";

interface NamingParts {
  resources: readonly Resource[];
  sources: readonly SourceTable[];
  settings: Settings;
  macros: ReadonlyMap<string, Macro>;
  report: Report;
}

/** Gives every resource the table that dbt would: by `schema` and `alias`, or by the project's own macros for them. */
export function tableNames(parts: NamingParts): Pick<DbtProject, "resources" | "sources"> {
  const taken = new Map<string, string>();
  const resources = new Map<string, Resource>();
  for (const resource of parts.resources) {
    const named = { ...resource, table: fitting(`${schemaOf(resource, parts)}.${aliasOf(resource, parts)}`, resource, parts.report) };
    const other = taken.get(named.table) ?? (resources.has(named.name) ? named.name : undefined);
    if (other !== undefined) parts.report.add("not-understood", named.source.path, 1, `${named.name} is left out: ${other} has the same name or table`);
    else {
      taken.set(named.table, named.name);
      resources.set(named.name, named);
    }
  }
  const sources = parts.sources.map((source) => ({ ...source, table: fitting(source.table, { name: `${source.source}.${source.name}`, source: { path: source.file } }, parts.report) }));
  return { resources, sources: new Map(sources.map((source) => [`${source.source}.${source.name}`, source])) };
}

function schemaOf(resource: Resource, { settings, macros, report }: NamingParts): string {
  const { schema: base } = settings.target;
  const { config, kind } = resource;
  const custom = config.schema ?? (kind === "snapshot" ? config.target_schema : undefined) ?? null;
  if (kind === "snapshot" && config.target_schema !== undefined && config.schema === undefined) return textOf(custom);
  const fallback = custom === null ? base : `${base}_${textOf(custom).trim()}`;
  return madeBy("generate_schema_name", custom, resource, fallback, { settings, macros, report });
}

function aliasOf(resource: Resource, parts: Pick<NamingParts, "settings" | "macros" | "report">): string {
  const custom = resource.config.alias ?? null;
  return madeBy("generate_alias_name", custom, resource, custom === null ? resource.name : textOf(custom).trim(), parts);
}

/** What the project's own macro makes of a name; without one, dbt's rule. */
function madeBy(macroName: string, custom: Value, resource: Resource, fallback: string, { settings, macros, report }: Pick<NamingParts, "settings" | "macros" | "report">): string {
  const macro = macros.get(macroName);
  if (!macro) return fallback;
  const { name, kind, source, config } = resource;
  const node = { name, resource_type: kind, config: config as { [name: string]: Value }, path: source.path, original_file_path: source.path, fqn: [name] };
  try {
    const make = settings.evaluator.macro(macro.parameters, macro.body, settings.scope());
    return textOf(make([custom, node], {}, macro.at)).trim() || fallback;
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error;
    report.add("not-understood", macro.source.path, lineAt(macro.source.text, error.at), `${macroName}: ${error.message}; dbt's own rule is used for ${name}`);
    return fallback;
  }
}

/** A table has one namespace, and plain names. */
function fitting(table: string, { name, source }: { name: string; source: { path: string } }, report: Report): string {
  const fits = table.split(".").length === 2 && table.split(".").every((part) => /^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(part));
  if (fits) return table;
  const [schema, ...rest] = table.split(".");
  const plain = [schema, rest.join("_")].map((part) => part.replaceAll(/[^A-Za-z0-9_-]+/g, "_").replace(/^-+/, "") || "_").join(".");
  report.add("changed", source.path, 1, `${name} is table "${plain}": "${table}" is no name for one`);
  return plain;
}
