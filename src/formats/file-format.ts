/**
 * How a file is read: plain JSON, found by `recogniseFile` or written by hand, and kept with the table that reads files by it.
 * Everything a reader must know stands here; what the columns are called and hold stands in the fields beside it.
 */
export type FileFormat = (CsvFormat | JsonFormat | LogFormat | TextFormat | XmlFormat | ExcelFormat | ParquetFormat | AvroFormat) & Packing;

/** How the bytes of the format are packed. Formats that pack their own blocks (Parquet, Avro, Excel) are `none`. */
export interface Packing {
  /** `zip`: all members of the archive are of this one format, and are read one after the other, in the archive's order. */
  compression: Compression;
}

export type Compression = "none" | "gzip" | "zstd" | "zip";

/** The formats that are text, and how their bytes become characters. */
interface Encoded {
  /** A label that `TextDecoder` knows, as `utf-8`, `utf-16le`, `windows-1252`, `shift_jis`. A byte order mark is skipped. */
  encoding: string;
}

export interface CsvFormat extends Encoded {
  kind: "csv";
  /** One character. */
  delimiter: string;
  /** One character, or empty where nothing is quoted. */
  quote: string;
  /** What stands before a quote inside quotes: the quote itself, or a backslash. Empty where nothing is quoted. */
  escape: string;
  /** Lines that begin with it are left out. Empty: none. */
  comment: string;
  /** Physical lines before the header, or before the first row when there is none: titles, empty lines. */
  skipLines: number;
  /** The first row that counts holds names. */
  header: boolean;
  /** What stands between the whole and the fraction of a number. */
  decimal: "." | ",";
  /** Cells missing at the end of a row: `null` takes them as null; `misfit` puts the row into quarantine. */
  shortRows: "null" | "misfit";
}

export interface JsonFormat extends Encoded {
  kind: "json";
  /**
   * `lines`: a value in each line. `array`: one array of records. `document`: one value for the whole file.
   */
  layout: "lines" | "array" | "document";
  /** In a document: the keys that lead to the array of its records, as `["features"]`. Empty: the document is one record. */
  path: string[];
  /** `object`: a record's keys are the columns. `value`: a record is one value of the column `value`. */
  records: "object" | "value";
}

export interface LogFormat extends Encoded {
  kind: "log";
  /** The pattern's name, of ours or of a classifier. */
  name: string;
  /** A grok pattern; each line that it matches begins a record. Its captures are the columns. */
  pattern: string;
  /** What it is made of beside the built-in patterns, by name. */
  patterns?: Record<string, string>;
  /** Lines that do not match belong to the record before them, as stack traces do, in the column `more`. */
  continued: boolean;
}

/** Lines without a form of their own: one column, `line`. */
export interface TextFormat extends Encoded {
  kind: "text";
}

export interface XmlFormat extends Encoded {
  kind: "xml";
  /** The element that is a row, wherever it stands. Its attributes and children are the columns. */
  row: string;
}

export interface ExcelFormat {
  kind: "excel";
  /** The sheet's name. */
  sheet: string;
  /** The cells that count, as `B3:F200`; the second half may be a column alone, as `B3:F`, for all rows down to the last. */
  range: string;
  header: boolean;
}

export interface ParquetFormat {
  kind: "parquet";
}

export interface AvroFormat {
  kind: "avro";
}

/** Bounds that hold for every file, so that none of them takes the process with it. */
export interface FormatLimits {
  /** Bytes of a record or line, at most. Longer ones go to quarantine, cut. */
  recordBytesMax: number;
  /** Levels of arrays and objects in a record, at most. */
  depthMax: number;
  /** Columns of a file, at most. */
  columnsMax: number;
  /** Bytes that a packed file may unpack to, at most. */
  unpackedBytesMax: number;
  /** How many times its packed size a file may unpack to, counted after the first 16 MiB. */
  unpackRatioMax: number;
}

export const formatLimits: FormatLimits = {
  recordBytesMax: 16 << 20,
  depthMax: 100,
  columnsMax: 20_000,
  unpackedBytesMax: 2 ** 40,
  unpackRatioMax: 200,
};
