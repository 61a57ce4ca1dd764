import { MillraceError } from "../errors.ts";
import { storedTypes } from "../lake/column-types.ts";
import { typeText } from "../lake/iceberg-type.ts";
import type { Table } from "../lake/table.ts";
import type { Column } from "../model/manifest.ts";
import type { WriteColumn } from "./write-request.ts";

/**
 * The columns that a statement must give for a table. Columns that the table has from another release, and that are not
 * declared any more, are left out of the files and read as null.
 *
 * @param declared - by the release that the statement belongs to
 * @throws MillraceError `MR-LAKE-003` where the table does not hold what is declared
 */
export async function writeColumns(table: Pick<Table, "name" | "schema">, declared: Column[]): Promise<WriteColumn[]> {
  const { fields } = await table.schema();
  return declared.map(({ name, type, nullable, optional }) => {
    const field = fields.find((one) => one.name === name);
    if (field === undefined || field.type !== storedTypes[type]) throw notThere(table.name, name, field && typeText(field.type));
    return {
      name,
      type: field.type,
      fieldId: field.id,
      required: field.required || !(nullable || optional === true),
      ...(optional && { optional }),
      ...(type === "json" && { json: true }),
    };
  });
}

function notThere(table: string, column: string, type: string | undefined): MillraceError {
  return new MillraceError("MR-LAKE-003", {
    what: type === undefined ? `table "${table}" does not have the declared column "${column}"` : `table "${table}" holds column "${column}" as ${type}`,
    where: `table "${table}", column "${column}"`,
    mend: "apply the release that declares it, so that the table follows",
  });
}
