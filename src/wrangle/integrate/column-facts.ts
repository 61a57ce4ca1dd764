import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { bigint, type Field, type NestedType, type Relation, scalar, typeSql, varchar } from "../nested/nested-type.ts";
import { typeName } from "../nested/type-names.ts";
import { unfit } from "../nested/wrangle-error.ts";

/** What kind of values a type has, as far as two of them can be compared. */
export type ValueKind = "number" | "text" | "time" | "boolean";

/** Values of which a column keeps the smallest digests: enough to tell to some hundredths how many two columns share. */
export const sketchSize = 256;

const double = scalar("DOUBLE");
const listOf = (element: NestedType): NestedType => ({ kind: "list", element });

const fields: readonly Field[] = [
  { name: "place", type: bigint },
  { name: "name", type: varchar },
  { name: "type", type: varchar },
  { name: "kind", type: varchar },
  { name: "filled", type: bigint },
  { name: "distinct_values", type: bigint },
  { name: "quantiles", type: listOf(double) },
  { name: "digit_share", type: double },
  { name: "digests", type: listOf(varchar) },
];

/** What a type's values are; undefined for those that are not compared: lists, structs, bytes. */
function kindOf(type: NestedType): ValueKind | undefined {
  const sql = typeSql(type);
  if (sql === "VARCHAR" || sql === "UUID") return "text";
  if (sql === "BOOLEAN") return "boolean";
  if (/^(DATE|TIMESTAMP.*)$/.test(sql)) return "time";
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(sql) ? "number" : undefined;
}

/**
 * A row for each column whose values can be compared with those of another one: its type, how many of its values differ, how
 * they are spread (numbers and times by value, texts by length), and digests of some of them.
 *
 * @throws MillraceError `MR-WRANGLE-001` when there is no such column
 */
export function columnFacts({ from, fields: given }: Relation): Relation {
  const columns = given.flatMap((field, place) => {
    const kind = kindOf(field.type);
    return kind === undefined ? [] : [{ field, place, kind }];
  });
  if (columns.length === 0) throw unfit("there is no column of numbers, texts, times or booleans", "column_facts", "flatten nested columns first");
  const structs = columns.map(({ field, place, kind }) => factsSql(field, place, kind));
  return { from: `(select unnest([${structs.join(", ")}], recursive := true) from ${from})`, fields };
}

function factsSql({ name, type }: Field, place: number, kind: ValueKind): string {
  const column = sqlName(name);
  const text = `cast(${column} as VARCHAR)`;
  const measure = kind === "text" ? `strlen(${text})` : kind === "number" ? `cast(${column} as DOUBLE)` : kind === "time" ? `epoch(${column})` : `cast(${column} as INTEGER)`;
  // A number as text is the same value as the number, and 5 the same as 5.0.
  const value = kind === "time" || kind === "boolean" ? text : `coalesce(cast(try_cast(${text} as DOUBLE) as VARCHAR), lower(trim(${text})))`;
  const facts: Record<string, string> = {
    place: `${place}::BIGINT`,
    name: sqlText(name),
    type: sqlText(typeName(type)),
    kind: sqlText(kind),
    filled: `count(${column})`,
    distinct_values: `approx_count_distinct(${column})::BIGINT`,
    quantiles: `approx_quantile(cast(${measure} as DOUBLE), [0.05, 0.25, 0.5, 0.75, 0.95])`,
    digit_share: kind === "text" ? `sum(strlen(regexp_replace(left(${text}, 1000), '[^0-9]', '', 'g'))) / nullif(sum(strlen(left(${text}, 1000))), 0)` : "cast(null as DOUBLE)",
    digests: `cast(min(distinct case when ${column} is not null then hash(${value}) end, ${sketchSize}) as VARCHAR[])`,
  };
  return `struct_pack(${Object.entries(facts).map(([fact, sql]) => `${fact} := ${sql}`).join(", ")})`;
}
