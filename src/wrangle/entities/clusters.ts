import { sqlName } from "../../lake/duckdb.ts";
import { bigint, type Field, type Relation, typeSql, varchar } from "../nested/nested-type.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { withChain } from "./compared-sql.ts";
import { pairColumns } from "./pairs.ts";

/*
 * Rows that hang together by pairs, directly or over others. Each row knows a row with a smaller number, in the beginning
 * itself; in each round the rows that are known so are made known to the neighbours, and what they know to those who know
 * them, so that even a chain of a hundred thousand rows takes a score of rounds. After the last one all rows of a cluster
 * know its first.
 *
 * See Zhang, Azad and Hu, "FastSV: a distributed-memory connected component algorithm with fast convergence", 2020.
 */

/**
 * - `all`: each pair, so that a chain of pairs is one cluster, and one wrong pair makes one of two.
 * - `best`: a pair that is the likeliest of one of its rows, or as likely: a pair between two groups that hang together by better ones joins nobody.
 */
export type PairsThatJoin = "all" | "best";

/**
 * The rows that stand in pairs, with the cluster that they are in, and how many it has. A cluster is called by the key of its
 * first row; where there are several sources, with that source before it, as `crm/17`.
 * @param names - the columns that name a row: its source where there are several, and its key
 * @param from - the least probability of a pair that counts
 * @param join - which of these pairs join their rows
 */
export function clusters(pairs: Relation, names: readonly string[], from: number, join: PairsThatJoin = "all"): Relation {
  const fields = names.map((name) => sideField(pairs, pairColumns.left(name)));
  for (const [i, name] of names.entries()) {
    const right = sideField(pairs, pairColumns.right(name));
    if (typeSql(right.type) !== typeSql(fields[i].type)) throw unfit(`column ${JSON.stringify(right.name)} is ${typeSql(right.type)}, and ${JSON.stringify(fields[i].name)} ${typeSql(fields[i].type)}`, "entity_clusters", "give the pairs as entity_pairs makes them");
  }
  const side = (of: (column: string) => string) => names.map((name, i) => `${sqlName(of(name))} as x${i}`).join(", ");
  const keys = names.map((_, i) => `x${i}`);
  const joined = (alias: string, of: (column: string) => string) => `nodes as ${alias} on ${names.map((name, i) => `${alias}.x${i} = p.${sqlName(of(name))}`).join(" and ")}`;
  const chain = [
    { name: "likely as materialized", sql: `select * from ${pairs.from} where probability >= ${from}::DOUBLE` },
    ...(join === "best" ? bestOf(pairs, names) : [{ name: "linked", sql: "from likely" }]),
    { name: "nodes as materialized", sql: `select *, row_number() over (order by ${keys.join(", ")}) as n from (select ${side(pairColumns.left)} from linked union select ${side(pairColumns.right)} from linked)` },
    { name: "edges as materialized", sql: `select unnest([l.n, r.n]) as a, unnest([r.n, l.n]) as b from linked as p join ${joined("l", pairColumns.left)} join ${joined("r", pairColumns.right)}` },
    { name: "rounds(round, n, knows, moved)", sql: roundsSql },
    { name: "last as materialized", sql: "select n, knows from rounds where round = (select max(round) from rounds)" },
  ];
  const select = `select ${keys.map((key, i) => `${key} as ${sqlName(names[i])}`).join(", ")}, first_value(${clusterName(keys)}) over (partition by knows order by n) as cluster, count(*) over (partition by knows) as size from nodes join last using (n)`;
  const relation = withChain(chain, select, [...fields.map(({ type }, i) => ({ name: names[i], type })), { name: "cluster", type: names.length === 1 ? fields[0].type : varchar }, { name: "size", type: bigint }]);
  return { ...relation, from: relation.from.replace("(with ", "(with recursive ") };
}

/** @param keys - SQL of what names a row: its source where there are several, and its key */
export const clusterName = (keys: readonly string[]): string => keys.map((key) => (keys.length === 1 ? key : `cast(${key} as VARCHAR)`)).join(" || '/' || ");

/** Probabilities near 1 round to one another: weights, where there are some, tell them apart. */
function bestOf(pairs: Relation, names: readonly string[]): { name: string; sql: string }[] {
  const strength = pairs.fields.some(({ name }) => name.toLowerCase() === "weight") ? "weight" : "probability";
  const side = (of: (column: string) => string) => `select ${names.map((name, i) => `${sqlName(of(name))} as x${i}`).join(", ")}, ${strength} as strength from likely`;
  const of = (alias: string, column: (name: string) => string) => `join best as ${alias} on ${names.map((name, i) => `${alias}.x${i} = p.${sqlName(column(name))}`).join(" and ")}`;
  return [
    { name: "best as materialized", sql: `select ${names.map((_, i) => `x${i}`).join(", ")}, max(strength) as most from (${side(pairColumns.left)} union all ${side(pairColumns.right)}) group by all` },
    { name: "linked as materialized", sql: `select p.* from likely as p ${of("l", pairColumns.left)} ${of("r", pairColumns.right)} where p.${strength} >= least(l.most, r.most)` },
  ];
}

const roundsSql = `select 0, n, n, true from nodes
  union all select round, n, knows, knows <> knew from (
    select max(self.round) + 1 as round, told.n as n, min(told.knows) as knows, max(self.knows) as knew
    from (
      select x.knows as n, z.knows as knows from edges join rounds as x on x.n = a join rounds as y on y.n = b join rounds as z on z.n = y.knows
      union all select a, z.knows from edges join rounds as y on y.n = b join rounds as z on z.n = y.knows
      union all select x.n, z.knows from rounds as x join rounds as z on z.n = x.knows
    ) as told join rounds as self on self.n = told.n
    where (select bool_or(moved) from rounds) group by told.n)`;

function sideField(pairs: Relation, name: string): Field {
  const field = pairs.fields.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (field === undefined) throw unfit(`there is no column ${JSON.stringify(name)}`, "entity_clusters", "give the pairs as entity_pairs makes them, and the key by which they were made");
  return field;
}
