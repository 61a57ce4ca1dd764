import { declared } from "../../model/declared.ts";
import type { TableDefinition } from "../../model/definition.ts";
import { check, rows } from "../../model/quality/statement-checks.ts";
import type { ModelOptions } from "../../model/models/model-options.ts";
import { checkName, declarationText } from "../../model/names.ts";
import { reshapingCall } from "../../model/nested.ts";
import { checkNumber, invalid } from "../../model/option-checks.ts";
import { callSite } from "../../model/place.ts";
import { type Sql, sql } from "../../model/sql-tag.ts";
import { modelTable } from "../../model/table.ts";
import { clusterName, type PairsThatJoin } from "./clusters.ts";
import type { Linking, PairRow } from "./linking.ts";
import { pairColumns } from "./pairs.ts";
import { readRules } from "./rules.ts";
import type { EntityModel } from "./trained-model.ts";

export interface EntitiesOptions extends Pick<ModelOptions, "dag" | "schedule" | "timezone" | "start" | "end" | "catchup" | "retries" | "owner" | "tags"> {
  /** The rows, and how those among them that are one are found: what `dedupe` or `link` gave. */
  from: Linking;
  /** What was learned of them: what `train` gave, kept as code. */
  model: EntityModel;
  /** The least probability of a pair that joins its rows. Default 0.95. */
  probability?: number;
  /**
   * Which of these join their rows: `all` (the default), or the `best` of each row, so that one wrong pair between two groups that hang together by better ones
   * does not make them one.
   */
  join?: PairsThatJoin;
  /** The least probability of a pair that is kept, so that people can look at those that just missed. Default 0.5. */
  keep?: number;
  /** Most rows that may be taken for one: with more, something else is wrong, and nothing is published. Default 100. */
  clusterMax?: number;
}

/** Tables of rows that are one and the same. */
export interface EntityTables {
  /** `<name>_pairs`: the pairs, with what each comparison adds to their weight. */
  readonly pairs: TableDefinition<PairRow>;
  /** `<name>_clusters`: for each row the `cluster` that it is in, and the `size` of that. */
  readonly clusters: TableDefinition<{ [name: string]: unknown; cluster: unknown; size: number }>;
  /** `<name>_why`: a view; for each pair a row for each thing that was compared: both values, the level, the bits that it adds, the sum so far. */
  readonly why: TableDefinition<WhyRow>;
}

export interface WhyRow {
  [name: string]: unknown;
  /** From 0, what was known before. */
  step: number;
  compared: string;
  level: string;
  value_l: string | null;
  value_r: string | null;
  weight: number;
  /** Of this step and those before it. */
  total: number;
  probability: number;
}

/**
 * Declares the tables of rows that are one: models like others, which `plan` shows and `run` builds.
 * @example export const { pairs, clusters, why } = entities("crm.people", { from: doubles, model });
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be, `MR-WRANGLE-001` for a model that does not fit the rules
 */
export function entities(name: string, { from, model, probability = 0.95, join = "all", keep = 0.5, clusterMax = 100, ...more }: EntitiesOptions): EntityTables {
  const site = callSite(entities);
  checkName("table", name, site);
  const where = declarationText("table", name, site);
  for (const [option, value] of Object.entries({ probability, keep })) checkNumber(value, { name: option, min: 0, max: 1, fallback: 0 }, where);
  if (join !== "all" && join !== "best") throw invalid(`join is ${JSON.stringify(join)}`, where, 'give "all" or "best"');
  checkNumber(clusterMax, { name: "clusterMax", min: 2, max: 1e9, fallback: 100, whole: true }, where);
  const make = (suffix: string, options: Pick<ModelOptions, "sql" | "checks" | "materialize" | "description">) => declared(modelTable(`${name}_${suffix}`, { ...more, ...options }, where, site));
  const pairs = make("pairs", { description: "Pairs of rows that may be one, with their weights.", sql: sql`select * from ${from.pairs(model, { probability: Math.min(keep, probability) })}` });
  return {
    pairs,
    clusters: make("clusters", {
      description: "The cluster of each row.",
      sql: clustersSql(from, pairs, probability, join),
      checks: [check("no_giant_cluster", sql`select * from ${rows} where size > ${clusterMax}`)],
    }),
    why: make("why", { description: "Why two rows are taken for one.", materialize: "view", sql: whySql(from, pairs, model) }),
  };
}

function clustersSql({ input, names }: Linking, pairs: TableDefinition, probability: number, join: PairsThatJoin): Sql {
  const own = names.map((name) => sql`i.${sql.id(name)}`);
  const same = names.map((name) => sql`c.${sql.id(name)} = i.${sql.id(name)}`);
  const clusters = reshapingCall("entity_clusters", pairs, [names], { probability, ...(join === "best" && { join }) });
  return sql`select ${sql.join(own)}, coalesce(c.cluster, ${sql.raw(clusterName(own.map(({ text }) => text)))}) as cluster, coalesce(c.size, 1) as size from ${input} as i left join ${clusters} as c on ${sql.join(same, sql` and `)}`;
}

function whySql({ input, names, rules }: Linking, pairs: TableDefinition, model: EntityModel): Sql {
  const same = (alias: string, of: (column: string) => string) => sql.join(names.map((name) => sql`${sql.raw(alias)}.${sql.id(name)} = w.${sql.id(of(name))}`), sql` and `);
  const value = (alias: string) => sql.join(readRules(rules).compare.map(({ column }, i) => sql`when ${i + 1} then cast(${sql.raw(alias)}.${sql.id(column)} as varchar)`), sql` `);
  const keys = sql.join(names.flatMap((name) => [sql`w.${sql.id(pairColumns.left(name))}`, sql`w.${sql.id(pairColumns.right(name))}`]));
  return sql`select ${keys}, w.step, w.compared, w.level, case w.step ${value("l")} end as value_l, case w.step ${value("r")} end as value_r, w.weight, w.total, w.probability
    from ${reshapingCall("entity_why", pairs, [rules, model], {})} as w join ${input} as l on ${same("l", pairColumns.left)} join ${input} as r on ${same("r", pairColumns.right)}`;
}
