import { JinjaError } from "../jinja/jinja-error.ts";
import { textOf } from "../jinja/values.ts";
import type { DbtProject } from "../project/dbt-project.ts";
import type { Report } from "../report.ts";
import type { Code } from "../translate/code.ts";
import { type FileCode, identifier } from "../translate/file-code.ts";
import { MacroTranslator } from "../translate/macros.ts";
import type { MacroCode, World } from "../translate/world.ts";
import { Helpers } from "./helpers.ts";
import { resourcePath } from "./paths.ts";
import { sourcePath } from "./source-files.ts";

/** Where names of dbt's are found in the new project. */
export class ProjectWorld implements World {
  readonly #source: DbtProject;
  readonly #helpers: Helpers;
  readonly #macros: MacroTranslator;

  constructor(project: DbtProject, report: Report) {
    this.#source = project;
    this.#helpers = new Helpers(project.vars, project.settings.target);
    this.#macros = new MacroTranslator(project, report);
  }

  get project(): string {
    return this.#source.name;
  }

  dataset(name: string, file: FileCode, at: number): Code {
    const resource = this.#source.resources.get(name);
    if (!resource) throw new JinjaError(`there is no model, seed or snapshot "${name}"`, at);
    return { code: file.use(resourcePath(resource), identifier(name)), type: "dataset" };
  }

  sourceTable(source: string, table: string, file: FileCode, at: number): Code {
    if (!this.#source.sources.has(`${source}.${table}`)) throw new JinjaError(`there is no source "${source}.${table}"`, at);
    return { code: `${file.useAll(sourcePath(source), source)}.${identifier(table)}`, type: "dataset" };
  }

  eventTime(name: string): string | undefined {
    const column = this.#source.resources.get(name)?.config.event_time;
    return column === undefined ? undefined : textOf(column);
  }

  variable(name: string, fallback: Code | undefined, file: FileCode, at: number): Code {
    return this.#helpers.variable(name, fallback, file, at);
  }

  environment(name: string, fallback: Code | undefined, file: FileCode): Code {
    return this.#helpers.environment(name, fallback, file);
  }

  target(name: string, file: FileCode, at: number): Code {
    return this.#helpers.target(name, file, at);
  }

  helper(name: "fail", file: FileCode): string {
    return this.#helpers.use(name, file);
  }

  unfinished(file: FileCode): string {
    return this.#helpers.use("unfinished", file);
  }

  macro(name: string): MacroCode | undefined {
    return this.#macros.find(name, this);
  }

  /** Files that others use: macros, and what stands at hand everywhere. */
  files(): [path: string, text: string][] {
    return [...this.#macros.files(), ...this.#helpers.file()];
  }
}
