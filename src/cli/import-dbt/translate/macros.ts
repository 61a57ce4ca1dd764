import { JinjaError } from "../jinja/jinja-error.ts";
import type { Expression, Node } from "../jinja/nodes.ts";
import { calledName } from "../jinja/walk.ts";
import type { DbtProject, Macro } from "../project/dbt-project.ts";
import { lineAt, type Report } from "../report.ts";
import { type Code, type Type, typeText } from "./code.ts";
import { ExpressionTranslator } from "./expressions.ts";
import { FileCode, identifier } from "./file-code.ts";
import { CallSites, parameterType, templatesOf } from "./macro-parameters.ts";
import type { TemplateScope } from "./template-scope.ts";
import { TemplateTranslator } from "./templates.ts";
import type { MacroCode, MacroParameter, World } from "./world.ts";

interface MacroFile {
  file: FileCode;
  /** Each with its place in the old file, which is its place in the new one. */
  functions: { at: number; text: string }[];
}

/** The macros of a project as functions, each when it is first used: what nothing calls is left behind. */
export class MacroTranslator {
  readonly #macros: ReadonlyMap<string, Macro>;
  readonly #report: Report;
  readonly #sites: CallSites;
  readonly #files = new Map<string, MacroFile>();
  readonly #done = new Map<Macro, MacroCode | JinjaError>();
  readonly #underWay = new Set<Macro>();

  constructor(project: DbtProject, report: Report) {
    this.#macros = project.macros;
    this.#report = report;
    this.#sites = new CallSites(templatesOf(project));
  }

  /** @throws JinjaError when the macro is there and was not understood */
  find(name: string, world: World): MacroCode | undefined {
    const macro = this.#macros.get(name);
    if (!macro) return undefined;
    if (this.#underWay.has(macro)) throw new JinjaError(`${macro.name}() calls itself`, 0);
    this.#underWay.add(macro);
    const code = this.#done.get(macro) ?? this.#translated(macro, world);
    this.#underWay.delete(macro);
    this.#done.set(macro, code);
    if (code instanceof JinjaError) throw new JinjaError(code.message, 0);
    return code;
  }

  /** Files of macros, whole. */
  files(): [path: string, text: string][] {
    return [...this.#files].filter(([, { functions }]) => functions.length > 0).map(([path, { file, functions }]) => [path, `${file.imports()}\n${functions.toSorted((a, b) => a.at - b.at).map(({ text }) => text).join("\n")}`]);
  }

  #translated(macro: Macro, world: World): MacroCode | JinjaError {
    const problems: JinjaError[] = [];
    const path = macro.package === undefined ? macro.source.path.replace(/\.sql$/, ".ts") : `packages/${macro.package}.ts`;
    const known: MacroFile = this.#files.get(path) ?? { file: new FileCode(path), functions: [] };
    // A macro that it calls may come to the same file.
    this.#files.set(path, known);
    const { file } = known;
    const name = file.declare(macro.name);
    const scope: TemplateScope = { file, names: new Map() };
    const parameters = macro.parameters.map((_, i) => this.#parameter(macro, i, scope));
    const expressions = new ExpressionTranslator(world, macro);
    const body = this.#body(macro, scope, expressions, (error) => {
      problems.push(error);
      return error.message;
    });
    for (const parameter of parameters) file.release(parameter.name);
    if (problems.length > 0) return this.#unfit(macro, problems);
    known.functions.push({ at: macro.at, text: functionText(macro, name, parameters, body, file) });
    return { path, name, parameters, returns: body.returns };
  }

  #unfit(macro: Macro, problems: JinjaError[]): JinjaError {
    const [first] = problems;
    const place = `${macro.source.path}:${lineAt(macro.source.text, first.at)}`;
    if (macro.package === undefined) for (const problem of problems) this.#report.add("left-out", macro.source.path, lineAt(macro.source.text, problem.at), `macro ${macro.name}: ${problem.message}`);
    return new JinjaError(`macro ${macro.name}() was not understood (${place}: ${first.message})`, 0);
  }

  #parameter(macro: Macro, index: number, scope: TemplateScope): MacroParameter {
    const { name, fallback } = macro.parameters[index];
    const { type, nullable } = parameterType(macro, index, this.#sites);
    const local = scope.file.declare(name);
    scope.names.set(name, { code: local, type, ...(nullable && { nullable: true as const }) });
    return { name: local, type, nullable, ...(fallback && { fallback: fallback.kind === "value" && fallback.value === null ? "null" : fallbackText(fallback, type) }) };
  }

  #body(macro: Macro, scope: TemplateScope, expressions: ExpressionTranslator, notUnderstood: (error: JinjaError) => string): MacroBody {
    const templates = new TemplateTranslator(expressions, notUnderstood);
    const returned = returnedBy(macro.body);
    if (!returned) {
      const { statements, sql } = templates.template(macro.body, scope);
      return { statements, code: `${scope.file.millrace("sql")}\`${sql}\``, returns: "sql" };
    }
    const { statements } = templates.template(returned.before, scope);
    try {
      const code: Code = expressions.code(returned.value, scope);
      return { statements, code: code.code, returns: code.type };
    } catch (error) {
      if (error instanceof JinjaError) notUnderstood(error);
      else throw error;
      return { statements, code: "", returns: "text" };
    }
  }
}

interface MacroBody {
  statements: string[];
  code: string;
  returns: Type;
}

function fallbackText(fallback: Expression, type: Type): string {
  if (fallback.kind !== "value") return fallback.kind === "list" ? `[${fallback.items.map((item) => (item.kind === "value" ? JSON.stringify(item.value) : "")).join(", ")}]` : "{}";
  return JSON.stringify(type === "text" ? String(fallback.value) : fallback.value);
}

/** A macro that gives a value in place of text: all that it does comes before. */
function returnedBy(body: readonly Node[]): { value: Expression; before: Node[] } | undefined {
  const told = body.filter((node) => node.kind !== "comment" && !(node.kind === "text" && node.text.trim() === ""));
  const last = told.at(-1);
  if (!last || (last.kind !== "output" && last.kind !== "do") || calledName(last.value) !== "return" || last.value.kind !== "call") return undefined;
  return { value: last.value.args[0], before: told.slice(0, -1) };
}

function functionText(macro: Macro, name: string, parameters: readonly MacroParameter[], { statements, code, returns }: MacroBody, file: FileCode): string {
  const list = parameters.map((parameter) => {
    for (const type of parameter.type === "dataset" ? ["Sql", "TableDefinition"] : []) file.millraceType(type);
    return `${identifier(parameter.name)}: ${typeText(parameter.type)}${parameter.nullable ? " | null" : ""}${parameter.fallback === undefined ? "" : ` = ${parameter.fallback}`}`;
  });
  if (returns === "sql") file.millraceType("Sql");
  const comment = macro.comment === undefined ? "" : `/** ${macro.comment.replaceAll("*/", "* /")} */\n`;
  return `${comment}export function ${name}(${list.join(", ")}): ${typeText(returns)} {\n${statements.map((statement) => `  ${statement}\n`).join("")}  return ${code};\n}\n`;
}
