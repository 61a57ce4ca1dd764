import { damaged, pastLimit, unreadable } from "../damage.ts";
import { badBytes } from "../encoding.ts";
import type { FormatLimits, JsonFormat } from "../file-format.ts";
import { LineSplitter } from "../lines.ts";
import { cut, type RawRow, type RowParser } from "../raw-row.ts";
import { ArrayScanner } from "./array-scanner.ts";
import { parseJson } from "./exact-number.ts";

/**
 * @param name - the file, for errors
 * @param keepPoints - as in `parseJson`
 */
export function jsonParser(format: JsonFormat, limits: FormatLimits, name: string, keepPoints: boolean): RowParser {
  const recordOf: ReadRecord = (line, text) => readRecord(line, text, limits, keepPoints);
  if (format.layout === "lines") return new JsonLines(recordOf, limits);
  if (format.layout === "document" && format.path.length === 0) return new JsonDocument(recordOf, limits, name);
  return new JsonArray(recordOf, format.path, limits, name);
}

type ReadRecord = (line: number, text: string) => RawRow;

class JsonLines implements RowParser {
  readonly #recordOf: ReadRecord;
  readonly #limits: FormatLimits;
  readonly #splitter: LineSplitter;

  constructor(recordOf: ReadRecord, limits: FormatLimits) {
    this.#recordOf = recordOf;
    this.#limits = limits;
    this.#splitter = new LineSplitter(limits.recordBytesMax);
  }

  push(text: string): RawRow[] {
    return this.#rows(this.#splitter.push(text));
  }

  end(): RawRow[] {
    return this.#rows(this.#splitter.end());
  }

  #rows(lines: ReturnType<LineSplitter["push"]>): RawRow[] {
    const rows: RawRow[] = [];
    for (const { number, text, tooLong } of lines) {
      if (tooLong) rows.push({ line: number, raw: cut(text), fault: `the line is longer than ${this.#limits.recordBytesMax} characters`, limit: true });
      else if (text.trim() !== "") rows.push(this.#recordOf(number, text));
    }
    return rows;
  }
}

class JsonArray implements RowParser {
  readonly #recordOf: ReadRecord;
  readonly #scanner: ArrayScanner;
  readonly #name: string;
  #count = 0;

  constructor(recordOf: ReadRecord, path: string[], limits: FormatLimits, name: string) {
    this.#recordOf = recordOf;
    this.#scanner = new ArrayScanner(path, limits, name);
    this.#name = name;
  }

  push(text: string): RawRow[] {
    return this.#scanner.push(text).map((element) => this.#recordOf(++this.#count, element));
  }

  end(): RawRow[] {
    if (!this.#scanner.ended) throw damaged(this.#name, `record ${this.#count + 1}`, "the text ends inside of the array of records");
    return [];
  }
}

class JsonDocument implements RowParser {
  readonly #recordOf: ReadRecord;
  readonly #limits: FormatLimits;
  readonly #name: string;
  readonly #pieces: string[] = [];
  #length = 0;

  constructor(recordOf: ReadRecord, limits: FormatLimits, name: string) {
    this.#recordOf = recordOf;
    this.#limits = limits;
    this.#name = name;
  }

  push(text: string): RawRow[] {
    this.#length += text.length;
    if (this.#length > this.#limits.recordBytesMax) {
      throw pastLimit(this.#name, "record 1", `the document is one record of more than ${this.#limits.recordBytesMax} characters`, "name the array of its records by a path, as a JSON classifier does, or write a record in each line");
    }
    this.#pieces.push(text);
    return [];
  }

  end(): RawRow[] {
    const row = this.#recordOf(1, this.#pieces.join(""));
    if (row.fault !== undefined) throw unreadable(row, this.#name);
    return [row];
  }
}

function readRecord(line: number, text: string, limits: FormatLimits, keepPoints: boolean): RawRow {
  if (text.includes(badBytes)) return { line, raw: cut(text), fault: "bytes that the encoding cannot have" };
  if (opens(text, limits.depthMax) && deeperThan(text, limits.depthMax)) return { line, raw: cut(text), fault: `the record is nested more than ${limits.depthMax} levels deep`, limit: true };
  try {
    return { line, raw: text, value: parseJson(text, keepPoints) };
  } catch (error) {
    return { line, raw: cut(text), fault: `no valid JSON: ${messageOf(error)}` };
  }
}

/** The engine's message quotes the text, which the report does already. */
function messageOf(error: unknown): string {
  return (error as Error).message.replace(/, ?(?:\.\.\.)?".*$/s, "").slice(0, 200);
}

/** Whether it has more opening brackets than `max`: few records do, and only these can be too deep. */
function opens(text: string, max: number): boolean {
  if (text.length <= max * 2) return false;
  let count = 0;
  for (const bracket of ["{", "["]) for (let at = text.indexOf(bracket); at >= 0 && count <= max; at = text.indexOf(bracket, at + 1)) count++;
  return count > max;
}

function deeperThan(text: string, max: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) i = endOfString(text, i);
    else if (code === 123 || code === 91) {
      if (++depth > max) return true;
    } else if (code === 125 || code === 93) depth--;
  }
  return false;
}

function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === 34) return i;
  }
  return text.length;
}
