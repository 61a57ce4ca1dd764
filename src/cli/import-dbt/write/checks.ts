import { JinjaError } from "../jinja/jinja-error.ts";
import { isTrue, textOf, type Value } from "../jinja/values.ts";
import type { DbtProject, Resource, SingularTest } from "../project/dbt-project.ts";
import type { Config } from "../project/path-config.ts";
import type { DataTest } from "../project/properties.ts";
import { lineAt, type Report } from "../report.ts";
import { type Code, constantCode, literalText } from "../translate/code.ts";
import { ExpressionTranslator } from "../translate/expressions.ts";
import type { FileCode } from "../translate/file-code.ts";
import type { TemplateScope } from "../translate/template-scope.ts";
import { TemplateTranslator } from "../translate/templates.ts";
import type { World } from "../translate/world.ts";
import { readsOf, resourceOfSource } from "./model-reads.ts";
import { reference } from "./reference.ts";
import { trimmed } from "./trimmed.ts";

/** A test, and the table at whose building it is looked at. */
interface PlacedTest {
  /** The resource that the test is declared on; absent for a statement in a file of its own. */
  on?: Resource;
  test: DataTest | SingularTest;
}

const isSingular = (test: DataTest | SingularTest): test is SingularTest => "nodes" in test;

/** Tests of data as checks: each at that of the tables it looks at which is built last, for a check is run before a table is seen. */
export class Checks {
  readonly #project: DbtProject;
  readonly #world: World;
  readonly #report: Report;
  /** What each resource is built behind. */
  readonly #reads = new Map<string, Set<string>>();
  readonly #placed = new Map<string, PlacedTest[]>();
  readonly #names = new Map<string, Set<string>>();

  constructor(project: DbtProject, world: World, report: Report) {
    this.#project = project;
    this.#world = world;
    this.#report = report;
    for (const { name, nodes } of project.resources.values()) this.#reads.set(name, new Set(readsOf(nodes, project)));
    for (const on of project.resources.values()) for (const test of on.tests) this.#put({ on, test }, [on.name, ...this.#looksAt(test)]);
    for (const test of project.singularTests) this.#put({ test }, readsOf(test.nodes, project));
    for (const { source, name, tests } of project.sources.values()) {
      const on = project.resources.get(resourceOfSource(project, `${source}.${name}`) ?? "");
      if (on) for (const test of tests) this.#put({ on, test }, [on.name, ...this.#looksAt(test)]);
    }
  }

  /** The checks of a resource, as TypeScript of its file. */
  of(resource: Resource, file: FileCode): string[] {
    return (this.#placed.get(resource.name) ?? []).flatMap((placed) => {
      try {
        return this.#check(placed, resource, file) ?? [];
      } catch (error) {
        const reason = error instanceof Untranslated ? error.reason : error;
        if (!(reason instanceof JinjaError)) throw error;
        this.#tell(placed, reason.message, reason.at);
        return [];
      }
    });
  }

  #tell({ test, on }: PlacedTest, what: string, at = 0): void {
    if (isSingular(test)) this.#report.add("left-out", test.source.path, lineAt(test.source.text, at), `test ${test.name}: ${what}`);
    else this.#report.add("left-out", test.file, test.line, `test ${test.kind} of ${on?.name}: ${what}`);
  }

  /** At the first that none of the others is built from: it is built behind them from now on. */
  #put(placed: PlacedTest, looksAt: readonly string[]): void {
    const kept = looksAt.filter((name) => this.#project.resources.get(name)?.config.materialized !== "ephemeral");
    const last = kept.find((name) => kept.every((other) => other === name || !this.#isBuiltFrom(other, name)));
    if (last === undefined) return this.#tell(placed, "no table that it looks at has a name of its own");
    this.#placed.set(last, [...(this.#placed.get(last) ?? []), placed]);
    for (const other of kept) if (other !== last) this.#reads.get(last)?.add(other);
  }

  #isBuiltFrom(name: string, other: string, seen = new Set<string>()): boolean {
    if (seen.has(name)) return false;
    seen.add(name);
    return [...(this.#reads.get(name) ?? [])].some((read) => read === other || this.#isBuiltFrom(read, other, seen));
  }

  #looksAt(test: DataTest): string[] {
    if (test.kind !== "relationships") return [];
    const to = reference(test.args.to);
    return to && this.#project.resources.has(to.resource(this.#project)) ? [to.resource(this.#project)] : [];
  }

  #check(placed: PlacedTest, at: Resource, file: FileCode): string | undefined {
    const { test, on } = placed;
    if (isSingular(test)) return this.#statement(test, at, file);
    const config = Object.fromEntries(Object.entries(test.config).map(([name, value]) => [name, this.#project.settings.rendered(value)]));
    if (config.enabled === false) return undefined;
    const resource = on as Resource;
    const args = this.#project.settings.rendered(Object.fromEntries(Object.entries(test.args).filter(([name]) => name !== "to"))) as Record<string, Value>;
    const options = (fallback: string, more?: readonly string[]): string => this.#options(placed, config, at, fallback, file, more);
    const column = literalText(test.column ?? textOf(args.column_name ?? ""));
    switch (test.kind) {
      case "unique":
        return this.#plain(test.column, file.millrace("unique"), options(`unique_${test.column}`));
      case "not_null":
        return this.#plain(test.column, file.millrace("notNull"), options(`not_null_${test.column}`));
      case "accepted_values":
        return `${file.millrace("accepted")}(${column}, ${literalText(acceptedValues(args))}${options(`accepted_${test.column}`)})`;
      case "relationships":
        return this.#relationship(placed as PlacedTest & { test: DataTest }, at, textOf(args.field), options, file, config);
      case "dbt_utils.not_null_proportion":
        return this.#plain(test.column, file.millrace("notNull"), options(`not_null_${test.column}`, [`tolerance: ${literalText(shareBelow(args))}`]));
      case "dbt_utils.expression_is_true":
        return `${file.millrace("rowCondition")}(${literalText(this.#name(at, test.name ?? `expression_is_true_${test.column ?? resource.name}`))}, ${sqlCode(`${test.column === undefined ? "" : `${test.column} `}${textOf(args.expression)}`, file)}${optionsText(this.#settings(placed, config, file))})`;
      case "dbt_utils.accepted_range": {
        const bounds = boundsText(args);
        if (bounds !== undefined) return this.#plain(test.column, file.millrace("range"), `, ${bounds}${options(`range_${test.column}`)}`);
      }
    }
    return this.#generic(test, resource, args, config, file, placed, at);
  }

  #plain(column: string | undefined, name: string, options: string): string {
    if (column === undefined) throw new JinjaError("it names no column", 0);
    return `${name}(${literalText(column.replaceAll('"', ""))}${options})`;
  }

  #relationship(placed: PlacedTest & { test: DataTest }, at: Resource, field: string, options: (fallback: string) => string, file: FileCode, config: Config): string {
    const { test, on } = placed;
    const to = reference(test.args.to);
    if (!to || test.column === undefined) throw new JinjaError("what it relates to is not understood", 0);
    if (at.name === on?.name) return `${file.millrace("relationship")}(${literalText(test.column)}, ${to.code(this.#world, file)}, ${literalText(field)}${options(`relationship_${test.column}`)})`;
    // The other side is built later, from this one: there the check is about both.
    const sql = file.millrace("sql");
    const child = this.#world.dataset(on?.name ?? "", file, 0).code;
    const where = config.where === undefined ? "" : ` and (${textOf(config.where)})`;
    const columnName = `\${${sql}.id(${literalText(test.column)})}`;
    const statement = `${sql}\`select child.* from (select * from \${${child}} where ${columnName} is not null${where}) as child where not exists (select 1 from \${${file.millrace("rows")}} as parent where parent.\${${sql}.id(${literalText(field)})} = child.${columnName})\``;
    return `${file.millrace("check")}(${literalText(this.#name(at, test.name ?? `relationship_${on?.name}_${test.column}`))}, ${statement}${severityText(config)})`;
  }

  /** A test of the project's own or of a package. */
  #generic(test: DataTest, on: Resource, args: Record<string, Value>, config: Config, file: FileCode, placed: PlacedTest, at: Resource): string {
    const known = knownTests(test.kind, test.column, args);
    const name = this.#name(at, test.name ?? `${test.kind.replaceAll(".", "_")}${test.column === undefined ? "" : `_${test.column}`}`);
    const where = config.where === undefined ? undefined : textOf(config.where);
    if (known !== undefined) {
      const sql = file.millrace("sql");
      const rows = where === undefined ? `\${${file.millrace("rows")}}` : `(select * from \${${file.millrace("rows")}} where ${where})`;
      return `${file.millrace("check")}(${literalText(name)}, ${sql}\`${known.replaceAll("{rows}", rows)}\`${severityText(config)})`;
    }
    const [owner, ...rest] = test.kind.split(".");
    const macro = this.#world.macro(rest.length > 0 ? `${owner}.test_${rest.join(".")}` : `test_${test.kind}`);
    if (!macro) throw new JinjaError("there is no such test", 0);
    this.#tellOfWhere(placed, where);
    const given: Record<string, Code | undefined> = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, constantCode(value)]));
    const values = macro.parameters.map((parameter): string => {
      if (parameter.name === "model") return on.name === at.name ? file.millrace("rows") : this.#world.dataset(on.name, file, 0).code;
      if (parameter.name === "column_name" && test.column !== undefined) return literalText(test.column);
      const value = given[parameter.name];
      if (value) return parameter.type === "text" ? literalText(textOf(value.constant)) : value.code;
      if (parameter.fallback === undefined) throw new JinjaError(`it is not given "${parameter.name}"`, 0);
      return "undefined";
    });
    while (values.at(-1) === "undefined") values.pop();
    return `${file.millrace("check")}(${literalText(name)}, ${file.use(macro.path, macro.name)}(${values.join(", ")})${severityText(config)})`;
  }

  #tellOfWhere(placed: PlacedTest, where: string | undefined): void {
    if (where !== undefined) this.#tell(placed, "its `where` is left out: put it into the test's statement");
  }

  #statement({ name, nodes, config }: SingularTest, at: Resource, file: FileCode): string {
    const scope: TemplateScope = { file, names: new Map(), rowsOf: at.name };
    const translator = new TemplateTranslator(new ExpressionTranslator(this.#world), (error) => {
      throw new Untranslated(error);
    });
    const code = translator.expression(trimmed(nodes), scope);
    return `${file.millrace("check")}(${literalText(this.#name(at, name))}, ${code}${severityText(config)})`;
  }

  #options(placed: PlacedTest, config: Config, at: Resource, fallback: string, file: FileCode, more: readonly string[] = []): string {
    const { test } = placed;
    const name = this.#name(at, (isSingular(test) ? undefined : test.name) ?? fallback);
    return optionsText([...(name === fallback ? [] : [`name: ${literalText(name)}`]), ...more, ...this.#settings(placed, config, file)]);
  }

  #settings(placed: PlacedTest, config: Config, file: FileCode): string[] {
    for (const setting of ["warn_if", "error_if", "limit", "fail_calc"]) if (config[setting] !== undefined) this.#tell(placed, `its ${setting} is left out`);
    return [...(isWarning(config) ? ['severity: "warn"'] : []), ...(config.where === undefined ? [] : [`where: ${sqlCode(textOf(config.where), file)}`])];
  }

  /** Unique in its table. */
  #name(at: Resource, wanted: string): string {
    const taken = this.#names.get(at.name) ?? new Set();
    this.#names.set(at.name, taken);
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
    taken.add(name);
    return name;
  }
}

/** A check is whole, or none. */
class Untranslated extends Error {
  readonly reason: JinjaError;

  constructor(reason: JinjaError) {
    super(reason.message);
    this.reason = reason;
  }
}

const isWarning = ({ severity }: Config): boolean => textOf(severity ?? "").toLowerCase() === "warn";
const severityText = (config: Config): string => (isWarning(config) ? ', { severity: "warn" }' : "");

const optionsText = (fields: readonly string[]): string => (fields.length === 0 ? "" : `, { ${fields.join(", ")} }`);
const sqlCode = (text: string, file: FileCode): string => `${file.millrace("sql")}\`${text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${")}\``;

/** So much may be null where at least a share is not. */
function shareBelow({ at_least: least, at_most: most }: Record<string, Value>): string {
  const share = Number(least);
  if (least === undefined || !(share >= 0 && share <= 1)) throw new JinjaError("at_least is no share from 0 to 1", 0);
  if (most !== undefined && Number(most) < 1) throw new JinjaError("at_most below 1 asks for nulls: write it as an aggregate", 0);
  return `${Number((100 * (1 - share)).toFixed(9))}%`;
}

/** Bounds of a range that are numbers, or dates and times in quotes; undefined where they are other expressions of SQL. */
function boundsText({ min_value: min, max_value: max, inclusive }: Record<string, Value>): string | undefined {
  const isInclusive = inclusive === undefined || isTrue(inclusive);
  const given = ([[isInclusive ? "min" : "above", min], [isInclusive ? "max" : "below", max]] as const).filter(([, value]) => value !== undefined);
  const bounds = given.map(([name, value]) => [name, boundOf(value as Value)] as const);
  if (bounds.length === 0 || bounds.some(([, bound]) => bound === undefined)) return undefined;
  return `{ ${bounds.map(([name, bound]) => `${name}: ${bound}`).join(", ")} }`;
}

function boundOf(value: Value): string | undefined {
  const text = textOf(value).trim();
  if (text !== "" && Number.isFinite(Number(text))) return String(Number(text));
  const [, time] = /^(?:date |timestamp )?'(\d{4}-\d\d-\d\d(?:[ T][\d:.]+)?)'(?:::(?:date|timestamp))?$/i.exec(text) ?? [];
  return time === undefined ? undefined : literalText(time);
}

/** Without quotes around them, values are numbers or words of SQL. */
function acceptedValues({ values, quote }: Record<string, Value>): Value[] {
  const list = Array.isArray(values) ? values : [];
  return quote === undefined || isTrue(quote) ? list : list.map((value) => (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)) ? Number(value) : value));
}

/** Tests of dbt_utils that are statements here: a combination with nulls in it is one there, and of an expression of SQL nothing is known. */
function knownTests(kind: string, column: string | undefined, args: Record<string, Value>): string | undefined {
  if (kind === "dbt_utils.unique_combination_of_columns" && Array.isArray(args.combination_of_columns)) {
    const columns = args.combination_of_columns.map(textOf).join(", ");
    return `select ${columns} from {rows} group by ${columns} having count(*) > 1`;
  }
  if (kind === "dbt_utils.not_empty_string" && column !== undefined) return `select * from {rows} where trim(${column}) = ''`;
  if (kind === "dbt_utils.accepted_range" && column !== undefined) {
    const isInclusive = args.inclusive === undefined || isTrue(args.inclusive);
    const bounds = [args.min_value === undefined ? "" : `${column} ${isInclusive ? "<" : "<="} ${textOf(args.min_value)}`, args.max_value === undefined ? "" : `${column} ${isInclusive ? ">" : ">="} ${textOf(args.max_value)}`];
    return `select * from {rows} where ${bounds.filter((bound) => bound !== "").join(" or ")}`;
  }
  return undefined;
}
