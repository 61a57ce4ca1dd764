import type { Classifier } from "./classifier.ts";
import { guessDialect, parse } from "./csv/dialect.ts";
import { hasHeader } from "./csv/header.ts";
import { recogniseWorkbook } from "./excel/recognise-workbook.ts";
import type { CsvFormat, FileFormat, FormatLimits } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import { findArray } from "./json/array-scanner.ts";
import { jsonParser } from "./json/json-parser.ts";
import { recordsOf } from "./json/recognise-json.ts";
import { compileGrok } from "./log/grok.ts";
import { type Sample, startsWith } from "./sample.ts";

/** The format that a classifier gives the file, or nothing where it does not fit. */
export async function fitsClassifier(classifier: Classifier, source: FileSource, sample: Sample, limits: FormatLimits): Promise<FileFormat | undefined> {
  if (classifier.kind === "code") return classifier.classify({ name: source.name, head: sample.head, text: sample.text });
  if (classifier.kind === "excel") return startsWith(sample.bytes, "PK\u0003\u0004") ? workbookFormat(classifier, source, limits) : undefined;
  const { text, encoding, compression } = sample;
  if (text === undefined || encoding === undefined) return undefined;
  const packing = { encoding, compression };
  switch (classifier.kind) {
    case "grok":
      return grokFormat(classifier, text, packing);
    case "csv":
      return csvFormat(classifier, text, sample.whole, packing);
    case "json":
      return jsonFormat(classifier, text, packing, limits, source.name);
    case "xml":
      return text.trimStart().startsWith("<") && new RegExp(`<${escaped(classifier.row)}[\\s/>]`).test(text) ? { kind: "xml", row: classifier.row, ...packing } : undefined;
  }
}

type Of<K extends Classifier["kind"]> = Extract<Classifier, { kind: K }>;
type TextPacking = Pick<CsvFormat, "encoding"> & Pick<FileFormat, "compression">;

/** As by Glue: a pattern fits when the first lines match it. */
function grokFormat(classifier: Of<"grok">, text: string, packing: TextPacking): FileFormat | undefined {
  const where = `classifier ${JSON.stringify(classifier.name)}`;
  const { pattern, patterns, continued = false } = classifier;
  const { regex } = compileGrok(pattern, where, patterns);
  const lines = text.slice(0, 64 << 10).split(/\r\n|\n|\r/).filter((line) => line.trim() !== "").slice(0, 20);
  const matched = lines.filter((line) => line.length < 10_000 && regex.test(line)).length;
  if (matched === 0 || matched < lines.length * (continued ? 0.1 : 0.5)) return undefined;
  return { kind: "log", name: classifier.name, pattern, ...(patterns && { patterns }), continued, ...packing };
}

function csvFormat({ kind: _, name: __, ...given }: Of<"csv">, text: string, whole: boolean, packing: TextPacking): FileFormat | undefined {
  const guess = guessDialect(text, whole);
  const usual = { delimiter: ",", quote: '"', escape: '"', comment: "", skipLines: 0 };
  const dialect = { ...usual, ...guess?.dialect, ...given };
  const delimiterFits = given.delimiter === undefined ? guess !== undefined : text.includes(given.delimiter);
  if (!delimiterFits) return undefined;
  const cells = parse(dialect, text.slice(0, 64 << 10), whole && text.length <= 64 << 10).flatMap((row) => (row.cells ? [row.cells as (string | null)[]] : []));
  if (cells.length === 0) return undefined;
  return { kind: "csv", ...packing, decimal: ".", shortRows: "misfit", ...dialect, header: given.header ?? hasHeader(cells[0], cells.slice(1, 1000)) };
}

function jsonFormat({ path }: Of<"json">, text: string, packing: TextPacking, limits: FormatLimits, name: string): FileFormat | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const format = { kind: "json", layout: "document", path, records: "object", ...packing } as const;
  if (path.length === 0) return format;
  if (typeof findArray(text, path) === "string") return undefined;
  return { ...format, records: recordsOf(jsonParser(format, limits, name, false).push(text).filter(({ fault }) => fault === undefined)) };
}

async function workbookFormat({ kind: _, name: __, ...given }: Of<"excel">, source: FileSource, limits: FormatLimits): Promise<FileFormat> {
  const { format } = await recogniseWorkbook(source, limits);
  return { ...format, ...given } as FileFormat;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}
