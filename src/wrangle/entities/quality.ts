import { type Rows, type RowsInput, rowsSql } from "../../model/nested.ts";
import { type Sql, sql } from "../../model/sql-tag.ts";
import { pairColumns, sourceColumn } from "./pairs.ts";
import type { ColumnOf } from "./rules.ts";

export interface LinkQualityOptions<C extends string> {
  /** The column that names a row. */
  key: C;
  /** The column that says which rows are one: the truth. */
  entity: C;
  /** The column that says which source a row is of, for pairs that `link` made: only pairs of two sources count. */
  source?: C;
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
export function linkQuality<P, T, const C extends ColumnOf<T>>(pairs: RowsInput<P>, labelled: RowsInput<T>, { key, entity, source, thresholds = [0.5, 0.9, 0.95, 0.99] }: LinkQualityOptions<C>): Rows<LinkQuality> {
  const ofSource = source === undefined ? sql`null` : sql.id(source);
  const side = (row: Sql, of: (column: string) => string): Sql => sql`labelled as ${row} on ${row}.id = p.${sql.id(of(key))}${source === undefined ? sql`` : sql` and ${row}.source = p.${sql.id(of(sourceColumn))}`}`;
  const truePairs = source === undefined ? sql`n * (n - 1) // 2` : sql`(n * n - own) // 2`;
  return sql`(with labelled as materialized (select ${sql.id(key)} as id, ${ofSource} as source, ${sql.id(entity)} as entity from ${rowsSql("linkQuality", labelled)}),
    judged as materialized (select p.probability, l.entity = r.entity as is_right from ${rowsSql("linkQuality", pairs)} as p join ${side(sql`l`, pairColumns.left)} join ${side(sql`r`, pairColumns.right)}),
    by_source as (select entity, count(*) as n from labelled where entity is not null group by entity, source),
    truth as (select coalesce(sum(${truePairs}), 0) as pairs from (select sum(n) as n, sum(n * n) as own from by_source group by entity)),
    counted as (select threshold, coalesce(count_if(probability >= threshold), 0) as found, coalesce(count_if(probability >= threshold and is_right), 0) as is_right from judged right join (select unnest(${thresholds}) as threshold) on true group by threshold)
    select threshold, found, is_right as "right", cast(pairs - is_right as bigint) as missed, is_right / nullif(found, 0) as precision, is_right / nullif(pairs, 0) as recall, 2 * is_right / nullif(found + pairs, 0) as f1 from counted, truth)`;
}
