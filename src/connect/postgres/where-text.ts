import type { ColumnCondition } from "../../sql/query-request.ts";
import type { MountedColumn } from "./catalog.ts";

const day = /^\d{4}-\d{2}-\d{2}$/;
const moment = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$/;
const zoned = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:\d{2})?)?$/;
const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * The conditions that the server can check as the engine does, or more loosely: it may give rows that do not fulfil them,
 * which the engine then leaves out, and keeps none back that do.
 */
export function whereText(columns: readonly MountedColumn[], conditions: readonly ColumnCondition[]): string {
  const texts = conditions.flatMap((condition) => {
    const column = columns.find(({ name }) => name.toLowerCase() === condition.column.toLowerCase());
    const text = column && conditionText(column, condition);
    return text === undefined ? [] : [text];
  });
  return texts.length === 0 ? "" : ` where ${texts.join(" and ")}`;
}

function conditionText({ name, type, declared }: MountedColumn, { op, value, as }: ColumnCondition): string | undefined {
  const column = quotedName(name);
  const text = String(value);
  switch (typeof type === "string" ? type.replace(/\(.*/, "") : "") {
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
    case "DECIMAL":
      return as === "INTEGER" ? `${column} ${op} ${text}` : undefined;
    case "VARCHAR":
      // Its own order is that of a language, and its own types may refuse a text that is none of their values.
      return as === "VARCHAR" && op === "=" && /^(text|character varying|character)\b/.test(declared) && !text.includes("\0") ? `${column} = ${quotedText(text)}` : undefined;
    case "UUID":
      return as === "VARCHAR" && op === "=" && uuid.test(text) ? `${column} = ${quotedText(text)}` : undefined;
    case "DATE":
      return (as === "DATE" || as === "VARCHAR") && isTime(text, day) ? `${column} ${op} date ${quotedText(text)}` : undefined;
    case "TIMESTAMP":
      return (as === "DATE" || as === "TIMESTAMP") && isTime(text, moment) ? `${column} ${op} timestamp ${quotedText(text)}` : undefined;
    case "TIMESTAMPTZ":
      return as !== "INTEGER" && as !== "VARCHAR" && isTime(text, as === "DATE" ? day : as === "TIMESTAMP" ? moment : zoned) ? `${column} ${op} timestamptz ${quotedText(text)}` : undefined;
    default:
      return undefined;
  }
}

/** Also a day that there is. */
function isTime(text: string, form: RegExp): boolean {
  const date = text.slice(0, 10);
  const read = form.test(text) ? new Date(`${date}T00:00:00Z`) : undefined;
  return read !== undefined && !Number.isNaN(read.getTime()) && read.toISOString().startsWith(date);
}

export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
