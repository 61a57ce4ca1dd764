import { evolution } from "../../lake/evolve-fields.ts";
import type { SchemaField } from "../../lake/iceberg-type.ts";
import type { Lake } from "../../lake/lake.ts";
import { type PlannedReshape, reshaped } from "../../lake/reshape.ts";
import { type ResultColumn, resultFields } from "../../lake/result-schema.ts";
import type { SchemaChange } from "../../lake/schema-change.ts";
import type { Table } from "../../lake/table.ts";
import { currentSchema } from "../../lake/table-metadata.ts";
import type { PartitionField } from "../../model/manifest.ts";
import type { WriteColumn } from "../../sql/write-request.ts";

/** A table that is loaded, ready for what its files hold. */
export interface LoadedTable {
  table: Table;
  /** Of the files to be written. */
  columns: WriteColumn[];
  /** That it takes on with the next rows. */
  reshape: PlannedReshape;
  /** Columns whose values must become another type first, and what the statement gives for them. */
  recast: Recast[];
}

export interface Recast {
  have: SchemaField;
  /** DuckDB's name for the type. */
  gives: ResultColumn;
}

/**
 * The table, made where it is not there, and what must become of it to take the rows of a statement. Columns come, numbers
 * widen, and nothing goes.
 *
 * @param result - what the statement gives
 */
export async function loadedTable(lake: Lake, name: string, result: readonly ResultColumn[], partitionBy: PartitionField[]): Promise<LoadedTable> {
  const gives = resultFields(name, result);
  const table = await lake.openOrCreate(name, gives, partitionBy);
  const { changes, recast } = evolution((await table.schema()).fields, gives);
  const reshape = await planned(table, changes, partitionBy);
  const given = new Map(result.map((column) => [column.name.toLowerCase(), column]));
  return {
    ...{ table, reshape },
    columns: columnsOf(reshape.fields, given),
    recast: recast.map(({ have }) => ({ have, gives: given.get(have.name.toLowerCase()) as ResultColumn })),
  };
}

/** A column of another type is another column: the old one goes, once its values are in the new one. */
export async function recastReshape({ table, reshape: { partitionBy }, recast }: LoadedTable): Promise<PlannedReshape> {
  const types = new Map(resultFields(table.name, recast.map(({ gives }) => gives)).map(({ name, type }) => [name, type]));
  const changes = recast.flatMap(({ have: { name }, gives }): SchemaChange[] => {
    const old = `${name}~`;
    return [{ op: "rename", path: [name], to: old }, { op: "add", name, type: types.get(gives.name) as SchemaField["type"] }, { op: "move", path: [name], place: { after: old } }, { op: "drop", path: [old] }];
  });
  return planned(table, changes, partitionBy);
}

/** Reads the rows that are there as they will be. Nested values, and those beside which there will be any, become JSON. */
export function recastStatement({ table, recast }: LoadedTable): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const values = recast.map(({ have, gives }) => {
    const isJson = gives.type === "JSON" || (typeof have.type !== "string" && gives.type === "VARCHAR");
    return `${isJson ? `cast(to_json(${quoted(have.name)}) as varchar)` : `try_cast(${quoted(have.name)} as ${gives.type})`} as ${quoted(have.name)}`;
  });
  return `select * replace (${values.join(", ")}) from ${table.name.split(".").map(quoted).join(".")}`;
}

async function planned(table: Table, columns: SchemaChange[], partitionBy: PartitionField[]): Promise<PlannedReshape> {
  const { fields } = currentSchema(reshaped(table.name, await table.metadata(), { columns, partitionBy }));
  return { columns, partitionBy, fields };
}

/** @param given - what the statement gives, by name in lower case; what it does not give is null */
export function columnsOf(fields: readonly SchemaField[], given: ReadonlyMap<string, ResultColumn>): WriteColumn[] {
  return fields.map(({ id, name, type, required }) => {
    const column = given.get(name.toLowerCase());
    return { name, type, fieldId: id, required, ...(column === undefined && { optional: true }), ...(column?.type === "JSON" && { json: true }) };
  });
}
