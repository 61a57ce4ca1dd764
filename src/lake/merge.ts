import type { DuckDBConnection } from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import { sum } from "./append.ts";
import { DeleteFiles } from "./delete-files.ts";
import { queryJson, sqlName } from "./duckdb.ts";
import type { BoundFilter, FilterColumn } from "./filter.ts";
import { columnNow, filterColumn } from "./filter.ts";
import { isBytes, readFilterValue } from "./filter-value.ts";
import { planFiles } from "./plan-files.ts";
import { statisticsFacts } from "./prune-facts.ts";
import type { AddedFile } from "./rewrite-manifests.ts";
import type { DeletableFile, RowFiles } from "./row-files.ts";
import { freeName } from "./row-files.ts";
import type { RowBase, RowEdit, RowRule } from "./row-rule.ts";
import { insertedKey, unchangedKey, updatedKey } from "./summary-keys.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { currentSchema } from "./table-metadata.ts";
import { badDeclaration } from "./table-schema.ts";

export interface MergeKeys {
  /** Columns that say which row is which. Null equals null. */
  keys: readonly string[];
  /**
   * What becomes of new rows that share a key: `refuse` them all, or `keep` them all, in place of every row that has the key.
   * Default `refuse`.
   */
  duplicates?: "refuse" | "keep";
}

/** Keys that are looked for one by one; of more only the least and the greatest. */
const listedKeysMax = 200;
/**
 * Files that are looked through by one statement, and their bytes: a statement costs more than to read a small file, and of
 * large ones DuckDB would hold too much at once.
 */
const filesAtOnceMax = 8;
const bytesAtOnceMax = 1n << 20n;
/** Files of new rows whose bounds are looked at one by one. */
const listedFilesMax = 64;

/**
 * Puts new rows in the place of those with the same key, and the others beside them. Only files that may hold a key are
 * read, and only those written anew that hold a row which changes. New rows that are there already, all columns the same,
 * change nothing.
 */
export class MergeRule implements RowRule {
  readonly #keys: FilterColumn[];
  readonly #keepsDuplicates: boolean;
  readonly #added: AddedFile[];
  readonly #candidates: BoundFilter;
  #last: { key: string; edit: RowEdit } | undefined;

  private constructor(keys: FilterColumn[], keepsDuplicates: boolean, added: AddedFile[], candidates: BoundFilter) {
    this.#keys = keys;
    this.#keepsDuplicates = keepsDuplicates;
    this.#added = added;
    this.#candidates = candidates;
  }

  /** @throws MillraceError `MR-LAKE-012` when two new rows share a key, `MR-LAKE-006` for a key that is no column */
  static async open(table: string, metadata: TableMetadata, { keys, duplicates = "refuse" }: MergeKeys, added: AddedFile[], files: RowFiles): Promise<MergeRule> {
    if (keys.length === 0) throw badDeclaration(table, "rows are to be merged without a key", "name the columns that say which row is which");
    const columns = keys.map((key) => filterColumn(table, currentSchema(metadata), key));
    const rows = await files.madeSql(metadata, added);
    const candidates = await files.query(async (connection) => {
      if (duplicates === "refuse") await checkUnique(connection, table, keys, rows);
      return keysFilter(connection, table, columns, added, rows);
    });
    return new MergeRule(columns, duplicates === "keep", added, candidates);
  }

  async edit(base: RowBase): Promise<RowEdit> {
    const { files: planned } = await planFiles(base.index, base.metadata, base.parent, this.#candidates);
    const deletes = new DeleteFiles(base.table, await base.index.deletes(base.parent));
    const candidates = planned.map((data): DeletableFile => ({ data, deletes: deletes.of(data) }));
    const key = [base.metadata["current-schema-id"], ...candidates.flatMap(({ data, deletes }) => [data, ...deletes]).map(({ file }) => file.location)].join(" ");
    if (this.#last?.key !== key) this.#last = { key, edit: await base.files.query((connection) => this.#merge(connection, base, candidates)) };
    return { ...this.#last.edit, removed: locate(this.#last.edit.removed, planned) };
  }

  async #merge(connection: DuckDBConnection, base: RowBase, candidates: DeletableFile[]): Promise<RowEdit> {
    const { metadata, files } = base;
    const ask = (sql: string) => queryJson(connection, sql, `table "${base.table}"`);
    const names = currentSchema(metadata).fields.map(({ name }) => sqlName(name));
    // Columns go by their number: whatever they are called, they are not taken for those that are added here.
    await ask(`create or replace temp table batch as select row_number() over () as n, ${names.map((name, i) => `${name} as c${i}`).join(", ")} from ${await files.madeSql(metadata, this.#added)}`);
    await ask("create or replace temp table found (n bigint, file integer, same boolean)");
    const keys = this.#keys.map((key) => names.indexOf(columnNow(base.table, currentSchema(metadata), key).sql));
    const sameKey = (batch: string, held: string) => keys.map((i) => `${batch}.c${i} is not distinct from ${held}.${names[i]}`).join(" and ");
    const sameRow = names.map((name, i) => `batch.c${i} is not distinct from held.${name}`).join(" and ");
    const number = sqlName(freeName(currentSchema(metadata).fields, "file_number"));
    for (const together of smallTogether(candidates)) {
      const relations: string[] = [];
      for (const [i, file] of together) relations.push(`select ${i} as ${number}, * from ${await files.scanSql(connection, metadata, [file])}`);
      await ask(`insert into found select batch.n, held.${number}, ${sameRow} from (${relations.join(" union all ")}) as held join batch on ${sameKey("batch", "held")}`);
    }
    const unchanged = this.#keepsDuplicates ? "false" : "count(*) = 1 and bool_and(same)";
    await ask(`create or replace temp table matched as select n, ${unchanged} as unchanged from found group by n`);
    const [counts] = await ask("select count(*) filter (unchanged) as unchanged, count(*) filter (not unchanged) as updated from matched");
    const edit: RowEdit = { operation: "overwrite", removed: [], added: await this.#newRows(connection, base, names, Number(counts.unchanged)) };
    for (const { file } of await ask("select distinct file from found join matched using (n) where not unchanged order by file")) {
      const candidate = candidates[Number(file)];
      const rest = await files.rewrite(connection, metadata, [candidate], (rows) => `select held.* from ${rows} as held anti join (select batch.* from batch join matched using (n) where not unchanged) as gone on ${sameKey("gone", "held")}`);
      edit.removed.push(candidate.data);
      if (rest !== undefined) edit.added.push(rest);
    }
    const total = sum(this.#added, ({ file }) => file.records);
    const inserted = total - Number(counts.unchanged) - Number(counts.updated);
    return { ...edit, summary: { [insertedKey]: String(inserted), [updatedKey]: String(counts.updated), [unchangedKey]: String(counts.unchanged) } };
  }

  /** The files of new rows as they came, unless some of the rows are there already. */
  async #newRows(connection: DuckDBConnection, { metadata, files }: RowBase, names: string[], unchanged: number): Promise<AddedFile[]> {
    if (unchanged === 0) return [...this.#added];
    if (unchanged === sum(this.#added, ({ file }) => file.records)) return [];
    return files.write(connection, metadata, `(select ${names.map((name, i) => `c${i} as ${name}`).join(", ")} from batch left join matched using (n) where unchanged is not true)`);
  }
}

/** Files with their number, in groups for one statement each. */
function smallTogether(candidates: DeletableFile[]): [number: number, file: DeletableFile][][] {
  const groups: [number, DeletableFile][][] = [];
  let bytes = 0n;
  for (const [i, candidate] of candidates.entries()) {
    bytes += candidate.data.file.bytes;
    const group = groups.at(-1);
    if (group !== undefined && group.length < filesAtOnceMax && bytes <= bytesAtOnceMax) {
      group.push([i, candidate]);
      continue;
    }
    groups.push([[i, candidate]]);
    bytes = candidate.data.file.bytes;
  }
  return groups;
}

/** Another commit may have moved a file to another manifest; it is the same file. */
function locate<T extends { file: { location: string } }>(files: T[], now: T[]): T[] {
  const byLocation = new Map(now.map((file) => [file.file.location, file]));
  return files.map((file) => byLocation.get(file.file.location) ?? file);
}

async function checkUnique(connection: DuckDBConnection, table: string, keys: readonly string[], rowsSql: string): Promise<void> {
  const names = keys.map(sqlName).join(", ");
  const [twice] = await queryJson(connection, `select ${names}, count(*) as times from ${rowsSql} group by ${names} having count(*) > 1 limit 1`, `table "${table}"`);
  if (twice === undefined) return;
  const shown = keys.map((key) => `${key} = ${JSON.stringify(twice[key])}`).join(", ");
  throw new MillraceError("MR-LAKE-012", {
    what: `${twice.times} of the new rows have the key ${shown}`,
    where: `table "${table}"`,
    mend: "give each key one row, such as the latest; or name more columns as the key",
  });
}

/** Chooses the keys one by one; undefined where a filter cannot name them all. */
async function listedKeys(connection: DuckDBConnection, table: string, column: FilterColumn, rowsSql: string): Promise<BoundFilter | undefined> {
  const text = isBytes(column.type) && column.type !== "uuid" ? `hex(${column.sql})` : `${column.sql}::varchar`;
  const found = await queryJson(connection, `select distinct ${text} as key from ${rowsSql}`, `table "${table}"`);
  const texts = found.map(({ key }) => key as string | null);
  const isWhole = column.type === "int" || column.type === "long";
  const values = texts.filter((key) => key !== null).map((key) => readFilterValue(column.type, isWhole ? BigInt(key) : key));
  if (!values.every((value) => value !== undefined)) return undefined;
  return { op: "or", filters: [{ op: "in", column, values }, ...(texts.includes(null) ? [{ op: "is null" as const, column }] : [])] };
}

/** Chooses, by what is known of the keys of the new rows, at least the rows with one of them. */
async function keysFilter(connection: DuckDBConnection, table: string, columns: FilterColumn[], added: AddedFile[], rowsSql: string): Promise<BoundFilter> {
  const rows = sum(added, ({ file }) => file.records);
  const [column] = columns;
  const listed = rows <= listedKeysMax && columns.length === 1 && !["boolean", "float", "double"].includes(String(column.type)) && (await listedKeys(connection, table, column, rowsSql));
  if (listed) return listed;
  if (added.length > listedFilesMax) return { op: "and", filters: [] };
  return { op: "or", filters: added.map(({ file }) => ({ op: "and", filters: columns.map((one) => boundsFilter(one, file)) })) };
}

function boundsFilter(column: FilterColumn, file: AddedFile["file"]): BoundFilter {
  const { nulls, lower, upper } = statisticsFacts(column, file);
  if (nulls === "all") return { op: "is null", column };
  const within: BoundFilter[] = [];
  if (lower !== undefined) within.push({ op: ">=", column, value: lower });
  if (upper !== undefined) within.push({ op: "<=", column, value: upper });
  const bounds: BoundFilter = { op: "and", filters: within };
  return nulls === "none" ? bounds : { op: "or", filters: [bounds, { op: "is null", column }] };
}
