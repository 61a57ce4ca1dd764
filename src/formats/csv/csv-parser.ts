import type { CsvFormat } from "../file-format.ts";
import { lineEndOf } from "../lines.ts";
import { cut, type RawRow, type RowParser } from "../raw-row.ts";

type Dialect = Pick<CsvFormat, "delimiter" | "quote" | "escape" | "comment" | "skipLines">;

const unclosed = "a quote is opened and not closed";

/**
 * Rows of delimited text, the header among them. Quotes count at the beginning of a cell alone. A row that breaks the rules
 * of quoting is a fault up to the end of its first line, and reading goes on in the next: one stray quote must not swallow
 * the file.
 */
export class CsvParser implements RowParser {
  readonly #dialect: Dialect;
  readonly #lengthMax: number;
  #rest = "";
  #line = 0;
  #end: "\n" | "\r" | undefined;
  /** Of a row that is not whole yet: what it was when it was last looked at, so that it is not looked at for each piece again. */
  #waitLength = 0;
  #dropping = false;

  /** @param lengthMax - characters of a row, at most */
  constructor(dialect: Dialect, lengthMax: number) {
    this.#dialect = dialect;
    this.#lengthMax = lengthMax;
  }

  push(piece: string): RawRow[] {
    this.#rest += piece;
    this.#end ??= lineEndOf(this.#rest);
    if (this.#rest.length < this.#waitLength) return [];
    return this.#parse(false);
  }

  end(): RawRow[] {
    return this.#parse(true);
  }

  #parse(last: boolean): RawRow[] {
    const text = this.#rest;
    const rows: RawRow[] = [];
    let at = 0;
    while (at < text.length) {
      const next = this.#next(text, at, last, rows);
      if (next < 0) break;
      at = next;
    }
    this.#rest = text.slice(at);
    this.#waitLength = this.#rest.length * 2;
    return rows;
  }

  /** Takes the row at `at`. @returns where the one after it begins; -1 when more text is needed */
  #next(text: string, at: number, last: boolean, rows: RawRow[]): number {
    const { delimiter, quote, comment, skipLines } = this.#dialect;
    const newline = text.indexOf(this.#end ?? "\n", at);
    if (newline < 0 && !last) return text.length - at > this.#lengthMax ? this.#drop(text, at, rows) : -1;
    const lineEnd = newline < 0 ? text.length : newline;
    const line = text.slice(at, text[lineEnd - 1] === "\r" && lineEnd > at ? lineEnd - 1 : lineEnd);
    const number = this.#line + 1;
    if (this.#dropping) this.#dropping = false;
    else if (number <= skipLines || line === "" || (comment !== "" && line.startsWith(comment))) {
      // Nothing of it counts.
    } else if (quote === "" || !line.includes(quote)) rows.push({ line: number, raw: line, cells: cellsOf(line, delimiter) });
    else {
      const row = this.#quoted(text, at, last);
      if (row === "more") return -1;
      if (typeof row !== "string") {
        rows.push({ line: number, raw: text.slice(at, row.end), cells: row.cells });
        this.#line += row.lines;
        return row.next;
      }
      rows.push({ line: number, raw: cut(line), fault: row });
    }
    this.#line++;
    return lineEnd + 1;
  }

  /** A line without an end in sight: a fault, of which the beginning is kept. */
  #drop(text: string, at: number, rows: RawRow[]): number {
    if (!this.#dropping) rows.push({ line: this.#line + 1, raw: cut(text.slice(at, at + 20_000)), fault: `the row is longer than ${this.#lengthMax} characters` });
    this.#dropping = true;
    return text.length;
  }

  /** @returns the row; or the fault in it; or "more" */
  #quoted(text: string, start: number, last: boolean): QuotedRow | string {
    const { delimiter, quote, escape: escapedBy } = this.#dialect;
    const newline = this.#end ?? "\n";
    const cells: (string | null)[] = [];
    let lines = 1;
    for (let at = start; ; ) {
      if (text[at] !== quote) {
        const end = endOfPlain(text, at, delimiter, newline);
        if (end.at < 0 && !last) return "more";
        const stop = end.at < 0 ? text.length : end.at;
        const atEnd = end.at < 0 || end.newline;
        const cell = atEnd && text[stop - 1] === "\r" && stop > at ? text.slice(at, stop - 1) : text.slice(at, stop);
        cells.push(cell === "" ? null : cell);
        if (atEnd) return { cells, end: stop, next: stop + 1, lines };
        at = stop + 1;
        continue;
      }
      const close = closingQuote(text, at + 1, quote, escapedBy, last);
      if (close < 0 || close - start > this.#lengthMax) return last || text.length - start > this.#lengthMax ? unclosed : "more";
      const inner = text.slice(at + 1, close);
      const cell = inner.includes(escapedBy) ? unescaped(inner, quote, escapedBy) : inner;
      cells.push(cell === "" ? null : cell);
      for (let n = inner.indexOf(newline); n >= 0; n = inner.indexOf(newline, n + 1)) lines++;
      const after = text[close + 1];
      if (after === undefined) return last ? { cells, end: close + 1, next: close + 1, lines } : "more";
      if (after === delimiter) at = close + 2;
      else if (after === newline) return { cells, end: close + 1, next: close + 2, lines };
      else if (after === "\r" && text[close + 2] === newline) return { cells, end: close + 1, next: close + 3, lines };
      else if (after === "\r" && close + 2 >= text.length) return last ? { cells, end: close + 1, next: close + 2, lines } : "more";
      else return "text stands after a closing quote";
    }
  }
}

interface QuotedRow {
  cells: (string | null)[];
  /** Where its text ends, and where the next row begins. */
  end: number;
  next: number;
  lines: number;
}

function cellsOf(line: string, delimiter: string): (string | null)[] {
  const cells: (string | null)[] = line.split(delimiter);
  for (let i = 0; i < cells.length; i++) if (cells[i] === "") cells[i] = null;
  return cells;
}

function endOfPlain(text: string, at: number, delimiter: string, newline: string): { at: number; newline: boolean } {
  for (let i = at; i < text.length; i++) {
    const character = text[i];
    if (character === delimiter) return { at: i, newline: false };
    if (character === newline) return { at: i, newline: true };
  }
  return { at: -1, newline: true };
}

/** @returns -1 when there is none, or when it may yet turn out to be a doubled one */
function closingQuote(text: string, from: number, quote: string, escapedBy: string, last: boolean): number {
  if (escapedBy !== quote) {
    for (let i = from; i < text.length; i++) {
      if (text[i] === escapedBy) i++;
      else if (text[i] === quote) return i;
    }
    return -1;
  }
  for (let i = text.indexOf(quote, from); i >= 0; i = text.indexOf(quote, i + 2)) {
    if (i + 1 >= text.length && !last) return -1;
    if (text[i + 1] !== quote) return i;
  }
  return -1;
}

function unescaped(inner: string, quote: string, escapedBy: string): string {
  return escapedBy === quote ? inner.replaceAll(quote + quote, quote) : inner.replace(/\\([\s\S])/g, (whole, character: string) => (character === quote || character === "\\" ? character : whole));
}
