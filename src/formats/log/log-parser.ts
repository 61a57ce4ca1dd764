import { badBytes } from "../encoding.ts";
import type { FormatLimits, LogFormat } from "../file-format.ts";
import { type Line, LineSplitter } from "../lines.ts";
import { cut, type RawRow, type RowParser } from "../raw-row.ts";
import { compileGrok } from "./grok.ts";

/** What no line of a log is: matching takes longer than it is worth. */
const lineLengthMax = 64 << 10;
/** Of a record that goes on: more is cut off into rows of its own. */
const moreLinesMax = 10_000;

/** Records of a log: the captures of each line that matches; what goes on below, in the column `more`. */
export class LogParser implements RowParser {
  readonly columns: string[];
  readonly #regex: RegExp;
  readonly #continued: boolean;
  readonly #splitter: LineSplitter;
  /** The captures that each column has: of alternatives it may have several. */
  readonly #groups: number[][];
  readonly #more: string[] = [];
  #open: RawRow | undefined;

  constructor(format: Pick<LogFormat, "pattern" | "patterns" | "continued">, limits: FormatLimits, name: string) {
    const { regex, columns } = compileGrok(format.pattern, name, format.patterns);
    const names = [...new Set(columns)];
    this.#regex = regex;
    this.#continued = format.continued;
    this.columns = format.continued ? [...names, "more"] : names;
    this.#groups = names.map((column) => columns.flatMap((other, i) => (other === column ? [i + 1] : [])));
    this.#splitter = new LineSplitter(Math.min(lineLengthMax, limits.recordBytesMax));
  }

  push(text: string): RawRow[] {
    return this.#rows(this.#splitter.push(text));
  }

  end(): RawRow[] {
    const rows = this.#rows(this.#splitter.end());
    this.#close(rows);
    return rows;
  }

  #rows(lines: Line[]): RawRow[] {
    const rows: RawRow[] = [];
    for (const line of lines) this.#take(line, rows);
    return rows;
  }

  #take({ number, text, tooLong }: Line, rows: RawRow[]): void {
    const match = tooLong || text.includes(badBytes) ? null : this.#regex.exec(text);
    if (match) {
      this.#close(rows);
      const row: RawRow = { line: number, raw: text, cells: this.#groups.map((groups) => isoTime(groups.map((group) => match[group]).find((capture) => capture !== undefined))) };
      if (this.#continued) this.#open = row;
      else rows.push(row);
    } else if (this.#open && !tooLong && this.#more.length < moreLinesMax) this.#more.push(text);
    else if (text.trim() !== "") {
      this.#close(rows);
      rows.push({ line: number, raw: cut(text), fault: tooLong ? `the line is longer than ${lineLengthMax} characters` : "the line does not match the pattern" });
    }
  }

  #close(rows: RawRow[]): void {
    if (!this.#open) return;
    const more = this.#more.splice(0).join("\n");
    this.#open.cells?.push(more.trim() === "" ? null : more);
    if (more !== "") this.#open.raw = cut(`${this.#open.raw}\n${more}`);
    rows.push(this.#open);
    this.#open = undefined;
  }
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The forms of time that only logs have, as ISO; anything else, and a hyphen for nothing, as it is. */
function isoTime(text: string | undefined): string | null {
  if (text === undefined || text === "" || text === "-") return null;
  const http = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/.exec(text);
  if (http) return `${http[3]}-${String(months.indexOf(http[2]) + 1).padStart(2, "0")}-${http[1]}T${http[4]}${http[5]}:${http[6]}`;
  const nginx = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text);
  if (nginx) return `${nginx[1]}-${nginx[2]}-${nginx[3]}T${nginx[4]}`;
  return /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2},\d+/.test(text) ? text.replace(",", ".") : text;
}
