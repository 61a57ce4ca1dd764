import { readAvroHeader } from "./avro/avro-rows.ts";
import type { Classifier } from "./classifier.ts";
import { columnNames } from "./column-names.ts";
import { decimalPoint } from "./csv/decimal-point.ts";
import { noData, pastLimit, unreadable } from "./damage.ts";
import type { FileFormat, FormatLimits } from "./file-format.ts";
import { formatLimits } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import type { InferredField } from "./inferred-type.ts";
import { readParquetFooter } from "./parquet/parquet-footer.ts";
import { findPersonalData, type PersonalColumn } from "./personal-data/find-personal-data.ts";
import type { RawRow } from "./raw-row.ts";
import { isAllText, readRows, type RowBatch, TextReader } from "./read-rows.ts";
import { recogniseFormat, type RecognisedFormat } from "./recognise-format.ts";
import { type Sample, takeSample } from "./sample.ts";
import { TypeTally } from "./type-tally.ts";

export interface RecogniseOptions {
  /** Rules that come before the built-in ones. */
  classifiers?: readonly Classifier[];
  /** How a single JSON document that holds an array of objects is read: as one row, as DuckDB and Glue do, or by these records. Default: `whole`. */
  documents?: "whole" | "records";
  limits?: FormatLimits;
}

/** What a file was found to be, from a sample of it. */
export interface Recognition {
  format: FileFormat;
  fields: InferredField[];
  rowsSampled: number;
  /** Rows in all, where that is known without reading on: the sample was the whole file, or the file says it. */
  rows?: number;
  /** How sure the format is: 1 for what says so itself or a classifier, less for what was concluded. */
  certainty: number;
  /** Which rules decided, in words. */
  evidence: string[];
  warnings: string[];
  /** Columns, or places within them, that hold personal data. */
  personal: PersonalColumn[];
  /** Arrays of objects within a single JSON document, each by the keys that lead to it: it can be read by one of them. */
  recordPaths?: { path: string[]; records: number }[];
}

/** Rows of a sample that count; more say little new. */
const rowsMax = 10_000;

/**
 * Says what a file is and what it holds, by its content. Its name decides only between what could both be. Reads the first
 * megabyte, or up to sixteen where a record is larger; DuckDB takes no part.
 *
 * @throws MillraceError `MR-FORMAT-001` when it is not recognised, `-002` when it is empty, `-003` past a limit, `-006` when it is damaged
 */
export async function recogniseFile(source: FileSource, options: RecogniseOptions = {}): Promise<Recognition> {
  const limits = options.limits ?? formatLimits;
  if (source.size === 0) throw noData(source.name, "it is empty");
  const sample = await takeSample(source, limits);
  const found = await recogniseFormat(source, sample, { classifiers: options.classifiers ?? [], documents: options.documents ?? "whole", limits });
  const recognition = await recognitionOf(source, found.sample ?? sample, found, limits);
  if (recognition.fields.length > limits.columnsMax) throw pastLimit(source.name, "", `the file has ${recognition.fields.length} columns, and ${limits.columnsMax} are the most`, "look whether its delimiter is right, or turn its columns into rows");
  await source.checkUnchanged();
  return recognition;
}

async function recognitionOf(source: FileSource, sample: Sample, found: RecognisedFormat, limits: FormatLimits): Promise<Recognition> {
  const { format, certainty, evidence, recordPaths } = found;
  const base = { format, certainty, evidence, ...(recordPaths && recordPaths.length > 0 && { recordPaths }) };
  if (format.kind === "parquet") {
    const { rows, fields } = await readParquetFooter(source);
    return { ...base, fields: legalFields(fields), rowsSampled: 0, rows, warnings: [...found.warnings], personal: [] };
  }
  if (format.kind === "avro") await readAvroHeader(source);
  const rows = await sampleRows(source, sample, format, limits);
  return { ...base, ...summary(format, rows, source.name), warnings: [...found.warnings, ...rowWarnings(rows)] };
}

interface SampledRows {
  columns: string[] | undefined;
  rows: RawRow[];
  /** The rows are all of the file's. */
  whole: boolean;
}

async function sampleRows(source: FileSource, sample: Sample, format: FileFormat, limits: FormatLimits): Promise<SampledRows> {
  if (format.kind === "parquet" || format.kind === "avro" || format.kind === "excel") return firstRows(readRows(source, format, limits));
  const reader = new TextReader(format, limits, source.name, true);
  const batches: RowBatch[] = [reader.push(sample.text ?? "")];
  if (sample.whole) batches.push(reader.end());
  const rows = batches.flatMap((batch) => batch.rows);
  return { columns: batches.findLast((batch) => batch.columns)?.columns, rows: rows.slice(0, rowsMax), whole: sample.whole && rows.length <= rowsMax };
}

async function firstRows(batches: AsyncGenerator<RowBatch>): Promise<SampledRows> {
  const rows: RawRow[] = [];
  let columns: string[] | undefined;
  for await (const batch of batches) {
    columns = batch.columns ?? columns;
    for (const row of batch.rows) rows.push(row);
    if (rows.length > rowsMax) return { columns, rows: rows.slice(0, rowsMax), whole: false };
  }
  return { columns, rows, whole: true };
}

function summary(format: FileFormat, { columns, rows, whole }: SampledRows, name: string): Pick<Recognition, "fields" | "rowsSampled" | "rows" | "personal"> {
  const tally = new RowTally(format, columns);
  for (const row of rows) tally.add(row);
  const faults = rows.length - tally.rows;
  if (rows.length > 0 && tally.rows === 0) throw unreadable(rows[0], name);
  const fields = format.kind === "text" ? [{ name: "line", type: { kind: "string" as const, count: rows.length } }] : tally.fields();
  return { fields, rowsSampled: tally.rows, ...(whole && faults === 0 && { rows: tally.rows }), personal: tally.personal() };
}

function rowWarnings({ rows }: SampledRows): string[] {
  const faults = rows.filter(({ fault }) => fault !== undefined);
  return faults.length === 0 ? [] : [`${faults.length} of ${rows.length} rows of the sample cannot be read; the first in line ${faults[0].line}: ${faults[0].fault}`];
}

/** Counts types over rows, whichever form they have. */
export class RowTally {
  readonly #fromText: boolean;
  readonly #comma: boolean;
  readonly #columns: readonly string[] | undefined;
  readonly #cells: TypeTally[] = [];
  readonly #records: TypeTally;
  #rows = 0;
  #values = 0;

  /** @param columns - what the cells are called; absent where rows are values */
  constructor(format: FileFormat, columns: readonly string[] | undefined) {
    this.#fromText = isAllText(format.kind);
    this.#comma = format.kind === "csv" && format.decimal === ",";
    this.#columns = columns;
    this.#records = new TypeTally(this.#fromText);
    for (const _ of columns ?? []) this.#cells.push(new TypeTally(this.#fromText));
  }

  /** Rows counted, without faults. */
  get rows(): number {
    return this.#rows;
  }

  add(row: RawRow): void {
    if (row.fault !== undefined) return;
    this.#rows++;
    if (!row.cells) {
      if (!isRecord(row.value)) this.#values++;
      this.#records.add(row.value);
      return;
    }
    const { cells } = row;
    for (let i = this.#cells.length; i < cells.length; i++) this.#cells.push(new TypeTally(this.#fromText));
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i];
      if (cell !== null) this.#cells[i].add(this.#comma && typeof cell === "string" ? decimalPoint(cell) : cell);
    }
  }

  /** The columns; of rows that are no objects the one column `value`. */
  fields(): InferredField[] {
    if (this.#cells.length > 0 || this.#columns) {
      const names = columnNames(this.#cells.map((_, i) => this.#columns?.[i] ?? null));
      return this.#cells.flatMap((tally, i) => (i < (this.#columns?.length ?? 0) || tally.values > 0 ? [tally.field(names[i])] : []));
    }
    if (this.#values > 0) return [this.#records.field("value")];
    const { type } = this.#records.result();
    return type.kind === "struct" ? legalFields(type.fields) : type.kind === "null" ? [] : [{ name: "value", type }];
  }

  personal(): PersonalColumn[] {
    if (this.#cells.length > 0) return this.fields().flatMap(({ name }, i) => findPersonalData([name], this.#cells[i]));
    return this.#records.children().flatMap(([name, tally]) => findPersonalData([name], tally));
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Under names that a table can have; the file's own stay beside them. */
function legalFields(fields: readonly InferredField[]): InferredField[] {
  const names = columnNames(fields.map(({ name }) => name));
  return fields.map((field, i) => (names[i] === field.name ? field : { ...field, name: names[i], source: field.name }));
}
