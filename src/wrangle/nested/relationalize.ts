import { sqlName } from "../../lake/duckdb.ts";
import { distinctNames } from "./column-names.ts";
import type { Leaf } from "./leaves.ts";
import { nearest } from "../../model/names.ts";
import { itemName, type NestedTable, nestedTables } from "./nested-tables.ts";
import { json, type Relation, sameType } from "./nested-type.ts";
import { type Column, columnValue, counted, hasItems, inputName, itemsSql, plainValue, select, texted } from "./value.ts";
import { unfit } from "./wrangle-error.ts";

/*
 * Nested rows as tables that join, as Glue's relationalize makes them. In the root, and in each child, a column that was a
 * list or a map holds a key; the child's rows have that key as `id`, and their place in the list as `index`. Where the list
 * was null the key is null; an empty list has a key and no rows.
 *
 * Glue numbers its keys anew in each run. Here a key is made of the row: of its own key columns where the caller names them,
 * else of all its content, with a number behind it for rows that are the same throughout. Each table is a SELECT of its own
 * over the same input, at any time and in any order, and their keys agree; a run that is done again gives the same rows.
 * A list inside of a list's item has the key of the outer list and the item's index: `9f8b…/3`.
 */

export interface RelationalizeSettings {
  /** The table wanted: the name of its list. Default: the root. */
  table?: string;
  /** Columns whose values together name a row, and never two. Default: the whole row is read and digested for its key. */
  key?: readonly string[];
  /** Stands between the names of a path in columns. Default ".". */
  separator?: string;
}

const keyColumn = "_millrace_key";
const keyName = sqlName(keyColumn);
const indexName = '"_index"';
const key = `${inputName}.${keyName}`;
const index = `${inputName}.${indexName}`;

/**
 * One of the tables of nested rows. `nestedTables` says which there are.
 * @throws MillraceError `MR-WRANGLE-001` when there is no such table or key column
 */
export function relationalize(input: Relation, { table: name = "", key: keyColumns, separator = "." }: RelationalizeSettings = {}): Relation {
  const tables = nestedTables(input.fields);
  const table = tables.find((each) => each.name === name);
  if (table === undefined) throw noSuchTable(name, tables);
  const rows = rowsOf(table, input, keyColumns);
  const generated = table.parent === undefined ? [] : [{ path: ["id"], ...texted(key) }, { path: ["index"], ...counted(index) }];
  const columns = [...generated, ...table.leaves.map((leaf) => ({ path: leaf.path, ...leafColumn(leaf, itemKey(table)) }))];
  const names = distinctNames(columns.map(({ path }) => path.join(separator)));
  return select(columns.map((column, i): Column => ({ sql: column.sql, type: column.type, name: names[i] })), rows);
}

/** What names one row of the table, for the lists in it. */
const itemKey = ({ parent }: NestedTable): string => (parent === undefined ? key : `(${key} || '/' || ${index})`);

function leafColumn({ value }: Leaf, rowKey: string): { sql: string; type: Column["type"] } {
  return hasItems(value) ? texted(`case when ${itemsSql(value)} is not null then ${rowKey} end`) : plainValue(value);
}

/** The table's rows, with the columns that its leaves are read from. */
function rowsOf({ parent, source }: NestedTable, input: Relation, keyColumns: readonly string[] | undefined): string {
  if (parent === undefined || source === undefined) return rootRows(input, keyColumns);
  const items = itemsSql(source);
  return `(select ${itemKey(parent)} as ${keyName}, unnest(${items}) as ${itemName}, unnest(range(len(${items}))) as ${indexName} from ${rowsOf(parent, input, keyColumns)} as ${inputName})`;
}

function rootRows(input: Relation, keyColumns: readonly string[] | undefined): string {
  if (input.fields.some(({ name }) => name.toLowerCase() === keyColumn)) throw unfit(`a column is called ${keyColumn}, as the key is while it is made`, "the input of relationalize", "rename the column first");
  const text = `md5(cast(${keyColumns === undefined ? contentJson(input) : keyJson(input, keyColumns)} as VARCHAR))`;
  const rows = `(select *, ${text} as ${keyName} from ${input.from} as ${inputName})`;
  if (keyColumns !== undefined) return rows;
  // Rows that are the same throughout: which of them gets which number makes no difference.
  const number = `row_number() over (partition by ${key})`;
  return `(select * replace (case when ${number} = 1 then ${key} else ${key} || '-' || ${number} end as ${keyName}) from ${rows} as ${inputName})`;
}

function contentJson({ fields }: Relation): string {
  return `to_json(struct_pack(${fields.map((field, i) => `${sqlName(`c${i}`)} := ${digested(columnValue(field))}`).join(", ")}))`;
}

function keyJson({ fields }: Relation, keyColumns: readonly string[]): string {
  const values = keyColumns.map((name) => {
    const field = fields.find((each) => each.name === name);
    if (field === undefined) throw unfit(`there is no column ${JSON.stringify(name)}`, "key of relationalize", mendName(name, fields.map((each) => each.name)));
    return `cast(${columnValue(field).sql} as VARCHAR)`;
  });
  if (values.length === 0) throw unfit("no column is named", "key of relationalize", "name the columns that tell rows apart, or leave the key out");
  return `to_json([${values.join(", ")}])`;
}

/** JSON text is digested as the text that it is, and parsed by nobody. */
const digested = ({ sql, type }: ReturnType<typeof columnValue>): string => (sameType(type, json) ? `cast(${sql} as VARCHAR)` : sql);

function noSuchTable(name: string, tables: readonly NestedTable[]): Error {
  const names = tables.slice(1).map((table) => table.name);
  if (names.length === 0) return unfit(`there is no list ${JSON.stringify(name)}`, "table of relationalize", "the rows hold no list and no map: use flatten");
  return unfit(`there is no list ${JSON.stringify(name)}`, "table of relationalize", mendName(name, names));
}

function mendName(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === undefined ? `name one of ${names.slice(0, 10).map((each) => JSON.stringify(each)).join(", ")}${names.length > 10 ? " …" : ""}` : `correct the name (nearest: ${JSON.stringify(near)})`;
}
