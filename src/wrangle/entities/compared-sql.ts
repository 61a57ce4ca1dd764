import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { namedFields } from "../nested/column-choice.ts";
import { type Field, type Relation, typeSql } from "../nested/nested-type.ts";
import { refusedSql } from "../refusal.ts";
import { checkLevelType, levelSql, measuresOf } from "./levels.ts";
import type { ReadComparison, ReadRules } from "./rules.ts";
import { levelNumber } from "./trained-model.ts";

/*
 * From rows to pairs that were compared, as a chain of common table expressions. Each row gets a number, and what is compared
 * and blocked by stands in columns of our names beside it. How many pairs the rules make is known before one is made.
 */

/** Which pairs are compared. */
export type Pairing =
  /** Each pair once, under the first blocking rule that holds for it. */
  | { by: "rules" }
  /** All pairs for which one rule holds, by its index. */
  | { by: "rule"; index: number }
  /** All pairs of some rows, as if drawn by lot, but the same ones each time: about so many pairs. */
  | { by: "chance"; pairs: number };

/** An expression of a chain. */
export interface Common {
  name: string;
  sql: string;
}

const value = (i: number): string => `c${i}`;
const share = (i: number): string => `f${i}`;
const keyColumn = (rule: number, part: number): string => `k${rule}_${part}`;

/** A row for each of the input, with what is compared of it. */
function recordsSql({ key, source, block, compare }: ReadRules, { from, fields }: Relation): string {
  const named = (column: string): string => sqlName(namedFields(fields, [column], "rules")[0].name);
  const order = [...(source === undefined ? [] : [named(source)]), named(key)].join(", ");
  const columns = [
    `row_number() over (order by ${order}) as n`,
    `${named(key)} as id`,
    `${source === undefined ? "null" : named(source)} as source`,
    `row(${order}) is not distinct from lag(row(${order})) over (order by ${order}) as is_twice`,
    ...compare.map(({ column, levels }, i) => {
      const [field] = namedFields(fields, [column], "rules");
      for (const level of levels) checkLevelType(level, typeSql(field.type), column, "rules");
      return `${sqlName(field.name)} as ${value(i)}`;
    }),
    ...compare.flatMap(({ column, frequency }, i) => (frequency ? [`count(*) over (partition by ${named(column)}) / nullif(count(${named(column)}) over (), 0) as ${share(i)}`] : [])),
    ...block.flatMap(({ parts }, rule) => parts.map((part, i) => `${part.sql(fields)} as ${keyColumn(rule, i)}`)),
  ];
  return `select ${columns.join(", ")} from ${from}`;
}

/** Pairs by rule: how many there are, which key makes most of them, and how many that are. Rule 0 is all rows with all. */
function countsSql({ source, block }: ReadRules): string {
  const pairs = source === undefined ? "n * (n - 1) // 2" : "(n * n - own) // 2";
  const counted = (keys: readonly string[], where: string) => {
    const names = keys.join(", ");
    const bySource = `select ${[...keys, "source", "count(*)::HUGEINT as n"].join(", ")} from records ${where} group by all`;
    return `select ${[...keys, "sum(n)::HUGEINT as n", "sum(n * n)::HUGEINT as own"].join(", ")} from (${bySource}) ${names === "" ? "" : `group by ${names}`}`;
  };
  const all = `select 0 as rule, coalesce(sum(${pairs}), 0)::HUGEINT as pairs, null::VARCHAR as worst, null::HUGEINT as worst_pairs from (${counted([], "")})`;
  const rules = block.map(({ parts }, rule) => {
    const keys = parts.map((_, i) => keyColumn(rule, i));
    const text = `concat_ws(', ', ${keys.map((key) => `left(cast(${key} as VARCHAR), ${worstLength})`).join(", ")})`;
    return `select ${rule + 1}, coalesce(sum(${pairs}), 0)::HUGEINT, arg_max(${text}, ${pairs}), coalesce(max(${pairs}), 0)::HUGEINT from (${counted(keys, `where ${keys.map((key) => `${key} is not null`).join(" and ")}`)})`;
  });
  return [all, ...rules].join("\nunion all ");
}

const worstLength = 40;

/** Null where the pairs may be made. Else a text that says why not. */
function refusalSql({ key, block, pairsMax }: ReadRules, rules: readonly number[]): string {
  const counted = rules.map((rule) => rule + 1).join(", ");
  const names = `case rule ${block.map(({ name }, rule) => `when ${rule + 1} then ${sqlText(name)}`).join(" ")} end`;
  const tooMany = `select format('{:,} pairs would be compared, and {:,} are allowed; blocking rule {} ({}) makes {:,} of them, and {:,} of these have "{}" in common', sum(pairs)::BIGINT, ${pairsMax}::BIGINT, arg_max(rule, pairs), arg_max(${names}, pairs), max(pairs)::BIGINT, arg_max(worst_pairs, pairs)::BIGINT, arg_max(worst, pairs)) from counts where rule in (${counted}) having sum(pairs) > ${pairsMax}`;
  const named = `select case when id is null then ${sqlText(`column ${JSON.stringify(key)} names a row, and is null in one`)} else ${sqlText(`column ${JSON.stringify(key)} names a row, and several have `)} || left(cast(id as VARCHAR), ${worstLength}) end from records where id is null or is_twice limit 1`;
  return `select coalesce((${named}), (${tooMany}))`;
}

/**
 * The chain up to `compared`: a row for each pair, with `l` and `r`, the numbers of its rows, `rule`, the rule from 1, the
 * level of each comparison, and of those that count frequencies the greater share of the two values.
 */
export function comparedSql(rules: ReadRules, input: Relation, pairing: Pairing): Common[] {
  const chain: Common[] = [...countedSql(rules, input)];
  const budgeted = pairing.by === "rules" ? rules.block.map((_, i) => i) : pairing.by === "rule" ? [pairing.index] : [];
  if (pairing.by === "chance") chain.push({ name: "allowed", sql: chosenSql(rules, pairing.pairs) });
  else {
    chain.push({ name: "refusal as materialized", sql: `select ${refusedSql("why")} as never from (${refusalSql(rules, budgeted)}) as t(why)` });
    chain.push({ name: "allowed as materialized", sql: "select * from records where (select never from refusal) is null" });
  }
  const sides = budgeted.length === 0 ? [joinSql(rules, undefined, [])] : budgeted.map((rule) => joinSql(rules, rule, pairing.by === "rules" ? budgeted.slice(0, rule) : []));
  // Kept as numbers of rows: what comes of a join is else worked on by one thread alone, and columns of all pairs would fill the memory.
  chain.push({ name: "pairs as materialized", sql: sides.join("\nunion all ") });
  chain.push({ name: "sides", sql: sidesSql(rules) });
  chain.push({ name: "measured", sql: `select ${["*", ...rules.compare.flatMap(measuredSql)].join(", ")} from sides` });
  const levels = rules.compare.map((comparison, i) => `${gammaSql(comparison, i)} as g${i}`);
  const shares = rules.compare.flatMap(({ frequency }, i) => (frequency ? [share(i)] : []));
  chain.push({ name: "compared", sql: `select ${["l", "r", "rule", ...levels, ...shares].join(", ")} from measured` });
  return chain;
}

/** The chain up to `counts`: pairs by rule. */
export function countedSql(rules: ReadRules, input: Relation): Common[] {
  return [
    { name: "records as materialized", sql: recordsSql(rules, input) },
    { name: "counts as materialized", sql: countsSql(rules) },
  ];
}

/** As many rows as make so many pairs, of each source as many. */
function chosenSql({ source }: ReadRules, pairs: number): string {
  const rows = source === undefined ? Math.ceil((1 + Math.sqrt(1 + 8 * pairs)) / 2) : Math.ceil(Math.sqrt(pairs));
  return `select * from records qualify row_number() over (${source === undefined ? "" : "partition by source "}order by md5(cast(id as VARCHAR)), n) <= ${rows}`;
}

/** The pairs of a rule for which none of `before` holds; without a rule all pairs. */
function joinSql({ source, block }: ReadRules, rule: number | undefined, before: readonly number[]): string {
  const same = (each: number) => block[each].parts.map((_, i) => `l.${keyColumn(each, i)} = r.${keyColumn(each, i)}`).join(" and ");
  const conditions = [...(rule === undefined ? [] : [same(rule)]), "l.n < r.n", ...(source === undefined ? [] : ["l.source <> r.source"]), ...before.map((each) => `not coalesce(${same(each)}, false)`)];
  return `select l.n as l, r.n as r, ${rule === undefined ? 0 : rule + 1} as rule from allowed as l join allowed as r on ${conditions.join(" and ")}`;
}

/** The pairs with the values of both rows. */
function sidesSql({ compare }: ReadRules): string {
  const columns = compare.flatMap(({ frequency }, i) => [`a.${value(i)} as l${i}, b.${value(i)} as r${i}`, ...(frequency ? [`greatest(a.${share(i)}, b.${share(i)}) as ${share(i)}`] : [])]);
  return `select l, r, rule, ${columns.join(", ")} from pairs join records as a on a.n = l join records as b on b.n = r`;
}

/** What the levels look at. Equal values need no look where "exact" comes first. */
function measuredSql({ levels }: ReadComparison, i: number): string[] {
  const measures = [...measuresOf(levels, { l: `l${i}`, r: `r${i}` })];
  return measures.map(([kind, sql]) => `${levels[0].kind === "exact" ? `case when l${i} <> r${i} then ${sql} end` : sql} as ${kind}${i}`);
}

/** The number of the first level that holds: see `levelNumber`. */
function gammaSql(comparison: ReadComparison, i: number): string {
  const sides = { l: `l${i}`, r: `r${i}` };
  const levels = comparison.levels.map((level, index) => `when ${levelSql(level, sides, `${level.kind}${i}`)} then ${levelNumber(comparison, index)}`);
  return `case when ${sides.l} is null or ${sides.r} is null then -1 ${levels.join(" ")} else 0 end`;
}

/** A chain with a SELECT behind it, as something to select from. */
export function withChain(chain: readonly Common[], select: string, fields: readonly Field[]): Relation {
  const expressions = chain.map(({ name, sql }) => `${name.includes(" as ") ? name : `${name} as`} (${sql})`);
  return { from: `(with ${expressions.join(",\n")}\n${select})`, fields };
}
