import { type Rows, type RowsInput, rowsSql } from "../../model/nested.ts";
import { sql } from "../../model/sql-tag.ts";
import type { ColumnOf } from "./rules.ts";
import { pairColumns } from "./pairs.ts";

export interface LinkQualityOptions<C extends string> {
  /** The column that names a row. */
  key: C;
  /** The column that says which rows are one: the truth. */
  entity: C;
  /** Probabilities from which on a pair counts as found. Default 0.5, 0.9, 0.95, 0.99. */
  thresholds?: readonly number[];
}

export interface LinkQuality {
  threshold: number;
  /** Pairs that were found. */
  found: number;
  /** Those of them that are one. */
  right: number;
  /** Pairs that are one and were not found. */
  missed: number;
  /** The part of what was found that is right; null when nothing was found. */
  precision: number | null;
  /** The part of what is one that was found; null when nothing is. */
  recall: number | null;
  /** Their harmonic mean. */
  f1: number | null;
}

/**
 * How good pairs are, held to rows of which it is known which are one.
 * @example sql`select * from ${linkQuality(pairs, labelled, { key: "id", entity: "person" })}`
 */
export function linkQuality<P, T, const C extends ColumnOf<T>>(pairs: RowsInput<P>, labelled: RowsInput<T>, { key, entity, thresholds = [0.5, 0.9, 0.95, 0.99] }: LinkQualityOptions<C>): Rows<LinkQuality> {
  const [id, truth] = [sql.id(key), sql.id(entity)];
  const rows = rowsSql("linkQuality", labelled);
  return sql`(with labelled as materialized (select ${id} as id, ${truth} as entity from ${rows}),
    judged as materialized (select p.probability, l.entity = r.entity as is_right from ${rowsSql("linkQuality", pairs)} as p join labelled as l on l.id = p.${sql.id(pairColumns.left(key))} join labelled as r on r.id = p.${sql.id(pairColumns.right(key))}),
    truth as (select coalesce(sum(n * (n - 1) // 2), 0) as pairs from (select count(*) as n from labelled where entity is not null group by entity)),
    counted as (select threshold, coalesce(count_if(probability >= threshold), 0) as found, coalesce(count_if(probability >= threshold and is_right), 0) as is_right from judged right join (select unnest(${thresholds}) as threshold) on true group by threshold)
    select threshold, found, is_right as "right", cast(pairs - is_right as bigint) as missed, is_right / nullif(found, 0) as precision, is_right / nullif(pairs, 0) as recall, 2 * is_right / nullif(found + pairs, 0) as f1 from counted, truth)`;
}
