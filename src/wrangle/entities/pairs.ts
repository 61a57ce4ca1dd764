import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { namedFields } from "../nested/column-choice.ts";
import { bigint, type Field, type Relation, scalar, varchar } from "../nested/nested-type.ts";
import { comparedSql, countedSql, type Pairing, withChain } from "./compared-sql.ts";
import type { ReadComparison, ReadRules } from "./rules.ts";
import { type ComparisonWeights, leastWeight, levelNumber, type Weights } from "./trained-model.ts";

const double = scalar("DOUBLE");
const integer = scalar("INTEGER");

/** Pairs by blocking rule, and what all rows with all would be, under rule 0: what blocking costs, before it is paid. */
export function blocks(input: Relation, rules: ReadRules): Relation {
  const names = rules.block.map(({ name }, rule) => `when ${rule + 1} then ${sqlText(name)}`).join(" ");
  const select = `select rule::BIGINT as rule, case rule when 0 then 'all pairs' ${names} end as name, least(pairs, 9223372036854775807)::BIGINT as pairs, worst as worst_key, case when rule > 0 then least(worst_pairs, 9223372036854775807)::BIGINT end as worst_pairs from counts order by rule`;
  return withChain(countedSql(rules, input), select, [{ name: "rule", type: bigint }, { name: "name", type: varchar }, { name: "pairs", type: bigint }, { name: "worst_key", type: varchar }, { name: "worst_pairs", type: bigint }]);
}

/** How many pairs there are of each combination of levels: all that training looks at. */
export function patterns(input: Relation, rules: ReadRules, pairing: Pairing): Relation {
  const levels = rules.compare.map((_, i) => `g${i}`).join(", ");
  const named = rules.compare.map(({ name }, i) => `g${i} as ${sqlName(name)}`);
  const fields = [...rules.compare.map(({ name }): Field => ({ name, type: integer })), { name: "_pairs", type: bigint }];
  return withChain(comparedSql(rules, input, pairing), `select ${named.join(", ")}, count(*) as _pairs from compared group by ${levels}`, fields);
}

/** The column of rows of several sources that says which one a row is of. */
export const sourceColumn = "source";

/** Columns of pairs, by what is in them. */
export const pairColumns = {
  left: (column: string): string => `${column}_l`,
  right: (column: string): string => `${column}_r`,
  level: (comparison: string): string => `level_${comparison}`,
  weight: (comparison: string): string => `weight_${comparison}`,
};

/**
 * The pairs that blocking makes, with their weights, from a probability on.
 * @param from - the least probability of a pair that is given
 */
export function scoredPairs(input: Relation, rules: ReadRules, weights: Weights, from: number): Relation {
  const compared = comparedSql(rules, input, { by: "rules" });
  const each = weights.comparisons.map((comparison, i) => `${weightSql(comparison, i)} as w${i}`);
  const weighed = { name: "weighed", sql: `select *, ${each.join(", ")} from compared` };
  const sum = [number(weights.prior), ...weights.comparisons.map((_, i) => `w${i}`)].join(" + ");
  const scored = { name: "scored", sql: `select *, ${sum} as weight from weighed where ${sum} >= ${number(leastWeight(from))}` };
  const names = [...(rules.source === undefined ? [] : [{ name: rules.source, own: "source" }]), { name: rules.key, own: "id" }].map(({ name, own }) => ({ field: namedFields(input.fields, [name], "rules")[0], own }));
  const columns = [
    ...(["l", "r"] as const).flatMap((side) => names.map(({ field, own }) => ({ sql: `${side}s.${own}`, name: side === "l" ? pairColumns.left(field.name) : pairColumns.right(field.name), type: field.type }))),
    { sql: "rule::BIGINT", name: "rule", type: bigint },
    { sql: "weight", name: "weight", type: double },
    { sql: "1 / (1 + pow(2, -weight))", name: "probability", type: double },
    ...weights.comparisons.flatMap(({ comparison: { name } }, i) => [
      { sql: `g${i}`, name: pairColumns.level(name), type: integer },
      { sql: `w${i}`, name: pairColumns.weight(name), type: double },
    ]),
  ];
  const select = `select ${columns.map(({ sql, name }) => `${sql} as ${sqlName(name)}`).join(", ")} from scored join records as ls on ls.n = l join records as rs on rs.n = r`;
  return withChain([...compared, weighed, scored], select, columns.map(({ name, type }) => ({ name, type })));
}

/** The pairs of which each comparison holds at some level, but for those of which a null says nothing; of all of them it may not be so. */
export function alikePairs(input: Relation, rules: ReadRules): Relation {
  const [{ name, type }] = namedFields(input.fields, [rules.key], "rules");
  const levels = rules.compare.map((_, i) => `g${i}`);
  const select = `select ls.id as ${sqlName(pairColumns.left(name))}, rs.id as ${sqlName(pairColumns.right(name))}, rule::BIGINT as rule from compared join records as ls on ls.n = l join records as rs on rs.n = r where least(${levels.map((level) => `abs(${level})`).join(", ")}) > 0 and greatest(${levels.join(", ")}) > 0`;
  return withChain(comparedSql(rules, input, { by: "rules" }), select, [{ name: pairColumns.left(name), type }, { name: pairColumns.right(name), type }, { name: "rule", type: bigint }]);
}

/** What a comparison adds, in bits. */
function weightSql({ comparison, bits, equalBits }: ComparisonWeights, i: number): string {
  const levels = bits.map((weight, index) => `when ${levelNumber(comparison, index)} then ${levelWeight(comparison, index, weight, equalBits, `f${i}`)}`);
  return `case g${i} ${levels.join(" ")} else 0e0 end`;
}

function levelWeight({ frequency, levels }: ReadComparison, index: number, weight: number, equalBits: number, share: string): string {
  return frequency && levels[index]?.kind === "exact" ? `${number(weight - equalBits)} - log2(${share})` : number(weight);
}

/** A double, and nothing that the engine takes for a decimal. */
const number = (value: number): string => (Number.isFinite(value) ? `${value}::DOUBLE` : `'${value}'::DOUBLE`);
