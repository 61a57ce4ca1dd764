import { MillraceError } from "../errors.ts";
import type { Classifier } from "./classifier.ts";
import { decimalPoint } from "./csv/decimal-point.ts";
import { hasHeader } from "./csv/header.ts";
import { guessDialect } from "./csv/dialect.ts";
import { recogniseWorkbook } from "./excel/recognise-workbook.ts";
import type { CsvFormat, FileFormat, FormatLimits } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import { recogniseJson } from "./json/recognise-json.ts";
import { recogniseLog } from "./log/recognise-log.ts";
import type { RawRow } from "./raw-row.ts";
import { fitsClassifier } from "./recognise-custom.ts";
import { type Sample, startsWith } from "./sample.ts";
import { textKind } from "./text-value.ts";
import { recogniseXml } from "./xml/recognise-xml.ts";

export interface RecognisedFormat {
  format: FileFormat;
  certainty: number;
  evidence: string[];
  warnings: string[];
  recordPaths?: { path: string[]; records: number }[];
  /** A larger sample, where the first did not hold a whole record. */
  sample?: Sample;
}

export interface Rules {
  classifiers: readonly Classifier[];
  documents: "whole" | "records";
  limits: FormatLimits;
}

/** Custom rules first, then what says so itself, then forms of text, the strictest first. */
export async function recogniseFormat(source: FileSource, sample: Sample, rules: Rules): Promise<RecognisedFormat> {
  for (const classifier of rules.classifiers) {
    const format = await fitsClassifier(classifier, source, sample, rules.limits);
    if (format) return { format, certainty: 1, evidence: [`the classifier ${JSON.stringify(classifier.name)} fits`], warnings: [] };
  }
  const found = (await recogniseBinary(source, sample, rules)) ?? (await recogniseText(source, sample, rules));
  if (!found) throw unrecognised(source.name, sample);
  if (found.format.compression !== "none") found.evidence.push(`packed with ${found.format.compression}`);
  return found;
}

async function recogniseBinary(source: FileSource, { bytes, compression }: Sample, { limits }: Rules): Promise<RecognisedFormat | undefined> {
  const sure = { certainty: 1, warnings: [] };
  if (startsWith(bytes, "PK\u0003\u0004")) return recogniseWorkbook(source, limits);
  if (compression !== "none") return undefined;
  if (startsWith(bytes, "PAR1")) return { ...sure, format: { kind: "parquet", compression: "none" }, evidence: ["it begins as Parquet"] };
  if (startsWith(bytes, "Obj\u0001")) return { ...sure, format: { kind: "avro", compression: "none" }, evidence: ["it begins as an Avro object container"] };
  return undefined;
}

async function recogniseText(source: FileSource, sample: Sample, rules: Rules): Promise<RecognisedFormat | undefined> {
  const { encoding, text, compression } = sample;
  if (encoding === undefined || text === undefined) return undefined;
  const file = { source, sample: { ...sample, encoding, text }, rules };
  const found = (await recogniseJson(file)) ?? recogniseXml(file) ?? recogniseLog(file) ?? recogniseCsv(file) ?? plainText(file);
  if (!found) return undefined;
  if (encoding === "windows-1252") found.warnings.push("its bytes are no UTF-8; they were taken as windows-1252, which has a character for every byte: declare the encoding if letters look wrong");
  else if (encoding !== "utf-8") found.evidence.push(`encoded as ${encoding}`);
  return { ...found, format: { ...found.format, compression } };
}

export interface TextFile {
  source: FileSource;
  sample: Sample & { encoding: string; text: string };
  rules: Rules;
}

function recogniseCsv({ source, sample: { text, whole, encoding, compression } }: TextFile): RecognisedFormat | undefined {
  const guess = guessDialect(text, whole);
  const lone = guess && guess.share >= 0.6 && (guess.rows.length > 1 || /\.(csv|tsv|tab|psv)\b/i.test(source.name)) ? undefined : loneColumn(text, whole);
  if (lone) return { format: { ...lone, encoding, compression }, certainty: 0.6, evidence: ["one column: all lines but the first are numbers or times"], warnings: [] };
  if (!guess || guess.share < 0.6 || (guess.rows.length < 2 && !/\.(csv|tsv|tab|psv)\b/i.test(source.name))) return undefined;
  if (looksLikeProse(guess.rows, guess.dialect.delimiter)) return undefined;
  const { dialect, rows, width, share } = guess;
  const cells = rows.flatMap((row) => (row.cells ? [row.cells as (string | null)[]] : []));
  const decimal = decimalOf(dialect.delimiter, cells);
  const header = hasHeader(cells[0], decimal === "," ? cells.slice(1).map((row) => row.map((cell) => cell && decimalPoint(cell))) : cells.slice(1));
  const short = cells.filter((row) => row.length < width).length;
  const format: CsvFormat = { kind: "csv", encoding, ...dialect, header, decimal, shortRows: short > cells.length * 0.05 ? "null" : "misfit" };
  const evidence = [`${Math.round(share * 1000) / 10} % of ${rows.length} rows have ${width} cells, divided by ${JSON.stringify(dialect.delimiter)}`, header ? "the first row is unlike those below it: a header" : "the first row is like those below it: no header"];
  return { format: { ...format, compression }, certainty: Math.min(0.99, share * (rows.length > 1 ? 1 : 0.5)), evidence, warnings: short > 0 && format.shortRows === "null" ? [`${short} of ${cells.length} rows have fewer cells than others: what is missing is null`] : [] };
}

/** Numbers below each other, with or without a name above them. */
function loneColumn(text: string, whole: boolean): Omit<CsvFormat, "encoding"> | undefined {
  const lines = text.slice(0, 64 << 10).split(/\r\n|\n|\r/).filter((line) => line !== "");
  if (!whole || text.length > 64 << 10) lines.pop();
  const header = lines.length > 1 && textKind(lines[0].trim()) === "string";
  const values = header ? lines.slice(1) : lines;
  if (values.length < 2 || (header && lines[0].length > 150) || values.some((value) => textKind(value.trim()) === "string")) return undefined;
  return { kind: "csv", delimiter: ",", quote: '"', escape: '"', comment: "", skipLines: 0, header, decimal: ".", shortRows: "misfit" };
}

/** Sentences have commas too; their pieces begin with blanks and are long. */
function looksLikeProse(rows: readonly RawRow[], delimiter: string): boolean {
  if (delimiter !== ",") return false;
  const cells = rows.slice(0, 100).flatMap(({ cells }) => (cells ? (cells as (string | null)[]).slice(1) : []));
  const spoken = cells.filter((cell) => cell !== null && /^ \p{L}/u.test(cell) && cell.split(" ").length > 3).length;
  return cells.length > 0 && spoken > cells.length * 0.5;
}

/** A comma in numbers, where nothing speaks for a point and the comma divides no cells. */
function decimalOf(delimiter: string, rows: readonly (string | null)[][]): "." | "," {
  if (delimiter === ",") return ".";
  let [commas, points] = [0, 0];
  for (const cell of rows.flat()) {
    if (cell === null) continue;
    if (/^-?(?:0|[1-9]\d*),\d+$/.test(cell)) commas++;
    else if (/^-?\d*\.\d+$/.test(cell)) points++;
  }
  return commas > 0 && points === 0 ? "," : ".";
}

function plainText({ source, sample: { text, encoding, compression } }: TextFile): RecognisedFormat | undefined {
  if (/^\s*<(?:!doctype html|html)/i.test(text)) throw unrecognisedForm(source.name, "it is a page of HTML, not data");
  const bad = text.slice(0, 10_000).match(/\uFFFF/g)?.length ?? 0;
  return bad > 100 ? undefined : { format: { kind: "text", encoding, compression }, certainty: 0.2, evidence: ["it is text, of no form that is known"], warnings: [] };
}

/** What other files begin with, to say what they are instead. */
const known: [string, string][] = [
  ["\u0089PNG", "a PNG image"],
  ["\u00ff\u00d8\u00ff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["%PDF", "a PDF document"],
  ["ARROW1", "an Arrow file"],
  ["ORC", "an ORC file"],
  ["\u00d0\u00cf\u0011\u00e0", "an old Excel or Word file; save it as .xlsx"],
  ["7z\u00bc\u00af", "a 7-Zip archive"],
  ["Rar!", "a RAR archive"],
  ["BZh", "packed with bzip2"],
  ["\u00fd7zXZ", "packed with xz"],
  ["SQLite format 3", "an SQLite database"],
  ["\u007fELF", "a program"],
];

function unrecognised(name: string, { bytes }: Sample): MillraceError {
  const kind = known.find(([magic]) => startsWith(bytes, magic))?.[1];
  return unrecognisedForm(name, kind ? `it is ${kind}` : "its bytes are neither text nor a format that is known");
}

function unrecognisedForm(name: string, how: string): MillraceError {
  return new MillraceError("MR-FORMAT-001", { what: `the file's format is not recognised: ${how}`, where: name, mend: "leave it out by a pattern, convert it, or give a classifier that knows it" });
}
