import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { bigint, type Relation, scalar, varchar } from "../nested/nested-type.ts";
import { namedFields } from "../nested/column-choice.ts";
import { pairColumns } from "./pairs.ts";
import type { ReadRules } from "./rules.ts";
import { levelNumber } from "./trained-model.ts";

/**
 * Why two rows are taken for one: a row for each step from what is known before anything is compared to the weight of the
 * pair, with what was compared, the level that held, what it added in bits, and what it came to.
 */
export function why(pairs: Relation, rules: ReadRules, prior: number): Relation {
  const double = scalar("DOUBLE");
  const names = [...(rules.source === undefined ? [] : [rules.source]), rules.key].flatMap((name) => [pairColumns.left(name), pairColumns.right(name)]);
  const keys = namedFields(pairs.fields, names, "entity_why");
  const steps = [
    stepSql(0, "before anything is compared", sqlText(""), `${prior}::DOUBLE`),
    ...rules.compare.map((comparison, i) => {
      const [level, weight] = namedFields(pairs.fields, [pairColumns.level(comparison.name), pairColumns.weight(comparison.name)], "entity_why").map(({ name }) => sqlName(name));
      const labels = comparison.levels.map(({ label }, index) => `when ${levelNumber(comparison, index)} then ${sqlText(label)}`);
      return stepSql(i + 1, comparison.name, `case ${level} ${labels.join(" ")} when 0 then 'else' else 'nothing to compare' end`, weight);
    }),
  ];
  const unnested = `select ${keys.map(({ name }) => sqlName(name)).join(", ")}, unnest([${steps.join(", ")}], recursive := true) from ${pairs.from}`;
  const key = keys.map(({ name }) => sqlName(name)).join(", ");
  const sum = `sum(weight) over (partition by ${key} order by step rows unbounded preceding)`;
  return {
    from: `(select *, ${sum} as total, 1 / (1 + pow(2, -(${sum}))) as probability from (${unnested}))`,
    fields: [...keys, { name: "step", type: bigint }, { name: "compared", type: varchar }, { name: "level", type: varchar }, { name: "weight", type: double }, { name: "total", type: double }, { name: "probability", type: double }],
  };
}

const stepSql = (step: number, compared: string, level: string, weight: string): string => `struct_pack(step := ${step}::BIGINT, compared := ${sqlText(compared)}, level := ${level}, weight := ${weight})`;
