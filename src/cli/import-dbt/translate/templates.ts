import { JinjaError } from "../jinja/jinja-error.ts";
import type { Expression, Node } from "../jinja/nodes.ts";
import { calledName } from "../jinja/walk.ts";
import { type Code, isDictType, isList, joinedText, sameType, truth, typeText } from "./code.ts";
import type { ExpressionTranslator } from "./expressions.ts";
import { atom } from "./methods.ts";
import { SqlWriter } from "./sql-writer.ts";
import { inner, type LoopLocal, type TemplateScope } from "./template-scope.ts";

/** A template as TypeScript. */
export interface TemplateCode {
  /** What comes before the statement: variables that it uses. */
  statements: string[];
  /** The inside of a `sql` template. */
  sql: string;
}

/** Calls that say something to dbt, and leave nothing in the statement. */
const silent = new Set(["config", "log", "print", "exceptions.warn"]);

/** Turns templates into TypeScript. What is not understood is told, and stands in the statement as a comment. */
export class TemplateTranslator {
  readonly #expressions: ExpressionTranslator;
  readonly #notUnderstood: (error: JinjaError) => string;

  /** @param notUnderstood - told of each part; gives the words that stand in its place */
  constructor(expressions: ExpressionTranslator, notUnderstood: (error: JinjaError) => string) {
    this.#expressions = expressions;
    this.#notUnderstood = notUnderstood;
  }

  template(nodes: readonly Node[], scope: TemplateScope): TemplateCode {
    const writer = new SqlWriter(scope.file);
    const statements: string[] = [];
    for (const node of nodes) this.#guarded(node, writer, () => this.#node(node, writer, statements, scope));
    const end = nodes.at(-1)?.at ?? 0;
    let sql = "";
    this.#guarded({ at: end }, writer, () => {
      sql = writer.end(end);
    });
    return { statements, sql };
  }

  /** As a `sql` template, with what comes before it. */
  expression(nodes: readonly Node[], scope: TemplateScope): string {
    const { statements, sql } = this.template(nodes, scope);
    const template = `${scope.file.millrace("sql")}\`${sql}\``;
    return statements.length === 0 ? template : `(() => { ${statements.join(" ")} return ${template}; })()`;
  }

  #guarded({ at }: { at: number }, writer: SqlWriter, write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!(error instanceof JinjaError)) throw error;
      writer.comment(this.#notUnderstood(error.at === 0 ? new JinjaError(error.message, at) : error));
    }
  }

  #node(node: Node, writer: SqlWriter, statements: string[], scope: TemplateScope): void {
    switch (node.kind) {
      case "text":
        return writer.text(node.text);
      case "comment":
        return writer.comment(node.text);
      case "output":
        if (!silent.has(calledName(node.value) ?? "")) writer.place(this.#expressions.code(node.value, scope), node.at);
        return;
      case "do":
        return this.#do(node.value, statements, scope);
      case "set":
        statements.push(...this.#set(node, scope));
        return;
      case "capture":
        statements.push(this.#declared(node.name, { code: this.expression(node.body, inner(scope)), type: "sql" }, scope, node.at));
        return;
      case "if":
        if (isSetOnly(node)) statements.push(...this.#setIf(node, scope));
        else this.#if(node, writer, scope);
        return;
      case "for":
        return this.#for(node, writer, scope);
      case "macro":
      case "block":
        throw new JinjaError(`{% ${node.kind === "macro" ? "macro" : node.tag} %} is not understood here`, node.at);
    }
  }

  #do(value: Expression, statements: string[], scope: TemplateScope): void {
    if (silent.has(calledName(value) ?? "")) return;
    const isAppend = value.kind === "call" && value.of.kind === "attribute" && value.of.name === "append";
    if (!isAppend) throw new JinjaError("{% do %} is not understood here", value.at);
    const { of, args } = value as Expression & { kind: "call"; of: Expression & { kind: "attribute" } };
    statements.push(`${this.#expressions.code(of.of, scope).code}.push(${this.#expressions.code(args[0], scope).code});`);
  }

  #set({ names, value, at }: Node & { kind: "set" }, scope: TemplateScope): string[] {
    if (names.length === 1) return [this.#declared(names[0], this.#expressions.code(value, scope), scope, at)];
    if (value.kind !== "list" || value.items.length !== names.length) throw new JinjaError("several names are set at once", at);
    return value.items.map((item, i) => this.#declared(names[i], this.#expressions.code(item, scope), scope, at));
  }

  #declared(name: string, code: Code, scope: TemplateScope, at: number): string {
    if (scope.names.has(name)) throw new JinjaError(`"${name}" is set a second time`, at);
    const local = scope.file.declare(name);
    const { constant: _known, ...rest } = code;
    scope.names.set(name, { ...rest, code: local });
    const isEmpty = Array.isArray(code.constant) && code.constant.length === 0;
    return `const ${local}${isEmpty ? ": string[]" : ""} = ${code.code};`;
  }

  /** A choice that does nothing but set names: they hold behind it, too. */
  #setIf({ branches, otherwise, at }: Node & { kind: "if" }, scope: TemplateScope): string[] {
    const bodies = [...branches.map(({ body }) => body), otherwise ?? []];
    const values = bodies.map((body) => new Map(setsOf(body).map((set) => [set.names[0], this.#expressions.code(set.value, scope)])));
    const names = [...new Set(values.flatMap((each) => [...each.keys()]))];
    const locals = names.map((name) => {
      const given = values.map((each) => each.get(name));
      const [first] = given.filter((each) => each !== undefined);
      if (given.some((each) => each === undefined) || given.some((each) => each && !sameType(each.type, first.type))) throw new JinjaError(`"${name}" is not set in each branch, or to several kinds of values`, at);
      return { name, given: given as Code[], local: scope.file.declare(name), type: first.type };
    });
    return locals.map(({ name, given, local, type }) => {
      const code = given.slice(0, -1).reduceRight((rest, value, i) => `${this.#condition(branches[i].condition, scope)} ? ${value.code} : ${rest}`, (given.at(-1) as Code).code);
      scope.names.set(name, { code: local, type });
      return `const ${local}: ${typeText(type)} = ${code};`;
    });
  }

  #condition(condition: Expression, scope: TemplateScope): string {
    return truth(this.#expressions.code(condition, scope));
  }

  #if({ branches, otherwise = [], at }: Node & { kind: "if" }, writer: SqlWriter, scope: TemplateScope): void {
    const conditions = branches.map(({ condition }) => this.#condition(condition, scope));
    const known = conditions.indexOf("true");
    const live = branches.map(({ body }, i) => ({ body, condition: conditions[i] })).slice(0, known < 0 ? undefined : known).filter(({ condition }) => condition !== "false");
    const last = known < 0 ? otherwise : branches[known].body;
    const bodyCode = (body: readonly Node[]): string => this.#body(body, writer, inner(scope), at);
    // A choice that is always made the same way is none.
    if (live.length === 0) for (const node of last) this.#guarded(node, writer, () => this.#node(node, writer, [], scope));
    else this.#place(live.reduceRight((rest, { condition, body }) => `${condition} ? ${bodyCode(body)} : ${rest}`, bodyCode(last)), writer, at);
  }

  #for({ names, of, condition, body, otherwise, at }: Node & { kind: "for" }, writer: SqlWriter, scope: TemplateScope): void {
    if (otherwise) throw new JinjaError("a loop with {% else %} is not understood", at);
    const list = this.#expressions.code(of, scope);
    const items: Code = isDictType(list.type) ? { code: `Object.keys(${list.code})`, type: { list: "text" } } : list;
    if (!isList(items.type)) throw new JinjaError("what is looped over is no list", at);
    const within = inner(scope);
    const { file } = scope;
    const locals = names.map((name) => file.declare(name));
    const item = items.type.list;
    names.forEach((name, i) => within.names.set(name, { code: locals[i], type: names.length === 1 ? item : isList(item) ? (i === 0 && list.code.startsWith("Object.entries(") ? "text" : item.list) : "text" }));
    const loop: LoopLocal = { loop: { index: file.declare("i"), all: file.declare("all") }, used: new Set() };
    within.names.set("loop", loop);
    const parameter = names.length === 1 ? locals[0] : `[${locals.join(", ")}]`;
    const filter = condition ? `.filter((${parameter}) => ${this.#condition(condition, within)})` : "";
    const code = this.#body(body, writer, within, at);
    const parameters = [parameter, ...(loop.used.size > 0 ? [loop.loop.index] : []), ...(loop.used.has("all") ? [loop.loop.all] : [])];
    for (const name of [...locals, loop.loop.index, loop.loop.all]) file.release(name);
    const mapped = `${atom(items)}${filter}.map((${parameters.join(", ")}) => ${code.startsWith("(() => ") ? code.slice("(() => ".length, -")()".length) : code})`;
    this.#place(writer.isQuoted ? `${mapped}.join("")` : `${file.millrace("sql")}.join(${mapped}, ${file.millrace("sql")}\`\`)`, writer, at);
  }

  /** The body of a branch or a loop: a piece of SQL, or a text where it stands in quotes. */
  #body(body: readonly Node[], writer: SqlWriter, scope: TemplateScope, at: number): string {
    if (writer.isQuoted) return this.#text(body, scope);
    if (writer.mode !== "plain") throw new JinjaError("a choice or a loop stands in a comment", at);
    return this.expression(body, scope);
  }

  #place(code: string, writer: SqlWriter, at: number): void {
    if (writer.isQuoted) writer.place({ code: `(${code})`, type: "text" }, at);
    else writer.piece(code);
  }

  /** A template of which nothing but a text becomes. */
  #text(nodes: readonly Node[], scope: TemplateScope): string {
    return joinedText(nodes.map((node): string | Code => {
      switch (node.kind) {
        case "text":
          return node.text;
        case "comment":
          return "";
        case "output":
          return this.#expressions.code(node.value, scope);
        case "if":
          return { code: `(${node.branches.reduceRight((rest, { condition, body }) => `${this.#condition(condition, scope)} ? ${this.#text(body, scope)} : ${rest}`, this.#text(node.otherwise ?? [], scope))})`, type: "text" };
        default:
          throw new JinjaError("what stands in quotes is not understood", node.at);
      }
    }));
  }
}

const isBlank = (node: Node): boolean => node.kind === "comment" || (node.kind === "text" && node.text.trim() === "");

const setsOf = (body: readonly Node[]): (Node & { kind: "set" })[] => body.filter((node) => node.kind === "set");

function isSetOnly({ branches, otherwise = [] }: Node & { kind: "if" }): boolean {
  const bodies = [...branches.map(({ body }) => body), otherwise];
  return bodies.some((body) => setsOf(body).length > 0) && bodies.every((body) => body.every((node) => isBlank(node) || (node.kind === "set" && node.names.length === 1)));
}

