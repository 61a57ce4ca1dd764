import type { CsvFormat } from "../file-format.ts";
import type { RawRow } from "../raw-row.ts";
import { CsvParser } from "./csv-parser.ts";

export type Dialect = Pick<CsvFormat, "delimiter" | "quote" | "escape" | "comment" | "skipLines">;

export interface DialectGuess {
  dialect: Dialect;
  /** Of the sample, the header among them. */
  rows: RawRow[];
  /** Cells of most rows. */
  width: number;
  /** Share of the rows that have this many, 0 to 1. */
  share: number;
  /** Share of the rows that are no titles, 0 to 1. */
  covered: number;
}

/** The likelier ones first: it decides between equals. */
const delimiters = [",", "\t", ";", "|", "\u0001", "\u001f", "~", "^"];
const sampleLength = 64 << 10;
const linesLooked = 1000;
/** So many lines are looked at however long they are. */
const linesLeast = 4;

/**
 * The dialect in which the rows of a sample agree best on how many cells they have.
 *
 * @param whole - the sample is all of the file
 * @returns undefined when no delimiter makes columns of it
 */
export function guessDialect(text: string, whole: boolean): DialectGuess | undefined {
  const sample = text.slice(0, Math.max(sampleLength, endOfLine(text, linesLeast)));
  const all = whole && sample.length === text.length;
  const preamble = preambleOf(sample);
  const guesses = delimiters.filter((delimiter) => sample.includes(delimiter)).flatMap((delimiter) => guessesWith(sample, all, delimiter, preamble));
  return guesses.length === 0 ? undefined : guesses.reduce((a, b) => (scoreOf(b) > scoreOf(a) * 1.05 ? b : a));
}

/** The place after so many lines, or the end. */
function endOfLine(text: string, count: number): number {
  let at = 0;
  for (let n = 0; n < count && at >= 0; n++) at = text.indexOf("\n", at) + 1 || -1;
  return at < 0 ? text.length : at;
}

function guessesWith(sample: string, all: boolean, delimiter: string, preamble: { comment: string }): DialectGuess[] {
  return quotingsOf(sample, delimiter).flatMap((quoting) => guessWith(sample, all, { delimiter, ...quoting, ...preamble, skipLines: 0 }) ?? []);
}

function guessWith(sample: string, all: boolean, dialect: Dialect): DialectGuess | undefined {
  const rows = parse(dialect, sample, all).slice(0, linesLooked);
  const counted = rows.flatMap(({ cells }) => (cells ? [cells.length] : []));
  if (counted.length === 0) return undefined;
  const width = modeOf(counted);
  if (width < 2) return undefined;
  const first = rows.findIndex(({ cells }) => cells && cells.length >= width - 1 && cells.length > 1 && cells.some((cell) => cell !== null));
  const skipLines = titleLines(rows, first, width);
  const kept = rows.slice(skipLines > 0 ? first : 0);
  const share = kept.filter(({ cells }) => cells?.length === width).length / kept.length;
  return { dialect: { ...dialect, skipLines }, rows: kept, width, share, covered: kept.length / rows.length };
}

function scoreOf({ share, covered, width, rows }: DialectGuess): number {
  if (share < 0.5) return 0;
  const headerFits = rows[0].cells?.length === width ? 1 : 0.8;
  // Agreement counts most; of dialects that agree alike the one that finds more columns.
  return share ** 2 * (0.5 + covered / 2) * headerFits * Math.log2(1 + Math.min(width, 50)) * (rows.length > 1 ? 1 : 0.5);
}

/** Lines above the table that have not its width: titles and notes. Ragged rows in the midst of data are none. */
function titleLines(rows: readonly RawRow[], first: number, width: number): number {
  if (first <= 0 || first > 20) return 0;
  const titles = rows.slice(0, first);
  return titles.every(({ cells }) => (cells?.filter((cell) => cell !== null).length ?? 0) <= Math.max(1, width / 3)) ? rows[first].line - 1 : 0;
}

export function parse(dialect: Dialect, sample: string, all: boolean): RawRow[] {
  const parser = new CsvParser(dialect, sample.length + 1);
  const rows = parser.push(sample);
  if (all) rows.push(...parser.end());
  return rows;
}

/** Lines that begin with `#` and stand above all others are comments. */
function preambleOf(sample: string): { comment: string } {
  const lines = sample.split(/\r\n|\n|\r/, 50);
  const first = lines.find((line) => line.trim() !== "") ?? "";
  return { comment: /^#(\s|!|-|#|\w+:)/.test(first) ? "#" : "" };
}

/** Which quotes stand at the edges of cells, and what is before one inside. */
function quotingsOf(sample: string, delimiter: string): Pick<CsvFormat, "quote" | "escape">[] {
  const edge = delimiter.replace(/[\\^|.$*+?()[\]{}]/g, "\\$&");
  const found = ['"', "'"].filter((quote) => sample.includes(quote)).flatMap((quote) => {
    const opened = new RegExp(`(?:^|${edge}|[\\r\\n])${quote}`).test(sample);
    const closed = new RegExp(`${quote}(?:${edge}|[\\r\\n]|$)`).test(sample);
    if (!opened || !closed) return [];
    const backslash = new RegExp(`[^\\\\${quote}]\\\\${quote}(?!${edge}|[\\r\\n]|$)`).test(sample);
    const doubled = new RegExp(`[^${quote}${edge}\\r\\n]${quote}${quote}[^${quote}]|[^${edge}\\r\\n]${quote}${quote}${quote}`).test(sample);
    return [{ quote, escape: backslash && !doubled ? "\\" : quote }];
  });
  // None in the sample, but there may be in the rest.
  return found.length > 0 ? found : [{ quote: '"', escape: '"' }];
}

function modeOf(counts: readonly number[]): number {
  const seen = new Map<number, number>();
  for (const count of counts) seen.set(count, (seen.get(count) ?? 0) + 1);
  return [...seen].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] > a[0]) ? b : a))[0];
}
