import type { DbtProject, Resource, UnitTest } from "../project/dbt-project.ts";
import { listOf, mapOf, textOr, type Yaml, type YamlMap } from "../project/yaml-file.ts";
import type { Report } from "../report.ts";
import { literalText } from "../translate/code.ts";
import type { FileCode } from "../translate/file-code.ts";
import type { World } from "../translate/world.ts";
import { reference } from "./reference.ts";
import { isRows, rowText } from "./rows-text.ts";
import { listText, optionsText } from "./options-text.ts";

/** The unit tests of a model, as an object of its declaration; undefined where there are none. */
export function unitTestsText(resource: Resource, project: DbtProject, world: World, file: FileCode, report: Report): string | undefined {
  const tests = project.unitTests.filter(({ model }) => model === resource.name).flatMap((test) => {
    try {
      return [[test.name, testText(test, project, world, file)] as const];
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      report.add("left-out", test.file, test.line, `unit test ${test.name}: ${error.message}`);
      return [];
    }
  });
  return tests.length === 0 ? undefined : optionsText(Object.fromEntries(tests), 1);
}

class Unfit extends Error {}

function testText({ all }: UnitTest, project: DbtProject, world: World, file: FileCode): string {
  if (!isPlain(mapOf(all.overrides))) throw new Unfit("it overrides macros, variables or the environment");
  const given = listOf(all.given).map(mapOf).map((each) => givenText(each, project, world, file));
  return optionsText({ given: listText(given, 3), expect: listText(rowsOf(mapOf(all.expect)).map(rowText), 3) }, 2);
}

/** A test is of the whole statement, which is what dbt must be told. */
function isPlain({ macros, ...others }: YamlMap): boolean {
  const { is_incremental: incremental = false, ...rest } = mapOf(macros);
  return incremental === false && Object.keys(rest).length === 0 && Object.keys(others).length === 0;
}

function givenText(given: YamlMap, project: DbtProject, world: World, file: FileCode): string {
  const to = reference(given.input);
  if (!to) throw new Unfit(`its input ${literalText(textOr(given.input, "this"))} is not understood`);
  const name = to.resource(project);
  if (project.resources.get(name)?.config.materialized === "ephemeral") throw new Unfit(`its input ${name} is ephemeral, and has no rows of its own`);
  return `[${to.code(world, file)}, ${listText(rowsOf(given).map(rowText), 4)}]`;
}

function rowsOf({ rows, format = "dict", fixture }: YamlMap): YamlMap[] {
  if (fixture !== undefined) throw new Unfit("its rows stand in a file of their own");
  if (format === "csv" && typeof rows === "string") return csvRows(rows);
  if (format === "dict" && (isRows(rows) || rows === undefined || rows === null)) return rows ?? [];
  throw new Unfit(`its rows are written as ${literalText(textOr(format, "something else"))}`);
}

/** Lines with commas between values; those of the first are names, and an empty value is none. */
function csvRows(text: string): YamlMap[] {
  const [header = "", ...lines] = text.trim().split("\n").map((line) => line.trim());
  const names = header.split(",").map((name) => name.trim());
  return lines.filter((line) => line !== "").map((line) => {
    if (line.includes('"')) throw new Unfit("its rows have values in quotes");
    const values = line.split(",").map((value): Yaml => (value.trim() === "" ? null : value.trim()));
    return Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));
  });
}
