import { avroRows } from "./avro/avro-rows.ts";
import { columnNames } from "./column-names.ts";
import { CsvParser } from "./csv/csv-parser.ts";
import { invalidFormat } from "./damage.ts";
import { badBytes, decode } from "./encoding.ts";
import { excelRows } from "./excel/excel-rows.ts";
import { type CsvFormat, type FileFormat, type FormatLimits, formatLimits } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import { jsonParser } from "./json/json-parser.ts";
import { LineSplitter } from "./lines.ts";
import { LogParser } from "./log/log-parser.ts";
import { cut, type RawRow, type RowParser } from "./raw-row.ts";
import { unpack, unpackMembers } from "./unpack.ts";
import { XmlParser } from "./xml/xml-parser.ts";

/** Some rows of a file. */
export interface RowBatch {
  /** What the cells of the rows are called; absent where rows are values. */
  columns?: string[];
  rows: RawRow[];
}

/** Formats that have nothing but text to write a number with. */
export function isAllText(kind: FileFormat["kind"]): boolean {
  return kind === "csv" || kind === "xml" || kind === "log";
}

/**
 * All rows of a file in its order, in batches, by plain code with bounded memory. What DuckDB reads by itself it reads
 * faster; this is for the formats and files that it does not, and it is what decides whether a row fits.
 *
 * @throws MillraceError `MR-FORMAT-003` to `-007`; the rows before stay good
 */
export async function* readRows(source: FileSource, format: FileFormat, limits: FormatLimits = formatLimits): AsyncGenerator<RowBatch> {
  switch (format.kind) {
    case "parquet":
      throw invalidFormat(source.name, "Parquet is not read row by row", "read it with DuckDB");
    case "avro":
      yield* avroRows(source, limits);
      break;
    case "excel":
      yield* excelRows(source, format, limits);
      break;
    default:
      if (format.compression !== "zip") yield* textRows(decode(unpack(source, format, limits), format.encoding), format, limits, source.name);
      else for await (const member of unpackMembers(source, limits)) yield* textRows(decode(member, format.encoding), format, limits, source.name);
  }
  await source.checkUnchanged();
}

export type TextFileFormat = Exclude<FileFormat, { kind: "parquet" | "avro" | "excel" }>;

/** The rows of one text. */
async function* textRows(pieces: AsyncIterable<string>, format: TextFileFormat, limits: FormatLimits, name: string): AsyncGenerator<RowBatch> {
  const reader = new TextReader(format, limits, name);
  for await (const piece of pieces) {
    const batch = reader.push(piece);
    if (batch.rows.length > 0) yield batch;
  }
  const batch = reader.end();
  if (batch.rows.length > 0 || batch.columns) yield batch;
}

/** The rows of a text that comes in pieces, with the names of its columns. */
export class TextReader {
  readonly #parser: RowParser;
  readonly #csv: CsvFormat | undefined;
  #columns: string[] | undefined;

  /** @param keepPoints - as in `parseJson` */
  constructor(format: TextFileFormat, limits: FormatLimits, name: string, keepPoints = false) {
    this.#parser = parserOf(format, limits, name, keepPoints);
    this.#csv = format.kind === "csv" ? format : undefined;
    if (this.#parser instanceof LogParser) this.#columns = this.#parser.columns;
    if (format.kind === "text") this.#columns = ["line"];
  }

  push(piece: string): RowBatch {
    return this.#batch(this.#parser.push(piece));
  }

  end(): RowBatch {
    return this.#batch(this.#parser.end());
  }

  #batch(rows: RawRow[]): RowBatch {
    for (const row of rows) if (row.cells && row.raw.includes(badBytes)) refuseBytes(row);
    if (this.#csv && !this.#columns) this.#columns = this.#takeColumns(rows, this.#csv.header);
    return { ...(this.#columns && { columns: this.#columns }), rows };
  }

  #takeColumns(rows: RawRow[], header: boolean): string[] | undefined {
    if (rows.length === 0) return undefined;
    const first = rows.findIndex(({ cells }) => cells);
    if (first < 0) return undefined;
    const cells = rows[first].cells as (string | null)[];
    if (!header) return columnNames(cells.map(() => null));
    rows.splice(first, 1);
    return columnNames(cells);
  }
}

function refuseBytes(row: RawRow): void {
  row.fault = "bytes that the encoding cannot have";
  row.cells = undefined;
  row.raw = cut(row.raw);
}

function parserOf(format: TextFileFormat, limits: FormatLimits, name: string, keepPoints: boolean): RowParser {
  switch (format.kind) {
    case "csv":
      return new CsvParser(format, limits.recordBytesMax);
    case "json":
      return jsonParser(format, limits, name, keepPoints);
    case "log":
      return new LogParser(format, limits, name);
    case "xml":
      return new XmlParser(format, limits, name);
    case "text":
      return new TextLines(limits);
  }
}

class TextLines implements RowParser {
  readonly #splitter: LineSplitter;

  constructor(limits: FormatLimits) {
    this.#splitter = new LineSplitter(limits.recordBytesMax);
  }

  push(text: string): RawRow[] {
    return this.#rows(this.#splitter.push(text));
  }

  end(): RawRow[] {
    return this.#rows(this.#splitter.end());
  }

  #rows(lines: ReturnType<LineSplitter["push"]>): RawRow[] {
    return lines.filter(({ text }) => text !== "").map(({ number, text, tooLong }) => (tooLong ? { line: number, raw: text, fault: "the line is too long" } : { line: number, raw: text, cells: [text] }));
  }
}
