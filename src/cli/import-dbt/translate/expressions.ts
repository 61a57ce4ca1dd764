import { Evaluator } from "../jinja/evaluate.ts";
import { JinjaError } from "../jinja/jinja-error.ts";
import type { Expression } from "../jinja/nodes.ts";
import { calledName, textValue, withParts } from "../jinja/walk.ts";
import type { Macro } from "../project/dbt-project.ts";
import { type Code, commonType, constantCode, isDictType, isList, joinedText, keyText, literalText, sameType, truth, type Type } from "./code.ts";
import { atom, filters, methods, negated, tests } from "./methods.ts";
import { isLoop, type LoopLocal, type TemplateScope } from "./template-scope.ts";
import type { MacroCode, World } from "./world.ts";

/** Names that have a value in dbt, and none before a run. */
const unknownNames = new Set(["adapter", "api", "exceptions", "graph", "model", "modules", "run_query", "run_started_at", "invocation_id", "statement", "load_result", "store_result", "fromjson", "toyaml", "tojson", "builtins", "selected_resources", "flags", "schemas", "thread_id", "dbt_version", "context", "namespace", "database", "caller"]);

const signs: Partial<Record<string, string>> = { "==": "===", "!=": "!==", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "**": "**" };

/** Turns expressions into TypeScript that means the same, or says why it cannot. */
export class ExpressionTranslator {
  readonly #world: World;
  /** The macro that is translated: names in it are those of its package first. */
  readonly #macro: Macro | undefined;

  constructor(world: World, macro?: Macro) {
    this.#world = world;
    this.#macro = macro;
  }

  /** @throws JinjaError for what is not understood */
  code(expression: Expression, scope: TemplateScope): Code {
    const constant = constantOf(expression);
    if (constant) return constant;
    switch (expression.kind) {
      case "value":
        return constantCode(expression.value);
      case "list":
        return this.#list(expression.items.map((item) => this.code(item, scope)), expression.at);
      case "dict":
        return this.#dict(expression, scope);
      case "name":
        return this.#name(expression.name, scope, expression.at);
      case "attribute":
        return this.#attribute(expression, scope);
      case "item":
        return this.#item(this.code(expression.of, scope), this.code(expression.key, scope), expression.at);
      case "call":
        return this.#call(expression, scope);
      case "filter":
        return this.#written(filters, "filter", expression, scope);
      case "test":
        return this.#test(expression, scope);
      case "unary":
        return this.#unary(expression, scope);
      case "binary":
        return this.#binary(expression, scope);
      case "choice":
        return this.#choice(expression, scope);
    }
  }

  #list(items: Code[], at: number): Code {
    const type = commonType(items.map((item) => item.type));
    const misfit = items.find((item) => !sameType(item.type, type));
    if (misfit) throw new JinjaError("a list has values of several kinds", at);
    return { code: `[${items.map(({ code }) => code).join(", ")}]`, type: { list: type } };
  }

  #dict({ entries, at }: Expression & { kind: "dict" }, scope: TemplateScope): Code {
    const values = entries.map(([, value]) => this.code(value, scope));
    const type = commonType(values.map((value) => value.type));
    if (values.some((value) => !sameType(value.type, type))) throw new JinjaError("an object has values of several kinds", at);
    const fields = entries.map(([key], i) => {
      const name = textValue(key);
      return `${name === undefined ? `[${this.code(key, scope).code}]` : keyText(name)}: ${values[i].code}`;
    });
    return { code: `{ ${fields.join(", ")} }`, type: { dict: type } };
  }

  #name(name: string, scope: TemplateScope, at: number): Code {
    const local = scope.names.get(name);
    if (local && !isLoop(local)) return local;
    if (name === "this") return this.#self(scope, at);
    if (name === "execute") return constantCode(true);
    throw new JinjaError(local || unknownNames.has(name) ? `"${name}" is not understood here` : `"${name}" is not known`, at);
  }

  #self(scope: TemplateScope, at: number): Code {
    if (!scope.model) throw new JinjaError('"this" is not understood here', at);
    scope.model.used.add("self");
    return { code: "self", type: "sql" };
  }

  #attribute({ of, name, at }: Expression & { kind: "attribute" }, scope: TemplateScope): Code {
    if (of.kind === "name") {
      const local = scope.names.get(of.name);
      if (local && isLoop(local)) return this.#loop(local, name, at);
      if (!local && of.name === "target") return this.#world.target(name, scope.file, at);
      if (!local && of.name === "this" && scope.model) return this.#ofSelf(scope.model, name, at);
    }
    return this.#item(this.code(of, scope), constantCode(name), at);
  }

  #ofSelf({ schema, alias }: NonNullable<TemplateScope["model"]>, name: string, at: number): Code {
    if (name === "schema") return constantCode(schema);
    if (["name", "identifier", "table"].includes(name)) return constantCode(alias);
    throw new JinjaError(`"this.${name}" is not understood`, at);
  }

  #loop(local: LoopLocal, name: string, at: number): Code {
    const { index, all } = local.loop;
    const count = (code: string, type: Type, ...used: ("index" | "all")[]): Code => {
      for (const each of used) local.used.add(each);
      return { code, type };
    };
    switch (name) {
      case "first":
        return count(`${index} === 0`, "boolean", "index");
      case "last":
        return count(`${index} === ${all}.length - 1`, "boolean", "index", "all");
      case "index":
        return count(`(${index} + 1)`, "number", "index");
      case "index0":
        return count(index, "number", "index");
      case "length":
        return count(`${all}.length`, "number", "index", "all");
    }
    throw new JinjaError(`"loop.${name}" is not understood`, at);
  }

  #item(of: Code, key: Code, at: number): Code {
    if (isList(of.type) && key.type === "number") return { code: `${atom(of)}[${key.code}]`, type: of.type.list };
    if (isList(of.type) && typeof key.constant === "string" && /^\d+$/.test(key.constant)) return { code: `${atom(of)}[${key.constant}]`, type: of.type.list };
    if (!isDictType(of.type) || key.type !== "text") throw new JinjaError(`there is no ${literalText(key.constant ?? key.code)} in it that is known`, at);
    const isPlain = typeof key.constant === "string" && keyText(key.constant) === key.constant;
    return { code: isPlain ? `${atom(of)}.${key.constant}` : `${atom(of)}[${key.code}]`, type: of.type.dict };
  }

  #written(known: typeof filters, what: string, { of, name, args, at }: Extract<Expression, { kind: "filter" | "test" }>, scope: TemplateScope): Code {
    const value = this.code(of, scope);
    const written = Object.hasOwn(known, name) ? known[name](value, args.map((arg) => this.code(arg, scope))) : undefined;
    if (!written) throw new JinjaError(`the ${what} "${name}" is not understood here`, at);
    return written;
  }

  #test(test: Expression & { kind: "test" }, scope: TemplateScope): Code {
    const isUnknown = test.of.kind === "name" && !scope.names.has(test.of.name) && test.of.name !== "this";
    const code: Code = isUnknown && test.name === "defined" ? constantCode(false) : this.#written(tests, "test", test, scope);
    return test.negated ? negated(code) : code;
  }

  #unary({ op, of }: Expression & { kind: "unary" }, scope: TemplateScope): Code {
    const code = this.code(of, scope);
    return op === "not" ? negated(code) : { code: `-${atom(code)}`, type: "number" };
  }

  #binary({ op, left, right, at }: Expression & { kind: "binary" }, scope: TemplateScope): Code {
    const [a, b] = [this.code(left, scope), this.code(right, scope)];
    switch (op) {
      case "~":
        return { code: joinedText([constantText(a), constantText(b)]), type: "text" };
      case "and":
      case "or":
        return { code: `${atom({ code: truth(a) })} ${op === "and" ? "&&" : "||"} ${atom({ code: truth(b) })}`, type: "boolean" };
      case "in":
      case "not in":
        return this.#contains(a, b, op === "not in", at);
      case "//":
        return { code: `Math.floor(${atom(a)} / ${atom(b)})`, type: "number" };
    }
    const isCompared = ["==", "!=", "<", "<=", ">", ">="].includes(op);
    const fits = isCompared ? sameType(a.type, b.type) || a.type === "none" || b.type === "none" : (a.type === "number" && b.type === "number") || (op === "+" && a.type === "text" && b.type === "text");
    if (!fits && op === "+" && isList(a.type) && isList(b.type)) return { code: `[...${a.code}, ...${b.code}]`, type: { list: commonType([a.type.list, b.type.list]) } };
    if (!fits) throw new JinjaError(`"${op}" between these two is not understood`, at);
    return { code: `${atom(a)} ${signs[op]} ${atom(b)}`, type: isCompared ? "boolean" : a.type };
  }

  #contains(item: Code, all: Code, isNegated: boolean, at: number): Code {
    const isFound = isDictType(all.type) ? `Object.hasOwn(${all.code}, ${item.code})` : `${atom(all)}.includes(${item.code})`;
    if (!isList(all.type) && !isDictType(all.type) && all.type !== "text") throw new JinjaError("what is looked into is no list", at);
    return { code: isNegated ? `!${isFound}` : isFound, type: "boolean" };
  }

  #choice({ condition, then, otherwise, at }: Expression & { kind: "choice" }, scope: TemplateScope): Code {
    const test = this.code(condition, scope);
    const [a, b] = [this.code(then, scope), otherwise ? this.code(otherwise, scope) : constantCode("")];
    if (!sameType(a.type, b.type) && a.type !== "none" && b.type !== "none") throw new JinjaError("the two sides of the choice are of several kinds", at);
    return { code: `(${truth(test)} ? ${a.code} : ${b.code})`, type: a.type === "none" ? b.type : a.type, ...((a.type === "none" || b.type === "none") && { nullable: true as const }) };
  }

  #call(call: Expression & { kind: "call" }, scope: TemplateScope): Code {
    const { of, at } = call;
    const name = calledName(call);
    const dispatched = of.kind === "call" && calledName(of) === "adapter.dispatch" ? textValue(of.args[0]) : undefined;
    if (dispatched !== undefined) return this.#macroCall(this.#dispatched(dispatched, at), call, scope);
    if (of.kind === "attribute" && (of.of.kind !== "name" || scope.names.has(of.of.name))) return this.#method(of, call, scope);
    if (name === undefined) throw new JinjaError("the call is not understood", at);
    const known = this.#builtin(name, call, scope);
    if (known) return known;
    const macro = this.#macroNamed(name);
    if (!macro) throw new JinjaError(unknownNames.has(name.split(".")[0]) ? `${name}() is not understood` : `there is no macro ${name}()${name.includes(".") ? ": read its package into the project first, with `dbt deps`" : ""}`, at);
    return this.#macroCall(macro, call, scope);
  }

  #builtin(name: string, { args, named, at }: Expression & { kind: "call" }, scope: TemplateScope): Code | undefined {
    const text = (i: number): string => {
      const value = textValue(args[i]);
      if (value === undefined) throw new JinjaError(`${name}() is given something else than a plain text`, at);
      return value;
    };
    const fallback = (): Code | undefined => (args[1] ?? named.default) && this.code(args[1] ?? named.default, scope);
    switch (name) {
      case "ref":
        return this.#dataset(text(args.length - 1), scope, at);
      case "source":
        return this.#world.sourceTable(text(0), text(1), scope.file, at);
      case "var":
        return this.#world.variable(text(0), fallback(), scope.file, at);
      case "env_var":
        return this.#world.environment(text(0), fallback(), scope.file);
      case "is_incremental":
        return this.#incremental(scope, at);
      case "config.get":
        return constantCode(scope.model?.config[text(0)] ?? constantOf(args[1] ?? named.default)?.constant ?? null);
      case "range":
        return this.#range(args.map((arg) => this.code(arg, scope)));
      case "exceptions.raise_compiler_error":
        return { code: `${this.#world.helper("fail", scope.file)}(${joinedText([this.code(args[0], scope)])})`, type: "sql" };
    }
    return undefined;
  }

  /** A model that is built by batches reads those of its own batch, where dbt knows which they are. */
  #dataset(name: string, { model, file, rowsOf }: TemplateScope, at: number): Code {
    if (name === rowsOf) return { code: file.millrace("rows"), type: "sql" };
    const dataset = this.#world.dataset(name, file, at);
    const column = this.#world.eventTime(name);
    if (model?.config.incremental_strategy !== "microbatch" || column === undefined) return dataset;
    model.used.add("interval");
    const sql = file.millrace("sql");
    const field = `\${${sql}.id(${literalText(column)})}`;
    return { code: `${sql}\`(select * from \${${dataset.code}} where ${field} >= \${interval.start} and ${field} < \${interval.end})\``, type: "sql" };
  }

  #incremental(scope: TemplateScope, at: number): Code {
    if (!scope.model) throw new JinjaError("is_incremental() is not understood here", at);
    if (scope.model.config.materialized !== "incremental") return constantCode(false);
    scope.model.used.add("incremental");
    return { code: "incremental", type: "boolean" };
  }

  #range(args: Code[]): Code {
    const [from, to] = args.length > 1 ? args : [constantCode(0), args[0]];
    const step = args[2]?.code;
    const count = from.code === "0" ? to.code : `${atom(to)} - ${atom(from)}`;
    const length = step === undefined ? count : `Math.ceil((${count}) / ${step})`;
    const item = `${from.code === "0" ? "" : `${from.code} + `}i${step === undefined ? "" : ` * ${step}`}`;
    return { code: `Array.from({ length: ${length} }, (_, i) => ${item})`, type: { list: "number" } };
  }

  #method(of: Expression & { kind: "attribute" }, { args, at }: Expression & { kind: "call" }, scope: TemplateScope): Code {
    const owner = this.code(of.of, scope);
    const written = Object.hasOwn(methods, of.name) ? methods[of.name](owner, args.map((arg) => this.code(arg, scope))) : undefined;
    if (!written) throw new JinjaError(`".${of.name}()" is not understood here`, at);
    return written;
  }

  #macroNamed(name: string): MacroCode | undefined {
    const [owner, ...rest] = name.split(".");
    if (rest.length > 0) return this.#world.macro(owner === this.#world.project ? rest.join(".") : name);
    const within = this.#macro?.package === undefined ? undefined : this.#world.macro(`${this.#macro.package}.${name}`);
    return within ?? this.#world.macro(name) ?? this.#world.macro(`dbt.${name}`);
  }

  /** For the one engine that there is. */
  #dispatched(name: string, at: number): MacroCode {
    const macro = this.#macroNamed(`duckdb__${name}`) ?? this.#macroNamed(`default__${name}`);
    if (!macro) throw new JinjaError(`no macro is found for ${name}()`, at);
    return macro;
  }

  #macroCall(macro: MacroCode, { args, named, at }: Expression & { kind: "call" }, scope: TemplateScope): Code {
    const stray = Object.keys(named).find((name) => !macro.parameters.some((parameter) => parameter.name === name));
    if (stray !== undefined || args.length > macro.parameters.length) throw new JinjaError(`${macro.name}() has no ${stray === undefined ? `${args.length}th parameter` : `parameter "${stray}"`}`, at);
    const given = macro.parameters.map((parameter, i) => {
      const arg = args[i] ?? named[parameter.name];
      if (arg) return argument(this.code(arg, scope), parameter, macro.name, arg.at);
      if (parameter.fallback === undefined) throw new JinjaError(`${macro.name}() is not given its "${parameter.name}"`, at);
      return "undefined";
    });
    while (given.at(-1) === "undefined") given.pop();
    return { code: `${scope.file.use(macro.path, macro.name)}(${given.join(", ")})`, type: macro.returns };
  }
}

const constants = new Evaluator();

/** What can be reckoned from the expression alone. */
function constantOf(expression: Expression | undefined): Code | undefined {
  if (!expression || [...withParts(expression)].some(({ kind }) => kind === "name")) return undefined;
  try {
    return constantCode(constants.value(expression, new Map()));
  } catch (error) {
    if (error instanceof JinjaError) return undefined;
    throw error;
  }
}

const constantText = (code: Code): string | Code => (typeof code.constant === "string" || typeof code.constant === "number" ? String(code.constant) : code);

/** What a macro is given, as its parameter takes it. */
function argument(given: Code, { type, name, nullable }: MacroCode["parameters"][number], macro: string, at: number): string {
  if (given.type === "none" && nullable) return "null";
  if (sameType(given.type, type) || (type === "dataset" && given.type === "sql")) return given.code;
  if (type === "text" && given.type === "sql") return `${given.code}.text`;
  if (type === "text" && given.type === "number") return given.constant === undefined ? `String(${given.code})` : JSON.stringify(String(given.constant));
  if (isList(type) && isList(given.type) && Array.isArray(given.constant) && given.constant.length === 0) return "[]";
  throw new JinjaError(`${macro}() is given another kind of value for "${name}" than elsewhere`, at);
}
