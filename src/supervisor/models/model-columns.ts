import { MillraceError } from "../../errors.ts";
import type { IcebergType, SchemaField } from "../../lake/iceberg-type.ts";
import type { Lake } from "../../lake/lake.ts";
import { differenceText, type ResultColumn, resultFields, type SchemaDifference, schemaDifference, wideningChanges } from "../../lake/result-schema.ts";
import { type PlannedReshape, reshaped } from "../../lake/reshape.ts";
import type { SchemaChange } from "../../lake/schema-change.ts";
import { currentSchema } from "../../lake/table-metadata.ts";
import type { Table } from "../../lake/table.ts";
import type { TableDecl } from "../../model/manifest.ts";
import type { ModelDecl, SchemaPolicy } from "../../model/models/model-decl.ts";
import { writeColumns } from "../../sql/write-columns.ts";
import type { WriteColumn } from "../../sql/write-request.ts";

/** A model's table, ready for what its statement gives. */
export interface ModelTable {
  table: Table;
  /** Of the files to be written. */
  columns: WriteColumn[];
  /** That it takes on with the rows: who reads those of before still needs it as it is. Absent: nothing. */
  reshape?: PlannedReshape;
}

/**
 * The table of a model, made where it is not there, and what must become of it to take the rows of a statement.
 *
 * @param decl - of a model
 * @param result - what the statement gives
 * @param replacesAll - no row of before stays, and so a column may become anything
 * @throws MillraceError `MR-LAKE-003` where the model's policy for changes, or its contract, does not let the columns be
 */
export async function modelTable(lake: Lake, decl: TableDecl & { model: ModelDecl }, result: readonly ResultColumn[], replacesAll: boolean): Promise<ModelTable> {
  if (decl.model.contract) {
    const table = await lake.createTable(decl);
    return { table, columns: await writeColumns(table, decl.columns) };
  }
  const gives = [...resultFields(decl.name, result), ...intervalField(decl, result)];
  const table = await lake.openOrCreate(decl.name, gives, decl.partitionBy);
  const difference = schemaDifference((await table.schema()).fields, gives);
  const reshape = { columns: changesFor(decl, difference, replacesAll), partitionBy: decl.partitionBy };
  const { fields } = currentSchema(reshaped(table.name, await table.metadata(), reshape));
  return { table, columns: fields.flatMap((field) => columnFor(field, gives, decl.model.onSchemaChange)), reshape: { ...reshape, fields } };
}

/** Millrace fills it, and the statement leaves it out. */
function intervalField({ interval }: TableDecl, result: readonly ResultColumn[]): SchemaField[] {
  const isGiven = result.some(({ name }) => name.toLowerCase() === interval?.toLowerCase());
  return interval === undefined || isGiven ? [] : [{ id: 0, name: interval, required: false, type: "timestamptz" }];
}

function changesFor({ name, model }: TableDecl & { model: ModelDecl }, difference: SchemaDifference, replacesAll: boolean): SchemaChange[] {
  const policy: SchemaPolicy = replacesAll && model.onSchemaChange === "append" ? "sync" : model.onSchemaChange;
  const { added, missing, widened, changed } = difference;
  const differs = added.length + missing.length + widened.length + changed.length > 0;
  if (policy === "fail" && differs) throw misfit(name, differenceText(difference), "set onSchemaChange to \"append\" or \"sync\", or let the statement give what the table has");
  if (changed.length > 0 && !(replacesAll && policy === "sync")) {
    throw misfit(name, differenceText({ added: [], missing: [], widened: [], changed }), "cast the column to what it was, give it another name, or build the table anew: millrace run <table> --full");
  }
  if (policy === "ignore") return wideningChanges({ ...difference, added: [] });
  const drops = missing.map(({ name: column }): SchemaChange => ({ op: "drop", path: [column] }));
  // A column of another type is another column: the old one goes, and no file of before is read under it.
  const remade = changed.flatMap(({ have, gives }): SchemaChange[] => [{ op: "rename", path: [have.name], to: `${have.name}~` }, { op: "add", name: have.name, type: gives }, { op: "drop", path: [`${have.name}~`] }]);
  return [...remade, ...wideningChanges(difference), ...(policy === "sync" ? drops : [])];
}

function columnFor(field: SchemaField, gives: SchemaField[], policy: SchemaPolicy): WriteColumn[] {
  const isGiven = gives.some(({ name }) => name.toLowerCase() === field.name.toLowerCase());
  if (!isGiven && policy === "ignore") return [];
  return [{ name: field.name, type: field.type as IcebergType, fieldId: field.id, required: field.required, ...(!isGiven && { optional: true }) }];
}

function misfit(table: string, what: string, mend: string): MillraceError {
  return new MillraceError("MR-LAKE-003", { what: `the statement gives other columns than the table has: ${what}`, where: `table "${table}"`, mend });
}
