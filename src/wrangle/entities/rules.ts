import { OptionReader } from "../steps/option-reader.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { type KeyPart, type ReadPart, readPart } from "./key-parts.ts";
import { type Level, type ReadLevel, readLevel } from "./levels.ts";

/*
 * How rows are found to be one: plain data, as a model of weights is. Blocking says which rows are compared at all,
 * comparisons say how alike two of them are, column by column.
 */

/** Rows are compared that have all of these in common. A row where one is missing, or an empty text, is not compared by it. */
export type BlockingRule<C extends string = string> = KeyPart<C> | readonly KeyPart<C>[];

/** Names of the columns of rows; of rows whose type is not known any name. */
export type ColumnOf<T> = unknown extends T ? string : keyof T & string;

/** How a column of two rows is compared. */
export interface Comparison<C extends string = string> {
  column: C;
  /** From the strictest to the weakest; the first that holds counts. Below them stands "else", and a null on either side says nothing. */
  levels: readonly Level[];
  /** Values that are rare weigh more where both rows have the same one. Default false. */
  frequency?: boolean;
  /** What it is called. Default: its column. */
  name?: string;
}

/** What says whether two rows are one and the same. */
export interface EntityRules<C extends string = string> {
  /** The column that names a row: never null, never twice. */
  key: C;
  /** Two rows are compared when one of these rules holds; a pair belongs to the first that does. */
  block: readonly BlockingRule<C>[];
  compare: readonly Comparison<C>[];
  /** Most pairs that are compared; with more the statement is refused before it makes them. Default 100,000,000. */
  pairsMax?: number;
}

export interface ReadRule {
  /** For people: `surname + first 3 of given`. */
  name: string;
  parts: readonly ReadPart[];
}

export interface ReadComparison {
  name: string;
  column: string;
  levels: readonly ReadLevel[];
  frequency: boolean;
}

/** Rules that were read. */
export interface ReadRules {
  key: string;
  /** The column that says which source a row is of: rows of one source are not compared. */
  source: string | undefined;
  block: readonly ReadRule[];
  compare: readonly ReadComparison[];
  pairsMax: number;
}

/** A statement may have two hundred SELECTs, and each rule takes six. */
const blockMax = 25;
const compareMax = 50;
const levelsMax = 10;

/**
 * Rules as data, read.
 * @throws MillraceError `MR-WRANGLE-001` for rules that cannot be
 */
export function readRules(given: unknown): ReadRules {
  const where = "rules";
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw unfit("the rules are no options by name", where, "write {'key': 'id', 'block': ['surname'], 'compare': [{'column': 'surname', 'levels': ['exact']}]}");
  const { block, compare, ...rest } = given as { [option: string]: unknown };
  const options = new OptionReader(where, rest);
  const rules: ReadRules = {
    key: options.text("key"),
    source: options.has("source") ? options.text("source") : undefined,
    block: listOf(block, "block", blockMax).map((rule, i) => readRule(rule, `${where}, blocking rule ${i + 1}`)),
    compare: listOf(compare, "compare", compareMax).map((each, i) => readComparison(each, `${where}, comparison ${i + 1}`)),
    pairsMax: options.number("pairsMax", { min: 1, max: 1e12, whole: true, fallback: 100_000_000 }),
  };
  options.end();
  const names = rules.compare.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw unfit(`two comparisons are called ${JSON.stringify(twice)}`, where, "give one of them a name of its own: name: \"…\"");
  return rules;
}

function listOf(given: unknown, name: string, max: number): unknown[] {
  if (Array.isArray(given) && given.length > 0 && given.length <= max) return given;
  throw unfit(given === undefined ? `${name} is missing` : `${name} is no list of 1 to ${max}`, "rules", `list at least one: ${name}: […]`);
}

function readRule(given: unknown, where: string): ReadRule {
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw unfit("the rule has no parts", where, "name a column: [\"surname\"]");
  const parts = list.map((part) => readPart(part, where));
  return { name: parts.map(({ name }) => name).join(" + "), parts };
}

function readComparison(given: unknown, where: string): ReadComparison {
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw unfit("the comparison is no options by name", where, "write { column: \"surname\", levels: [\"exact\"] }");
  const { levels, ...rest } = given as { [option: string]: unknown };
  const options = new OptionReader(where, rest);
  const column = options.text("column");
  const read = { name: options.text("name", column), column, levels: listOf(levels, "levels", levelsMax).map((level) => readLevel(level, where)), frequency: options.flag("frequency") };
  options.end();
  if (read.frequency && !read.levels.some(({ kind }) => kind === "exact")) throw unfit(`${read.name} has frequency and no level "exact"`, where, "add the level \"exact\": only for equal values it is known how frequent they are");
  return read;
}
