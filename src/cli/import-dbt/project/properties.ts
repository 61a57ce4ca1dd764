import { listOf, mapOf, textOr, type Yaml, type YamlFile, type YamlMap, type YamlPath } from "./yaml-file.ts";

/** What a YAML file says of a model, a seed, a snapshot or a table of a source. */
export interface Properties {
  name: string;
  file: string;
  line: number;
  description: string;
  config: YamlMap;
  columns: { name: string; description: string }[];
  tests: DataTest[];
  /** All that is written there. */
  all: YamlMap;
}

/** A test of data, as it is asked for. */
export interface DataTest {
  /** `unique`, `dbt_utils.expression_is_true` … */
  kind: string;
  column?: string;
  args: YamlMap;
  /** The name that it was given; absent where dbt makes one. */
  name?: string;
  config: YamlMap;
  file: string;
  line: number;
}

/** What is not an argument of a test. */
const testSettings = ["severity", "where", "warn_if", "error_if", "limit", "fail_calc", "store_failures", "store_failures_as", "tags", "enabled", "meta", "schema", "database", "alias"];

/** What stands at a place of a YAML file. */
export function propertiesAt(file: YamlFile, path: YamlPath, value: Yaml): Properties {
  const all = mapOf(value);
  const columns = listOf(all.columns).map(mapOf);
  return {
    name: textOr(all.name, ""),
    file: file.file,
    line: file.lineOf(path),
    description: textOr(all.description, "").trim(),
    config: { ...mapOf(all.config), ...(all.tags !== undefined && { tags: all.tags }) },
    columns: columns.map((column) => ({ name: textOr(column.name, ""), description: textOr(column.description, "").trim() })),
    tests: [...testsAt(file, path, all), ...columns.flatMap((column, i) => testsAt(file, [...path, "columns", i], column, textOr(column.name, "")))],
    all,
  };
}

function testsAt(file: YamlFile, path: YamlPath, owner: YamlMap, column?: string): DataTest[] {
  return ["tests", "data_tests"].flatMap((key) => listOf(owner[key]).map((test, i) => testOf(test, column, file.file, file.lineOf([...path, key, i]))));
}

function testOf(test: Yaml, column: string | undefined, file: string, line: number): DataTest {
  const place = { ...(column !== undefined && { column }), file, line };
  if (typeof test === "string") return { kind: test, args: {}, config: {}, ...place };
  const whole = mapOf(test);
  const isFlat = typeof whole.test_name === "string";
  const [kind, given] = isFlat ? [whole.test_name as string, whole] : (Object.entries(whole).find(([key]) => key !== "name" && key !== "description") ?? ["", {}]);
  const { config, arguments: inner, name = isFlat ? undefined : whole.name, test_name: _kind, description: _description, ...rest } = mapOf(given);
  const outer = Object.fromEntries(Object.entries(rest).filter(([key]) => testSettings.includes(key)));
  const args = Object.fromEntries(Object.entries(rest).filter(([key]) => !testSettings.includes(key)));
  return { kind, args: { ...args, ...mapOf(inner) }, config: { ...outer, ...mapOf(config) }, ...(typeof name === "string" && { name }), ...place };
}
