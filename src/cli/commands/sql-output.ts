import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { rowObjects } from "../../client/row-objects.ts";
import { MillraceError } from "../../errors.ts";
import type { QueryView } from "../../server/query-control.ts";
import { csvText, spreadsheetText } from "../../sql/csv-text.ts";
import type { Client } from "../client.ts";
import { usageError } from "../report-error.ts";

export type FileFormat = "json" | "csv" | "spreadsheet" | "arrow" | "parquet";

/** Rows of a page: enough to read a large result in few calls. */
const pageRows = 50_000;
const waitSeconds = 30;

/** Runs a statement and waits for its end. A command that is interrupted cancels it. */
export async function runQuery(client: Client, request: { sql: string; timeout: string; by?: string }): Promise<QueryView> {
  // Not waited for at once: who has no id cannot cancel.
  let view = await client.submitQuery(request);
  try {
    while (view.endedAt === null) view = await client.query(view.id, waitSeconds);
  } catch (error) {
    await client.unsignalled().cancelQuery(view.id).catch(() => undefined);
    throw error;
  }
  if (view.error) throw MillraceError.fromJSON(view.error);
  return view;
}

/** Writes the whole result of a query to a file, which is there when all of it is. */
export async function writeResult(client: Client, { id }: QueryView, format: FileFormat, path: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString("hex")}.part`;
  try {
    await pipeline(chunks[format](client, id), createWriteStream(temporary, { flags: "wx" }));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw code && syscall && syscall !== "connect" && syscall !== "read" ? usageError(`the file cannot be written: ${code}`, path, "correct --output, or make room there") : error;
  }
}

async function* csvChunks(client: Client, id: string, textOf: typeof csvText): AsyncIterable<string> {
  let isFirst = true;
  for await (const page of client.resultPages(id, pageRows)) {
    const text = textOf(page);
    // Each page has a heading of its own.
    yield isFirst ? text : text.slice(textOf({ ...page, rows: [] }).length);
    isFirst = false;
  }
}

const chunks: Record<FileFormat, (client: Client, id: string) => AsyncIterable<string | Uint8Array>> = {
  async *json(client, id) {
    let columns: { name: string; type: string }[] = [];
    let rowCount = 0;
    for await (const page of client.resultPages(id, pageRows)) {
      if (rowCount === 0) yield `{"columns":${JSON.stringify((columns = page.columns))},"rows":[`;
      const rows = rowObjects({ columns, rows: page.rows }).map((row) => JSON.stringify(row));
      yield `${rowCount > 0 && rows.length > 0 ? ",\n" : "\n"}${rows.join(",\n")}`;
      rowCount += page.rows.length;
    }
    yield `],"rowCount":${rowCount}}\n`;
  },
  csv: (client, id) => csvChunks(client, id, csvText),
  spreadsheet: (client, id) => csvChunks(client, id, spreadsheetText),
  async *arrow(client, id) {
    let isFirst = true;
    let end: Uint8Array = new Uint8Array();
    for await (const bytes of client.arrowPages(id, pageRows)) {
      // Each page is a stream: its schema, one batch, and a mark of eight bytes at its end.
      yield isFirst ? bytes.subarray(0, -8) : bytes.subarray(8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true), -8);
      end = bytes.subarray(-8);
      isFirst = false;
    }
    yield end;
  },
  async *parquet(client, id) {
    yield* await client.parquet(id);
  },
};
