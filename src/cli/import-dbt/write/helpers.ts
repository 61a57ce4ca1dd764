import { JinjaError } from "../jinja/jinja-error.ts";
import type { Value } from "../jinja/values.ts";
import type { Target } from "../project/settings.ts";
import { type Code, constantCode, isDictType, isList, keyText, literalText, type Type, typeOfValue, typeText } from "../translate/code.ts";
import { FileCode } from "../translate/file-code.ts";

const path = "dbt.ts";

/** The file of the new project with what templates of dbt have at hand everywhere: variables, the target, the environment. */
export class Helpers {
  readonly #vars: Record<string, Value>;
  readonly #defaults: Record<string, Value> = {};
  readonly #target: Target;
  readonly #used = new Set<"vars" | "target" | "env" | "fail" | "unfinished">();

  constructor(vars: Record<string, Value>, target: Target) {
    this.#vars = vars;
    this.#target = target;
  }

  /** @throws JinjaError for one that the project does not name, and which has no default */
  variable(name: string, fallback: Code | undefined, file: FileCode, at: number): Code {
    const isNamed = Object.hasOwn(this.#vars, name);
    if (!isNamed && fallback === undefined) throw new JinjaError(`the project has no variable "${name}"`, at);
    if (!isNamed && fallback && !this.#isDefault(name, fallback)) return fallback;
    this.#used.add("vars");
    const value = isNamed ? this.#vars[name] : this.#defaults[name];
    const vars = file.use(path, "vars");
    return { code: keyText(name) === name ? `${vars}.${name}` : `${vars}[${literalText(name)}]`, type: typeOfValue(value) };
  }

  environment(name: string, fallback: Code | undefined, file: FileCode): Code {
    if (fallback) return { code: `(process.env.${name} ?? ${fallback.code})`, type: "text" };
    this.#used.add("env");
    return { code: `${file.use(path, "env")}(${literalText(name)})`, type: "text" };
  }

  target(name: string, file: FileCode, at: number): Code {
    if (!Object.hasOwn(this.#target, name)) throw new JinjaError(`"target.${name}" is not understood`, at);
    this.#used.add("target");
    return { code: `${file.use(path, "target")}.${name}`, type: "text" };
  }

  use(name: "fail" | "unfinished", file: FileCode): string {
    this.#used.add(name);
    return file.use(path, name);
  }

  /** The file, where something uses it. */
  file(): [path: string, text: string][] {
    if (this.#used.size === 0) return [];
    const file = new FileCode(path);
    const parts = [
      this.#used.has("vars") ? `/** Variables of the dbt project. */\nexport const vars = ${this.#varsText()};\n` : "",
      this.#used.has("target") ? `/** What the project was built for. */\nexport const target = ${objectText({ ...this.#target })};\n` : "",
      this.#used.has("env") ? `export function env(name: string): string {\n  const value = process.env[name];\n  if (value === undefined) throw new Error(\`the environment has no \${name}\`);\n  return value;\n}\n` : "",
      this.#used.has("fail") ? "export function fail(message: string): never {\n  throw new Error(message);\n}\n" : "",
      this.#used.has("unfinished") ? unfinishedText(file) : "",
    ];
    return [[path, `${file.imports()}${file.imports() === "" ? "" : "\n"}${parts.filter((part) => part !== "").join("\n")}`]];
  }

  /** A default counts for all calls when all say the same. */
  #isDefault(name: string, { constant }: Code): boolean {
    if (constant === undefined || constant === null) return false;
    if (!Object.hasOwn(this.#defaults, name)) this.#defaults[name] = constant;
    return JSON.stringify(this.#defaults[name]) === JSON.stringify(constant);
  }

  #varsText(): string {
    return objectText({ ...this.#defaults, ...this.#vars });
  }
}

function objectText(object: Record<string, Value>): string {
  return `{\n${Object.entries(object).map(([name, value]) => `  ${keyText(name)}: ${valueText(value)},\n`).join("")}}`;
}

/** A list without values says what it is a list of. */
function valueText(value: Value): string {
  const type: Type = typeOfValue(value);
  const isEmpty = (isList(type) && (value as Value[]).length === 0) || (isDictType(type) && Object.keys(value as object).length === 0);
  return isEmpty ? `${literalText(value)} as ${typeText(type)}` : constantCode(value).code;
}

function unfinishedText(file: FileCode): string {
  const [sql, type] = [file.millrace("sql"), file.millraceType("Sql")];
  return `/**
 * Stands for a statement of which parts were not understood, and fails when it is run. Mend the parts, which are comments
 * in the statement, and take this call away.
 */
export function unfinished(parts: readonly string[], _statement: ${type}): ${type} {
  return ${sql}\`select \${${sql}.id(\`the import of dbt did not understand: \${parts.join("; ")}\`)}\`;
}
`;
}
