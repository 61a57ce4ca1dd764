import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { extname } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { rowObjects } from "../../client/row-objects.ts";
import type { SqlResult } from "../../server/control-plane.ts";
import { type CliContext, printJson } from "../context.ts";
import { csvText, spreadsheetText } from "../../sql/csv-text.ts";
import { countText, timeText } from "../output/number-text.ts";
import { plainLines, plainText } from "../output/plain-text.ts";
import { resultTable } from "../output/result-table.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";
import { type FileFormat, runQuery, writeResult } from "./sql-output.ts";

interface SqlOptions {
  file?: string;
  format?: "table" | FileFormat;
  output?: string;
  timeout: string;
  limit: number;
}

export async function sql(context: CliContext, [given]: [string | undefined], { file, format, output, timeout, limit }: SqlOptions): Promise<void> {
  const form = format ?? (context.options.json && output === undefined ? "json" : "table");
  if (context.options.json && form !== "json" && output === undefined) throw usageError(`--json prints JSON, and --format asks for ${form}`, "millrace sql", "leave one of the two out");
  if (output === undefined && (form === "arrow" || form === "parquet")) throw usageError(`${form} is no text`, "millrace sql", `say where it goes: --output result.${form}`);
  const statement = await statementOf(given, file);
  if (output !== undefined) return toFile(context, { sql: statement, timeout }, form === "table" ? formOf(output) : form, output);
  await withClient(context, "stored", async ({ client }) => {
    const result = await client.sql({ sql: statement, limit, timeout, by: userName() });
    await print[form as TextForm](context, result);
    if (form !== "json") notes(context, result, form as TextForm);
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

type TextForm = "table" | "json" | "csv" | "spreadsheet";

/** The whole result, whatever its size. */
async function toFile(context: CliContext, request: { sql: string; timeout: string }, format: FileFormat, path: string): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const query = await runQuery(client, { ...request, by: userName() });
    await writeResult(client, query, format, path);
    if (context.options.json) return printJson(context, { query: query.id, file: path, format, rows: query.cost.rows });
    context.note(context.errorStyle.dim(`${countText(query.cost.rows ?? 0)} ${query.cost.rows === 1 ? "row" : "rows"}, ${timeText((query.cost.ms ?? 0) / 1_000)}: ${plainText(path)}`));
  });
}

/** By the name of the file. */
function formOf(path: string): FileFormat {
  const ending = extname(path).slice(1).toLowerCase();
  const forms: Record<string, FileFormat> = { json: "json", csv: "csv", arrow: "arrow", arrows: "arrow", parquet: "parquet" };
  if (Object.hasOwn(forms, ending)) return forms[ending];
  throw usageError("the file's name does not say what goes into it", path, "give --format json, csv, spreadsheet, arrow or parquet");
}

/** For the record of the query; a user without a name has none there. */
function userName(): string | undefined {
  try {
    return userInfo().username.slice(0, 200) || undefined;
  } catch {
    return undefined;
  }
}

const print: Record<TextForm, (context: CliContext, result: SqlResult) => Promise<void>> = {
  table: (context, result) => context.print(resultTable(result, context)),
  csv: (context, result) => printCsv(context, csvText(result)),
  spreadsheet: (context, result) => printCsv(context, spreadsheetText(result)),
  json: (context, result) => printJson(context, { ...result, rows: rowObjects(result) }),
};

/** A file gets the text as it is; a terminal gets nothing that it would obey. */
const printCsv = (context: CliContext, text: string): Promise<void> => context.print(context.width === undefined ? text : plainLines(text.replaceAll("\r\n", "\n")));

function notes(context: CliContext, { rowCount, truncated, notes: told = [], elapsedMs }: SqlResult, form: TextForm): void {
  const { errorStyle: style } = context;
  if (form === "table") context.note(style.dim(`${countText(rowCount)} ${rowCount === 1 ? "row" : "rows"}, ${timeText(elapsedMs / 1_000)}`));
  if (truncated) context.note(style.warn("There are more rows: give --limit."));
  for (const note of told) context.note(style.warn(plainText(note)));
}
