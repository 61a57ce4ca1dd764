import { Evaluator, type Scope } from "../jinja/evaluate.ts";
import { JinjaError } from "../jinja/jinja-error.ts";
import { parseTemplate } from "../jinja/parse-template.ts";
import { type Callable, textOf, type Value } from "../jinja/values.ts";
import type { Yaml, YamlMap } from "./yaml-file.ts";

/** What a project is imported for. */
export interface Target {
  name: string;
  schema: string;
  type: string;
}

/** Names that dbt knows in every file, and what they stand for while a project is imported. */
export class Settings {
  readonly target: Target;
  readonly vars: Readonly<Record<string, Value>>;
  readonly evaluator = new Evaluator();
  readonly #scope: Scope;

  constructor(project: string, vars: Record<string, Value>, target: Target) {
    this.vars = vars;
    this.target = target;
    this.#scope = new Map<string, Value>([
      ["var", this.#variable],
      ["env_var", environment],
      ["target", { ...target, profile_name: project, threads: 1 }],
      ["project_name", project],
      ["execute", true],
      ["flags", { FULL_REFRESH: false, WHICH: "build" }],
      ["log", () => ""],
    ]);
  }

  scope(more: Iterable<[string, Value]> = []): Scope {
    return new Map([...this.#scope, ...more]);
  }

  /** A setting as it is written in YAML: texts may be templates, and one that is a single expression becomes its value. */
  rendered(value: Yaml, more: Iterable<[string, Value]> = []): Value {
    if (Array.isArray(value)) return value.map((each) => this.rendered(each, more));
    if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.rendered(each, more)]));
    if (typeof value !== "string" || !/\{[{%#]/.test(value)) return value;
    const nodes = parseTemplate(value);
    const [only] = nodes;
    return nodes.length === 1 && only.kind === "output" ? this.evaluator.value(only.value, this.scope(more)) : this.evaluator.text(nodes, this.scope(more));
  }

  /** As `rendered`, where what is not known stays as it is written. */
  renderedText(text: string, more: Iterable<[string, Value]> = []): string {
    try {
      return textOf(this.rendered(text, more));
    } catch (error) {
      if (error instanceof JinjaError) return text;
      throw error;
    }
  }

  readonly #variable: Callable = ([name, fallback], named, at) => {
    const value = Object.hasOwn(this.vars, textOf(name)) ? this.vars[textOf(name)] : (fallback ?? named.default);
    if (value === undefined) throw new JinjaError(`the project has no variable "${textOf(name)}"`, at);
    return value;
  };
}

const environment: Callable = ([name, fallback], _named, at) => {
  const value = process.env[textOf(name)] ?? fallback;
  if (value === undefined) throw new JinjaError(`the environment has no ${textOf(name)}`, at);
  return value;
};

/** Those of the project, and those that it keeps under its own name. */
export function projectVars(vars: YamlMap, project: string): YamlMap {
  const { [project]: own, ...rest } = vars;
  const isScope = typeof own === "object" && own !== null && !Array.isArray(own);
  return isScope ? { ...rest, ...own } : vars;
}
