import { basename, resolve } from "node:path";
import { MillraceError } from "../../../errors.ts";
import { JinjaError } from "../jinja/jinja-error.ts";
import type { Node } from "../jinja/nodes.ts";
import { parseTemplate } from "../jinja/parse-template.ts";
import { isTrue, textOf, type Value } from "../jinja/values.ts";
import { calledName, expressionsOf } from "../jinja/walk.ts";
import { lineAt, type Report } from "../report.ts";
import type { DbtProject, Resource, SingularTest, SourceTable, UnitTest } from "./dbt-project.ts";
import { packageMacros, readMacros } from "./read-macros.ts";
import { type Config, pathConfig, withConfig } from "./path-config.ts";
import { filePaths, readSource, type SourceFile, topFile } from "./project-files.ts";
import { type Properties, propertiesAt } from "./properties.ts";
import { readProfile } from "./read-profile.ts";
import { projectVars, Settings } from "./settings.ts";
import { tableNames } from "./table-names.ts";
import { listOf, mapOf, textOr, type Yaml, YamlFile, type YamlMap } from "./yaml-file.ts";

export interface ReadOptions {
  /** Of the profile; default: its own default. */
  target?: string;
  /** In place of the profile's. */
  schema?: string;
  /** In place of those that dbt_project.yml names. */
  vars?: YamlMap;
}

/**
 * Reads the dbt project in a folder. What is disabled is left out.
 * @throws MillraceError `MR-CLI-004` when there is none, or one of its files cannot be read
 */
export async function readDbtProject(folder: string, options: ReadOptions, report: Report): Promise<DbtProject> {
  const path = resolve(folder);
  const main = await readMain(path);
  const reader = new ProjectReader(path, main, await readProfile(path, textOr(main.content.profile, ""), options), options.vars ?? {}, report);
  return reader.read();
}

async function readMain(folder: string): Promise<YamlFile> {
  const file = await topFile(folder, ["dbt_project.yml", "dbt_project.yaml"]);
  if (file === undefined) throw new MillraceError("MR-CLI-004", { what: "the folder holds no dbt project: there is no dbt_project.yml", where: folder, mend: "name the folder in which dbt_project.yml is" });
  return new YamlFile(file, (await readSource(folder, file)).text);
}

type Section = "models" | "seeds" | "snapshots";
const sections = { model: "models", seed: "seeds", snapshot: "snapshots" } as const;
const isSql = (name: string): boolean => name.endsWith(".sql");
const isYaml = (name: string): boolean => /\.ya?ml$/.test(name);

class ProjectReader {
  readonly #folder: string;
  readonly #main: YamlFile;
  readonly #report: Report;
  readonly #name: string;
  readonly #settings: Settings;
  readonly #properties: Record<Section, Map<string, Properties>> = { models: new Map(), seeds: new Map(), snapshots: new Map() };
  readonly #sources: SourceTable[] = [];
  readonly #unitTests: UnitTest[] = [];
  readonly #docs = new Map<string, string>();
  readonly #owners = new Map<string, string>();

  constructor(folder: string, main: YamlFile, target: Settings["target"], vars: YamlMap, report: Report) {
    this.#folder = folder;
    this.#main = main;
    this.#report = report;
    this.#name = textOr(main.content.name, basename(folder));
    this.#settings = new Settings(this.#name, { ...projectVars(mapOf(main.content.vars), this.#name), ...vars }, target);
  }

  async read(): Promise<DbtProject> {
    const paths = (name: string, fallback: string[]): string[] => {
      const given = listOf(this.#main.content[`${name}-paths`] ?? this.#main.content[`${name}_paths`]).map(String);
      return given.length > 0 ? given : fallback;
    };
    const [models, seeds, snapshots, tests, macros, analyses] = [paths("model", ["models"]), paths("seed", ["seeds"]), paths("snapshot", ["snapshots"]), paths("test", ["tests"]), paths("macro", ["macros"]), paths("analysis", ["analyses"])];
    for (const path of [...models, ...seeds, ...snapshots]) await this.#readDocs(path);
    for (const path of [...models, ...seeds, ...snapshots, ...tests]) await this.#readYaml(path);
    const known = new Map([...(await packageMacros(this.#folder, this.#report)), ...(await readMacros(this.#folder, [...macros, ...tests.map((path) => `${path}/generic`)], this.#report))]);
    const resources = [
      ...(await this.#each(models, isSql, (source, within) => this.#model(source, within))),
      ...(await this.#each(seeds, (name) => name.endsWith(".csv"), (source, within) => [this.#seed(source, within)])),
      ...(await this.#each(snapshots, isSql, (source, within) => this.#snapshots(source, within))),
      ...(await this.#yamlSnapshots()),
    ].filter((resource) => resource !== undefined && this.#isEnabled(resource)) as Resource[];
    await this.#tellOfOthers(analyses, models);
    return {
      ...{ name: this.#name, folder: this.#folder, settings: this.#settings, macros: known, unitTests: this.#unitTests },
      ...tableNames({ resources, sources: this.#sources, settings: this.#settings, macros: known, report: this.#report }),
      singularTests: await this.#each(tests, isSql, (source, within) => (within[0] === "generic" ? [] : this.#singular(source, within))),
      vars: this.#settings.vars,
    };
  }

  /** @param within - folders below the one that is looked through */
  async #each<T>(folders: readonly string[], fits: (name: string) => boolean, read: (source: SourceFile, within: string[]) => T[]): Promise<T[]> {
    const found: T[] = [];
    for (const folder of folders) {
      for (const path of await filePaths(this.#folder, folder, fits)) {
        const within = path.slice(folder.length + 1).split("/").slice(0, -1);
        // The rows of seeds are copied as they are.
        found.push(...read(path.endsWith(".csv") ? { path, text: "" } : await readSource(this.#folder, path), within));
      }
    }
    return found;
  }

  async #readDocs(folder: string): Promise<void> {
    for (const path of await filePaths(this.#folder, folder, (name) => name.endsWith(".md"))) {
      const { text } = await readSource(this.#folder, path);
      for (const [, name, doc] of text.matchAll(/\{%-?\s*docs\s+(\w+)\s*-?%\}([\s\S]*?)\{%-?\s*enddocs\s*-?%\}/g)) this.#docs.set(name, doc.trim());
    }
  }

  async #readYaml(folder: string): Promise<void> {
    for (const path of await filePaths(this.#folder, folder, isYaml)) {
      const file = new YamlFile(path, (await readSource(this.#folder, path)).text);
      for (const { name, owner } of listOf(file.content.groups).map(mapOf)) this.#owners.set(textOr(name, ""), textOr(mapOf(owner).email, textOr(mapOf(owner).name, "")));
      for (const section of Object.values(sections)) {
        listOf(file.content[section]).forEach((value, i) => {
          const properties = propertiesAt(file, [section, i], value);
          this.#properties[section].set(properties.name, properties);
          if (properties.all.versions !== undefined) this.#report.add("not-understood", file.file, properties.line, `versions of ${properties.name}: one file is read for a model`);
        });
      }
      listOf(file.content.sources).forEach((value, i) => this.#addSource(file, i, mapOf(value)));
      listOf(file.content.unit_tests).map(mapOf).forEach((all, i) => this.#unitTests.push({ name: textOr(all.name, ""), model: textOr(all.model, ""), description: textOr(all.description, ""), all, file: file.file, line: file.lineOf(["unit_tests", i]) }));
      this.#tellOfSections(file);
    }
  }

  #tellOfSections(file: YamlFile): void {
    for (const section of ["exposures", "semantic_models", "metrics", "saved_queries"]) {
      const count = listOf(file.content[section]).length;
      if (count > 0) this.#report.add("left-out", file.file, file.lineOf([section]), `${count} of ${section}`);
    }
  }

  #addSource(file: YamlFile, index: number, source: YamlMap): void {
    const name = textOr(source.name, "");
    listOf(source.tables).forEach((value, i) => {
      const { all, description, columns, tests, line, ...own } = propertiesAt(file, ["sources", index, "tables", i], value);
      const schema = this.#settings.renderedText(textOr(source.schema, name));
      const identifier = this.#settings.renderedText(textOr(all.identifier, own.name));
      const meta = { ...mapOf(source.meta), ...mapOf(mapOf(source.config).meta), ...mapOf(source.config), ...mapOf(all.meta), ...mapOf(own.config.meta), ...own.config };
      const given = textOr(meta.external_location, undefined)?.replaceAll("{name}", own.name).replaceAll("{identifier}", identifier);
      this.#sources.push({ source: name, name: own.name, table: `${schema}.${identifier}`, description: this.#described(description), columns: columns.map((column) => ({ ...column, description: this.#described(column.description) })), tests, file: file.file, line, ...(given && { location: given }) });
      if (all.freshness !== undefined || source.freshness !== undefined) this.#report.add("left-out", file.file, line, `freshness of source ${name}.${own.name}`);
    });
  }

  #described(text: string): string {
    const doc = ([name]: Value[]): Value => this.#docs.get(textOf(name)) ?? textOf(name);
    return this.#settings.renderedText(text, [["doc", doc]]).trim();
  }

  #template(source: SourceFile): Node[] | JinjaError {
    try {
      return parseTemplate(source.text);
    } catch (error) {
      if (error instanceof JinjaError) return error;
      throw error;
    }
  }

  #tellOf(source: SourceFile, { message, at }: JinjaError): void {
    this.#report.add("not-understood", source.path, lineAt(source.text, at), message);
  }

  #model(source: SourceFile, within: string[]): Resource[] {
    const read = this.#template(source);
    const name = basename(source.path, ".sql");
    if (Array.isArray(read)) return [this.#resource("model", name, source, read, within)];
    return [{ ...this.#resource("model", name, source, [{ kind: "comment", text: source.text, at: 0 }], within), unreadable: read }];
  }

  #seed(source: SourceFile, within: string[]): Resource {
    return this.#resource("seed", basename(source.path, ".csv"), source, [], within);
  }

  #snapshots(source: SourceFile, within: string[]): Resource[] {
    const read = this.#template(source);
    if (!Array.isArray(read)) this.#tellOf(source, read);
    const blocks = (Array.isArray(read) ? read : []).filter((node) => node.kind === "block" && node.tag === "snapshot") as (Node & { kind: "block" })[];
    return blocks.map((block) => this.#resource("snapshot", block.name, source, block.body, within));
  }

  /** Snapshots that are written in YAML alone: of all rows of what they name. */
  async #yamlSnapshots(): Promise<Resource[]> {
    const found: Resource[] = [];
    for (const { name, file, all } of this.#properties.snapshots.values()) {
      if (typeof all.relation !== "string") continue;
      const text = `select * from {{ ${all.relation} }}\n`;
      found.push(this.#resource("snapshot", name, { path: file, text }, parseTemplate(text), []));
    }
    return found;
  }

  #resource(kind: Resource["kind"], name: string, source: SourceFile, nodes: Node[], within: string[]): Resource {
    const section = sections[kind];
    const properties = this.#properties[section].get(name);
    const tell = (file: string, line: number) => (setting: string, error: JinjaError) => this.#report.add("not-understood", file, line, `the setting ${setting} of ${name}: ${error.message}`);
    const onPath = pathConfig(mapOf(this.#main.content[section]), [this.#name, ...within, name], this.#settings, tell(this.#main.file, this.#main.lineOf([section])));
    const written = properties ? pathConfig(properties.config, [], this.#settings, tell(properties.file, properties.line)) : {};
    const plain = properties ? Object.fromEntries(Object.entries(properties.config).filter(([, value]) => typeof value === "object" && value !== null && !Array.isArray(value))) : {};
    const config = withConfig(withConfig(onPath, { ...(plain as Config), ...written }), this.#inFile(source, nodes));
    const group = textOf(config.group ?? (properties?.all.group as Value) ?? "");
    return {
      ...{ kind, name, source, nodes, config, table: "" },
      description: this.#described(properties?.description ?? ""),
      columns: (properties?.columns ?? []).map((column) => ({ ...column, description: this.#described(column.description) })),
      tests: properties?.tests ?? [],
      ...(this.#owners.get(group) && { owner: this.#owners.get(group) }),
    };
  }

  /** What `config()` says in the file itself. */
  #inFile(source: SourceFile, nodes: readonly Node[]): Config {
    let config: Config = {};
    for (const call of expressionsOf(nodes)) {
      if (call.kind !== "call" || calledName(call) !== "config") continue;
      for (const [name, value] of Object.entries(call.named)) {
        try {
          config = withConfig(config, { [name]: this.#settings.evaluator.value(value, this.#settings.scope()) });
        } catch (error) {
          if (!(error instanceof JinjaError)) throw error;
          this.#report.add("not-understood", source.path, lineAt(source.text, error.at), `the setting ${name}: ${error.message}`);
        }
      }
    }
    return config;
  }

  #singular(source: SourceFile, within: string[]): SingularTest[] {
    const nodes = this.#template(source);
    if (!Array.isArray(nodes)) {
      this.#tellOf(source, nodes);
      return [];
    }
    const name = basename(source.path, ".sql");
    const onPath = pathConfig(mapOf(this.#main.content.data_tests ?? this.#main.content.tests), [this.#name, ...within, name], this.#settings, () => undefined);
    const config = withConfig(onPath, this.#inFile(source, nodes));
    return config.enabled === false ? [] : [{ name, source, nodes, config }];
  }

  #isEnabled({ config, name, source }: Resource): boolean {
    const isEnabled = config.enabled === undefined || isTrue(config.enabled);
    if (!isEnabled) this.#report.add("left-out", source.path, 1, `${name} is disabled`);
    return isEnabled;
  }

  async #tellOfOthers(analyses: string[], models: string[]): Promise<void> {
    for (const folder of analyses) for (const path of await filePaths(this.#folder, folder, isSql)) this.#report.add("left-out", path, 1, "an analysis");
    for (const folder of models) for (const path of await filePaths(this.#folder, folder, (name) => name.endsWith(".py"))) this.#report.add("not-understood", path, 1, "a model in Python: write it as a task of a DAG");
    for (const hook of ["on-run-start", "on-run-end"]) if (listOf(this.#main.content[hook] as Yaml).length > 0) this.#report.add("left-out", this.#main.file, this.#main.lineOf([hook]), `${hook}: write it as a task of a DAG`);
  }
}
