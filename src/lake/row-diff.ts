import type { DuckDBConnection } from "@duckdb/node-api";
import { DeleteFiles } from "./delete-files.ts";
import type { Duckdb } from "./duckdb.ts";
import { queryJson, sqlName } from "./duckdb.ts";
import type { FileIndex } from "./file-index.ts";
import { filterColumn } from "./filter.ts";
import type { SchemaField } from "./iceberg-type.ts";
import { sameType } from "./iceberg-type.ts";
import type { SnapshotAt } from "./refs.ts";
import { snapshotAt } from "./refs.ts";
import type { DeletableFile } from "./row-files.ts";
import type { ScanFile } from "./scan-files.ts";
import { readingOf, scanFilesSql } from "./scan-files.ts";
import type { Snapshot, TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";
import { HeldPaths } from "./held-paths.ts";

export interface RowDiffRequest {
  from: SnapshotAt;
  to: SnapshotAt;
  /** Columns, as they are called in `to`, that say which row is which. Without them a row that changed is one removed and one added. */
  key?: readonly string[];
  /** Rows of each kind that are shown. Default 20. */
  sampleMax?: number;
}

export interface RowDiff {
  /** Rows that only `to` has, that only `from` has, and that both have under one key with other values. */
  added: number;
  removed: number;
  changed: number;
  /** By column the rows under one key in which it differs. */
  changedIn: Record<string, number>;
  /** Columns that only one of the two has, and those that are called or typed otherwise. */
  columns: { added: string[]; removed: string[]; changed: { from: string; to: string }[] };
  sample: DiffRow[];
  /** Files that both have went unread. */
  files: { read: number; same: number };
}

export interface DiffRow {
  kind: "added" | "removed" | "changed";
  /** As plain JSON, under the columns of `to`; 64-bit integers as text. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Of a row that changed: the columns that differ. */
  columns?: string[];
}

/**
 * What differs between the rows of two snapshots. Columns are the same by their id, whatever they are called: a column that
 * came between the two is null in the older, one that went is not compared.
 *
 * @throws MillraceError `MR-LAKE-001` when there is no such snapshot, `MR-LAKE-006` for a key that is no column, `MR-LAKE-004`
 */
export async function rowDiff(store: TableStore, index: FileIndex, duckdb: Duckdb, request: RowDiffRequest): Promise<RowDiff> {
  const { metadata, from, to, before, after } = await store.withCurrent(async ({ metadata }) => {
    const [from, to] = [request.from, request.to].map((at) => snapshotAt(store.name, metadata, at));
    return { metadata, from, to, before: await filesOf(store.name, index, from), after: await filesOf(store.name, index, to) };
  });
  const [old, now] = [from, to].map((snapshot) => schemaOf(metadata, snapshot));
  for (const name of request.key ?? []) filterColumn(store.name, now, name);
  const [gone, come] = [without(before, after), without(after, before)];
  const held = new HeldPaths(store);
  return duckdb.with(async (connection) => {
    const ask = (sql: string) => queryJson(connection, sql, `table "${store.name}"`);
    const scan = async (files: DeletableFile[]) => scanFilesSql(connection, await scanned(held, files), readingOf(metadata, now));
    const columns = now.fields.map(({ name }, i) => `${sqlName(name)} as c${i}`).join(", ");
    const keys = (request.key ?? []).map((name) => `c${now.fields.findIndex((field) => field.name === name)}`);
    const [goneSql, comeSql] = [`select ${columns} from ${await scan(gone)}`, `select ${columns} from ${await scan(come)}`];
    await ask(`create or replace temp table gone as ${numberedSql(`(${goneSql}) except all (${comeSql})`, keys)}`);
    await ask(`create or replace temp table come as ${numberedSql(`(${comeSql}) except all (${goneSql})`, keys)}`);
    return {
      ...(await counts(connection, store.name, now.fields, keys)),
      columns: changedColumns(old, now),
      sample: await sample(connection, store.name, now.fields, keys, request.sampleMax ?? 20),
      files: { read: gone.length + come.length, same: after.size - come.length },
    };
  }).finally(() => held.release());
}

function schemaOf(metadata: TableMetadata, snapshot: Snapshot): TableSchema {
  return metadata.schemas.find((schema) => schema["schema-id"] === snapshot["schema-id"]) ?? currentSchema(metadata);
}

/** By what makes up a file's rows: itself, and what deletes some of them. */
async function filesOf(table: string, index: FileIndex, snapshot: Snapshot): Promise<Map<string, DeletableFile>> {
  const deletes = new DeleteFiles(table, await index.deletes(snapshot));
  const files = (await index.live(snapshot)).map((data): DeletableFile => ({ data, deletes: deletes.of(data) }));
  return new Map(files.map((file) => [[file.data, ...file.deletes].map((one) => one.file.location).join(" "), file]));
}

function without(files: Map<string, DeletableFile>, others: Map<string, DeletableFile>): DeletableFile[] {
  return [...files].filter(([key]) => !others.has(key)).map(([, file]) => file);
}

async function scanned(held: HeldPaths, files: DeletableFile[]): Promise<ScanFile[]> {
  const found: ScanFile[] = [];
  for (const { data, deletes } of files) {
    const paths: string[] = [];
    for (const { file } of deletes) paths.push(await held.verified(file));
    found.push({ path: await held.verified(data.file), location: data.file.location, deletes: paths });
  }
  return found;
}

/** Rows that share a key are told apart by a number, the first goes with the first. */
function numberedSql(rowsSql: string, keys: string[]): string {
  return `select *, ${keys.length === 0 ? "0" : `row_number() over (partition by ${keys.join(", ")})`} as n from (${rowsSql})`;
}

/** Without a key nothing goes with anything. */
function pairsSql(keys: string[]): string {
  if (keys.length === 0) return "(select gone, null as come from gone union all select null, come from come)";
  const same = ["gone.n = come.n", ...keys.map((key) => `gone.${key} is not distinct from come.${key}`)];
  // Of a row that has no counterpart DuckDB makes a struct of nulls, not null.
  const side = (name: string) => `case when ${name}.n is not null then ${name} end as ${name}`;
  return `(select ${side("gone")}, ${side("come")} from gone full join come on ${same.join(" and ")})`;
}

async function counts(connection: DuckDBConnection, table: string, fields: SchemaField[], keys: string[]): Promise<Pick<RowDiff, "added" | "removed" | "changed" | "changedIn">> {
  const differing = fields.map((_field, i) => `count(*) filter (gone is not null and come is not null and gone.c${i} is distinct from come.c${i}) as d${i}`);
  const kinds = "count(*) filter (gone is null) as added, count(*) filter (come is null) as removed, count(*) filter (gone is not null and come is not null) as changed";
  const [row] = await queryJson(connection, `select ${[kinds, ...(keys.length > 0 ? differing : [])].join(", ")} from ${pairsSql(keys)}`, `table "${table}"`);
  const changedIn = fields.map(({ name }, i): [string, number] => [name, Number(row[`d${i}`] ?? 0)]).filter(([, n]) => n > 0);
  return { added: Number(row.added), removed: Number(row.removed), changed: Number(row.changed), changedIn: Object.fromEntries(changedIn) };
}

async function sample(connection: DuckDBConnection, table: string, fields: SchemaField[], keys: string[], sampleMax: number): Promise<DiffRow[]> {
  const pairs = pairsSql(keys);
  const kinds: [DiffRow["kind"], string][] = [["added", "gone is null"], ["removed", "come is null"], ["changed", "gone is not null and come is not null"]];
  const rows: DiffRow[] = [];
  for (const [kind, condition] of kinds) {
    const differs = fields.map((_field, i) => `${kind === "changed" ? `gone.c${i} is distinct from come.c${i}` : "false"} as d${i}`);
    for (const row of await queryJson(connection, `select gone, come, ${differs.join(", ")} from ${pairs} where ${condition} limit ${sampleMax}`, `table "${table}"`)) {
      const side = (values: unknown) => values && Object.fromEntries(fields.map(({ name }, i) => [name, (values as Record<string, unknown>)[`c${i}`]]));
      rows.push({
        kind,
        ...(row.gone ? { before: side(row.gone) as Record<string, unknown> } : {}),
        ...(row.come ? { after: side(row.come) as Record<string, unknown> } : {}),
        ...(kind === "changed" && { columns: fields.filter((_field, i) => row[`d${i}`] === true).map(({ name }) => name) }),
      });
    }
  }
  return rows;
}

function changedColumns(old: TableSchema, now: TableSchema): RowDiff["columns"] {
  const [before, after] = [old, now].map(({ fields }) => new Map(fields.map((field) => [field.id, field])));
  const both = now.fields.flatMap((field) => ({ to: field, from: before.get(field.id) }));
  return {
    added: both.filter(({ from }) => from === undefined).map(({ to }) => to.name),
    removed: old.fields.filter(({ id }) => !after.has(id)).map(({ name }) => name),
    changed: both.flatMap(({ from, to }) => (from !== undefined && (from.name !== to.name || !sameType(from.type, to.type)) ? [{ from: from.name, to: to.name }] : [])),
  };
}
