import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import type { SqlResult } from "../../server/control-plane.ts";
import { type CliContext, printJson } from "../context.ts";
import { csvText } from "../../sql/csv-text.ts";
import { countText, timeText } from "../output/number-text.ts";
import { plainLines, plainText } from "../output/plain-text.ts";
import { resultTable, rowObjects } from "../output/result-table.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

interface SqlOptions {
  file?: string;
  format?: "table" | "json" | "csv";
  timeout: string;
  limit: number;
}

export async function sql(context: CliContext, [given]: [string | undefined], { file, format, timeout, limit }: SqlOptions): Promise<void> {
  const form = format ?? (context.options.json ? "json" : "table");
  if (context.options.json && form !== "json") throw usageError(`--json prints JSON, and --format asks for ${form}`, "millrace sql", "leave one of the two out");
  const statement = await statementOf(given, file);
  await withClient(context, "stored", async ({ client }) => {
    const result = await client.sql({ sql: statement, limit, timeout });
    await print[form](context, result);
    if (form !== "json") notes(context, result, form);
  });
}

async function statementOf(given: string | undefined, file: string | undefined): Promise<string> {
  if (given !== undefined && file !== undefined) throw usageError("there are two statements: an argument and a file", "millrace sql", "give one of them");
  const statement = given ?? (await readStatement(file));
  if (statement.trim() === "") throw usageError("the statement is empty", "millrace sql", `give one, as millrace sql "select 1"`);
  return statement;
}

async function readStatement(file: string | undefined): Promise<string> {
  if (file !== undefined && file !== "-") {
    return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw usageError(`the file cannot be read: ${error.code ?? error.message}`, file, "correct --file");
    });
  }
  if (process.stdin.isTTY && file === undefined) throw usageError("there is no statement", "millrace sql", `give one as an argument, with --file, or on stdin`);
  return readAll(process.stdin);
}

const print: Record<NonNullable<SqlOptions["format"]>, (context: CliContext, result: SqlResult) => Promise<void>> = {
  table: (context, result) => context.print(resultTable(result, context)),
  // A file gets the values as they are; a terminal gets none that it would obey.
  csv: (context, result) => context.print(context.width === undefined ? csvText(result) : plainLines(csvText(result).replaceAll("\r\n", "\n"))),
  json: (context, result) => printJson(context, { ...result, rows: rowObjects(result) }),
};

function notes(context: CliContext, { rowCount, truncated, notes: told = [], elapsedMs }: SqlResult, form: "table" | "csv"): void {
  const { errorStyle: style } = context;
  if (form === "table") context.note(style.dim(`${countText(rowCount)} ${rowCount === 1 ? "row" : "rows"}, ${timeText(elapsedMs / 1_000)}`));
  if (truncated) context.note(style.warn("There are more rows: give --limit."));
  for (const note of told) context.note(style.warn(plainText(note)));
}
