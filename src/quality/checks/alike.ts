import { reshapingCall } from "../../model/nested.ts";
import { type Check, type CheckOptions, madeCheck } from "../../model/quality/check-definition.ts";
import { rows } from "../../model/quality/statement-checks.ts";
import { sql } from "../../model/sql-tag.ts";
import { type EntityRules, readRules } from "../../wrangle/entities/rules.ts";

/** Pairs that a check may compare: some seconds of a core. */
const pairsMax = 5_000_000;

/**
 * No row is alike to one before it: none that has the key of a blocking rule in common with it, and of which each comparison holds at some level.
 * A null on either side says nothing. What it costs is bounded: of more than `pairsMax` pairs (default 5,000,000) none is made, the check
 * has the state `error`, and says which blocking rule would make them.
 *
 * @example alike({ key: "id", block: ["born", { soundex: "surname" }], compare: [{ column: "name", levels: ["exact", { jaroWinkler: 0.9 }] }] })
 * @throws MillraceError `MR-WRANGLE-001` for rules that cannot be, `MR-MODEL-001` for an option that cannot be
 */
export function alike<const C extends string>(rules: EntityRules<C>, options: CheckOptions = {}): Check {
  const bounded = { pairsMax, ...(JSON.parse(JSON.stringify(rules)) as EntityRules<C>) };
  const { key, compare } = readRules(bounded);
  const columns = compare.map(({ column }) => column);
  const pairs = reshapingCall("entity_alike", sql`select * from ${rows}`, [bounded], {});
  const statement = sql`select * from ${rows} where ${sql.id(key)} in (select ${sql.id(`${key}_r`)} from ${pairs})`;
  return madeCheck([key, ...columns], { kind: "sql", sql: statement.text }, options, `alike_${columns.join("_")}`);
}
