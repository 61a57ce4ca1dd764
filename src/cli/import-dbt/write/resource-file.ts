import type { JinjaError } from "../jinja/jinja-error.ts";
import type { Node } from "../jinja/nodes.ts";
import { textOf, type Value } from "../jinja/values.ts";
import type { DbtProject, Resource } from "../project/dbt-project.ts";
import { tagsOf } from "../project/path-config.ts";
import { lineAt, type Report } from "../report.ts";
import { literalText } from "../translate/code.ts";
import { ExpressionTranslator } from "../translate/expressions.ts";
import { FileCode } from "../translate/file-code.ts";
import type { ModelScope, TemplateScope } from "../translate/template-scope.ts";
import { TemplateTranslator } from "../translate/templates.ts";
import type { Checks } from "./checks.ts";
import { historyTexts } from "./history-text.ts";
import { materializeOptions } from "./materialize-options.ts";
import { listText, type Options, optionsText } from "./options-text.ts";
import { resourcePath } from "./paths.ts";
import type { ProjectWorld } from "./project-world.ts";
import { seedText } from "./seed-text.ts";
import { columnsText } from "./source-files.ts";
import { trimmed } from "./trimmed.ts";
import { unitTestsText } from "./unit-tests.ts";

/** What files are written with. */
export interface WriteParts {
  project: DbtProject;
  world: ProjectWorld;
  checks: Checks;
  report: Report;
}

/** A model, a seed or a snapshot, as the file that declares it. */
export function resourceFile(resource: Resource, parts: WriteParts): [path: string, text: string] {
  const file = new FileCode(resourcePath(resource));
  const name = file.declare(resource.name);
  tellOfSettings(resource, parts.report);
  const text = resource.kind === "seed" ? seedText(resource, name, file, commonOptions(resource, file, parts)) : madeText(resource, name, file, parts);
  return [file.path, `${file.imports()}\n${text}`];
}

function madeText(resource: Resource, name: string, file: FileCode, parts: WriteParts): string {
  const { head, nodes } = resource.unreadable ? { head: [], nodes: resource.nodes } : headOf(trimmed(resource.nodes));
  const { statements, sql } = statementOf(resource, nodes, file, parts);
  const comments = head.map((comment) => `/* ${comment.trim().replaceAll("*/", "* /")} */\n`).join("");
  const common = commonOptions(resource, file, parts);
  if (resource.kind === "snapshot") return comments + statements + historyTexts(resource, name, sql, file, common, parts.report);
  const { checks, columns, ...told } = common;
  const options: Options = { ...told, ...materializeOptions(resource, file, parts.report), sql, columns, checks, unitTests: unitTestsText(resource, parts.project, parts.world, file, parts.report) };
  return `${comments}${statements}export const ${name} = ${file.millrace("table")}(${literalText(resource.table)}, ${optionsText(options)});\n`;
}

function commonOptions(resource: Resource, file: FileCode, { checks }: WriteParts): Options {
  const { description, owner, columns, config } = resource;
  const tags = tagsOf(config.tags);
  const list = checks.of(resource, file);
  return {
    description: description === "" ? undefined : literalText(description),
    owner: owner === undefined ? undefined : literalText(owner),
    tags: tags.length === 0 ? undefined : literalText(tags),
    columns: columnsText(columns),
    checks: list.length === 0 ? undefined : listText(list, 1),
  };
}

/** Comments that stand before the statement, and the rest. */
function headOf(nodes: readonly Node[]): { head: string[]; nodes: Node[] } {
  const start = nodes.findIndex((node) => node.kind !== "comment" && !(node.kind === "text" && node.text.trim() === ""));
  const head = nodes.slice(0, Math.max(start, 0)).flatMap((node) => (node.kind === "comment" ? [node.text] : []));
  return { head, nodes: trimmed(nodes.slice(Math.max(start, 0))) };
}

/** The statement as the option `sql` takes it, and what stands before the declaration. */
function statementOf(resource: Resource, nodes: Node[], file: FileCode, { world, report }: WriteParts): { statements: string; sql: string } {
  const [schema, alias] = resource.table.split(".");
  const model: ModelScope = { schema, alias, config: resource.config, used: new Set() };
  const scope: TemplateScope = { file, names: new Map(), model };
  const missed: string[] = [];
  const notUnderstood = (error: JinjaError): string => {
    const line = lineAt(resource.source.text, error.at);
    report.add("not-understood", resource.source.path, line, `${resource.name}: ${error.message}`);
    missed.push(`${resource.source.path}:${line}: ${error.message}`);
    return `not understood, ${resource.source.path}:${line}: ${partAt(resource.source.text, error.at)}`;
  };
  if (resource.unreadable) notUnderstood(resource.unreadable);
  const translator = new TemplateTranslator(new ExpressionTranslator(world), notUnderstood);
  const { statements, sql } = translator.template(nodes, scope);
  const tag = file.millrace("sql");
  const template = `${tag}\`\n${sql.replace(/^(?:[ \t]*\n)+/, "").trimEnd()}\n\``;
  const whole = missed.length === 0 ? template : `${world.unfinished(file)}(${listText(missed.map((part) => literalText(part)), 1)}, ${template})`;
  const used = ["self", "incremental", "interval"].filter((each) => model.used.has(each as "self"));
  if (used.length === 0) return { statements: statements.map((statement) => `${statement}\n`).join("") + (statements.length > 0 ? "\n" : ""), sql: whole };
  const body = statements.length === 0 ? whole : `{\n${statements.map((statement) => `    ${statement}\n`).join("")}    return ${whole};\n  }`;
  return { statements: "", sql: `({ ${used.join(", ")} }) => ${body}` };
}

/** What stands between the signs of Jinja's around an offset. */
function partAt(text: string, at: number): string {
  const start = Math.max(text.lastIndexOf("{{", at), text.lastIndexOf("{%", at));
  const end = text.slice(at).search(/\}\}|%\}/);
  return start < 0 || end < 0 ? "" : text.slice(start + 2, at + end).replaceAll(/^-|-$/g, "").trim();
}

/** Settings that have no place here. */
const unread: Record<string, string> = {
  pre_hook: "a hook: write it as a task of a DAG",
  post_hook: "a hook: write it as a task of a DAG",
  grants: "grants",
  contract: "the contract: say `schema` in the declaration",
  location: "where its file lies: the lake keeps it",
  indexes: "indexes",
};

function tellOfSettings({ config, name, source }: Resource, report: Report): void {
  const isSet = (value: Value): boolean => (Array.isArray(value) ? value.length > 0 : typeof value === "object" && value !== null ? Object.values(value).some((each) => each !== false) : value !== undefined && value !== null);
  for (const [setting, what] of Object.entries(unread)) if (isSet(config[setting])) report.add("left-out", source.path, 1, `${name}: ${what}`);
  if (config.database !== undefined) report.add("left-out", source.path, 1, `${name}: the database ${textOf(config.database)}: a table has a namespace and a name`);
}
