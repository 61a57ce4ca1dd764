import type { PostgresSession } from "./client.ts";
import { type ColumnReading, type PostgresType, readingOf } from "./types.ts";

/** A table of a mounted database. */
export interface MountedTable {
  name: string;
  description?: string;
}

export interface MountedColumn extends ColumnReading {
  name: string;
  /** As the database names it: `numeric(10,2)`. */
  declared: string;
  required: boolean;
  description?: string;
}

const tablesSql = `
select relname as name, obj_description(pg_class.oid, 'pg_class') as description
from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where nspname = $1 and relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition
order by relname`;

const columnsSql = `
select attname as name, atttypid::int8 as type, atttypmod as modifier, attndims as dimensions, attnotnull as required,
  format_type(atttypid, atttypmod) as declared, col_description(attrelid, attnum) as description
from pg_attribute join pg_class on pg_class.oid = attrelid join pg_namespace on pg_namespace.oid = relnamespace
where nspname = $1 and relname = $2 and attnum > 0 and not attisdropped
order by attnum`;

/** The types of the columns, and all that they are made of. */
const typesSql = `
with recursive found as (
  select * from pg_type where oid = any ($1::oid[])
  union
  select pg_type.* from pg_type join found on pg_type.oid in (found.typbasetype, found.typelem)
)
select oid::int8 as oid, typname as name, typtype as kind, typcategory as category, typbasetype::int8 as base, typtypmod as "baseModifier", typndims as dimensions, typelem::int8 as element from found`;

/** The tables of a schema, in the order of their names; partitions are part of theirs. */
export async function mountedTables(session: PostgresSession, schema: string): Promise<MountedTable[]> {
  const rows = await session.rows<{ name: string; description: string | null }>(tablesSql, [schema]);
  return rows.map(({ name, description }) => ({ name, ...(description !== null && { description }) }));
}

/** The columns of a table in their order; none where there is no such table. */
export async function mountedColumns(session: PostgresSession, schema: string, table: string): Promise<MountedColumn[]> {
  type Row = { name: string; type: string; modifier: number; dimensions: number; required: boolean; declared: string; description: string | null };
  const rows = await session.rows<Row>(columnsSql, [schema, table]);
  const found = await session.rows<Record<keyof PostgresType, string>>(typesSql, [[...new Set(rows.map(({ type }) => type))]]);
  const types = new Map(found.map((type) => [Number(type.oid), typeOf(type)]));
  return rows.map(({ name, type, modifier, dimensions, required, declared, description }) => ({
    ...{ name, declared, required, ...(description !== null && { description }) },
    ...readingOf(types, Number(type), modifier, dimensions),
  }));
}

function typeOf({ oid, name, kind, category, base, baseModifier, dimensions, element }: Record<keyof PostgresType, string>): PostgresType {
  return { oid: Number(oid), name, kind, category, base: Number(base), baseModifier: Number(baseModifier), dimensions: Number(dimensions), element: Number(element) };
}
