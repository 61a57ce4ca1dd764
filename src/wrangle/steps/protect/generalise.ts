import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type Field, type Relation, typeSql, varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { numberColumns } from "../aggregates.ts";
import type { Cell } from "../cells.ts";
import type { OptionReader } from "../option-reader.ts";
import type { RowStep, Step } from "../step.ts";
import { columnSql, textColumns, withCells } from "../text-step.ts";

/** How values become broader: one of these. */
export type Generalisation =
  /** Numbers to bands of this width, a whole number, from 0: `[20, 30)`. */
  | { readonly width: number }
  /** Numbers to bands between these, which go up: `< 18`, `[18, 65)`, `>= 65`. */
  | { readonly edges: readonly number[] }
  /** Dates and times to `2024-05` or `2024`. */
  | { readonly date: "month" | "year" }
  /** Texts to their first characters, with `*` for each of the others: `02***`. */
  | { readonly prefix: number }
  /** Categories to broader ones, by a table of at most 1,000; those that are not in it become `otherwise`. Default null. */
  | { readonly hierarchy: { readonly [value: string]: string }; readonly otherwise?: string | null };

/**
 * Values become broader, so that a row is one of many. What has no broader value, such as NaN, becomes null. The result is a text.
 * @example generalise("age", { width: 10 })
 * @example generalise("diagnosis", { hierarchy: { flu: "respiratory", asthma: "respiratory" }, otherwise: "other" })
 */
export function generalise<T, const K extends keyof T & string>(column: K, how: Generalisation): Step<T, Flat<Omit<T, K> & { [C in K]: string | null }>> {
  return { kind: "generalise", column, ...how };
}

/** One way, in both forms. */
interface Way {
  sql(field: Field, input: Relation): string;
  of(cell: Exclude<Cell, null>): string | null;
}

export const generaliseKind: RowStep<{ column: string; way: Way }> = {
  kind: "generalise",
  scope: "row",
  ownCells: true,
  protects: true,
  read: (given) => ({ column: given.text("column"), way: readWay(given) }),
  sql: ({ column, way }, input) => {
    const [field] = namedFields(input.fields, [column], "generalise");
    return { set: [{ name: field.name, sql: way.sql(field, input), type: varchar }] };
  },
  row: ({ column, way }) => (row) => withCells(row, [column], (cell) => (cell === null || cell === undefined ? null : way.of(cell))),
};

function readWay(given: OptionReader): Way {
  const [way, more] = Object.keys(ways).filter((name) => given.has(name));
  if (way === undefined || more !== undefined) throw unfit("it is said in no way, or in several, what values become", "generalise", `give one of ${Object.keys(ways).join(", ")}`);
  return ways[way](given);
}

const ways: Record<string, (given: OptionReader) => Way> = {
  width: (given) => byWidth(given.number("width", { min: 1, max: 1e9, whole: true })),
  edges: (given) => byEdges(given.scalars("edges")),
  date: (given) => byDate(given.oneOf("date", ["month", "year"])),
  prefix: (given) => byPrefix(given.number("prefix", { min: 0, max: 1_000, whole: true })),
  hierarchy: (given) => byTable(given.table("hierarchy"), given.scalar("otherwise", null)),
};

/** Whole numbers up to this have a band whose ends are whole numbers too. */
const widthLimit = 1e15;

function byWidth(width: number): Way {
  return {
    sql: ({ name }, input) => {
      const x = `cast(${columnSql(numberColumns(input, [name], "generalise")[0].name)} as DOUBLE)`;
      const low = `cast(floor(${x} / ${width}) as BIGINT) * ${width}`;
      return `case when abs(${x}) <= ${widthLimit} then '[' || (${low}) || ', ' || (${low} + ${width}) || ')' end`;
    },
    of: (cell) => {
      const low = Math.floor(Number(cell) / width) * width;
      return Math.abs(Number(cell)) <= widthLimit ? `[${low === 0 ? 0 : low}, ${low + width})` : null;
    },
  };
}

function byEdges(edges: readonly unknown[]): Way {
  if (edges.length === 0 || edges.some((edge, i) => typeof edge !== "number" || !Number.isFinite(edge) || (i > 0 && edge <= Number(edges[i - 1])))) throw unfit(`the edges ${JSON.stringify(edges)} are no numbers that go up`, "generalise", "give numbers, each greater than the one before");
  const numbers = edges as readonly number[];
  const labels = [`< ${numbers[0]}`, ...numbers.map((edge, i) => (i + 1 < numbers.length ? `[${edge}, ${numbers[i + 1]})` : `>= ${edge}`))];
  return {
    sql: ({ name }, input) => {
      const x = `cast(${columnSql(numberColumns(input, [name], "generalise")[0].name)} as DOUBLE)`;
      const bands = numbers.map((edge, i) => `when ${x} < cast(${sqlText(String(edge))} as DOUBLE) then ${sqlText(labels[i])}`);
      return `case when ${x} is null or isnan(${x}) then null ${bands.join(" ")} else ${sqlText(labels[numbers.length])} end`;
    },
    of: (cell) => {
      const x = Number(cell);
      const at = numbers.findIndex((edge) => x < edge);
      return Number.isNaN(x) ? null : labels[at < 0 ? numbers.length : at];
    },
  };
}

function byDate(to: "month" | "year"): Way {
  const characters = to === "month" ? 7 : 4;
  return {
    sql: ({ name, type, asJson }) => {
      if (asJson || !["DATE", "TIMESTAMP"].includes(typeSql(type))) throw unfit(`column ${JSON.stringify(name)} holds ${asJson ? "JSON" : typeSql(type)} and no dates`, "generalise", "make dates of it first");
      const text = `cast(${columnSql(name)} as VARCHAR)`;
      return `case when regexp_matches(${text}, '^\\d{4}-\\d\\d-\\d\\d( \\d\\d:\\d\\d:\\d\\d(\\.\\d+)?)?$') then substring(${text}, 1, ${characters}) end`;
    },
    of: (cell) => (/^\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?)?$/.test(String(cell)) ? String(cell).slice(0, characters) : null),
  };
}

function byPrefix(count: number): Way {
  return {
    sql: ({ name }, input) => {
      const text = columnSql(textColumns(input, [name], "generalise")[0].name);
      return `substring(${text}, 1, ${count}) || repeat('*', greatest(length(${text}) - ${count}, 0))`;
    },
    of: (cell) => {
      const points = Array.from(String(cell));
      return points.slice(0, count).join("") + "*".repeat(Math.max(points.length - count, 0));
    },
  };
}

function byTable(table: Readonly<Record<string, unknown>>, otherwise: unknown): Way {
  const entries = Object.entries(table);
  if (entries.length === 0 || entries.length > 1_000 || !entries.every(([, broader]) => typeof broader === "string") || (otherwise !== null && typeof otherwise !== "string")) throw unfit("the hierarchy is no table of 1 to 1,000 texts by text", "generalise", "write {'flu': 'respiratory'}; keep a greater one in a table, and join it");
  const broaderOf = new Map(entries as [string, string][]);
  return {
    sql: ({ name }, input) => {
      const text = columnSql(textColumns(input, [name], "generalise")[0].name);
      const cases = [...broaderOf].map(([value, broader]) => `when ${sqlText(value)} then ${sqlText(broader)}`);
      return `case when ${text} is null then null else case ${text} ${cases.join(" ")} else ${otherwise === null ? "cast(null as VARCHAR)" : sqlText(otherwise)} end end`;
    },
    of: (cell) => broaderOf.get(String(cell)) ?? otherwise,
  };
}
