import sax from "sax";
import type { Entry } from "yauzl";
import { damaged, pastLimit } from "../damage.ts";
import { Decoder } from "../encoding.ts";
import type { FormatLimits } from "../file-format.ts";
import type { FileSource } from "../file-source.ts";
import { ExactNumber } from "../json/exact-number.ts";
import { memberBytes, openZip, type Zip } from "../zip.ts";
import { columnIndex } from "./cell-address.ts";
import { excelTime, isTimeFormat } from "./excel-time.ts";

export interface Sheet {
  name: string;
  /** Its member in the archive. */
  member: string;
}

export type Cell = string | number | boolean | ExactNumber | null;

export interface SheetRow {
  number: number;
  /** By column from 0; with holes. */
  cells: (Cell | undefined)[];
}

export interface Workbook {
  sheets: Sheet[];
  rows(sheet: Sheet): AsyncGenerator<SheetRow[]>;
  close(): void;
}

/** Shared texts are held in memory while a sheet is read. */
const sharedCharactersMax = 256 << 20;
const columnsMax = 16_384;

/** Opens an `.xlsx` workbook: an archive of XML, of which one sheet at a time is read in pieces. */
export async function openWorkbook(source: FileSource, limits: FormatLimits): Promise<Workbook> {
  const zip = await openZip(source);
  try {
    const members = new Map((await zip.entries()).map((entry) => [entry.fileName.replace(/^\//, ""), entry]));
    const parts = new Parts(zip, members, source.name, limits);
    const { sheets, epoch1904 } = await readSheets(parts);
    let shared: Promise<{ texts: string[]; times: boolean[] }> | undefined;
    return {
      sheets,
      close: () => zip.close(),
      async *rows(sheet) {
        shared ??= Promise.all([readSharedTexts(parts), readTimeStyles(parts)]).then(([texts, times]) => ({ texts, times }));
        yield* readSheet(parts, sheet, { ...(await shared), epoch1904 });
      },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** The members of the archive as streams of XML. */
class Parts {
  readonly #zip: Zip;
  readonly #members: Map<string, Entry>;
  readonly name: string;
  readonly #bytesMax: number;

  constructor(zip: Zip, members: Map<string, Entry>, name: string, limits: FormatLimits) {
    this.#zip = zip;
    this.#members = members;
    this.name = name;
    const packed = [...members.values()].reduce((sum, { compressedSize }) => sum + compressedSize, 0);
    this.#bytesMax = Math.min(limits.unpackedBytesMax, (16 << 20) + packed * limits.unpackRatioMax);
  }

  has(member: string): boolean {
    return this.#members.has(member);
  }

  /** Runs the handlers over a member, stopping after each piece. */
  async *parse(member: string, handlers: Handlers): AsyncGenerator<void> {
    const entry = this.#members.get(member);
    if (!entry) throw damaged(this.name, "", `the workbook has no ${member}`);
    const parser = parserOf(handlers, (what) => damaged(this.name, `${member}, line ${parser.line + 1}`, what));
    const decoder = new Decoder("utf-8");
    let bytes = 0;
    for await (const piece of memberBytes(this.#zip, entry, this.name)) {
      bytes += piece.length;
      if (bytes > this.#bytesMax) throw pastLimit(this.name, member, `it unpacks to more than ${this.#bytesMax} bytes`, "save the workbook again, if it is meant to be so large");
      parser.write(decoder.push(piece));
      yield;
    }
    parser.close();
  }
}

interface Handlers {
  /** `name` is without its namespace. */
  open?(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
}

function parserOf(handlers: Handlers, failed: (what: string) => Error): sax.SAXParser {
  const parser = sax.parser(true, { position: true });
  const local = (name: string): string => name.slice(name.indexOf(":") + 1);
  parser.onerror = (error) => {
    throw failed(error.message.split("\n")[0]);
  };
  parser.onopentag = (tag) => handlers.open?.(local(tag.name), tag.attributes as Record<string, string>);
  parser.onclosetag = (name) => handlers.close?.(local(name));
  parser.ontext = (text) => handlers.text?.(text);
  parser.oncdata = (text) => handlers.text?.(text);
  return parser;
}

async function run(pieces: AsyncGenerator<void>): Promise<void> {
  for await (const _ of pieces);
}

async function readSheets(parts: Parts): Promise<{ sheets: Sheet[]; epoch1904: boolean }> {
  const found: { name: string; id: string }[] = [];
  let epoch1904 = false;
  const open = (name: string, attributes: Record<string, string>): void => {
    if (name === "sheet") found.push({ name: attributes["name"] ?? "", id: attributes["r:id"] ?? attributes["id"] ?? "" });
    if (name === "workbookPr") epoch1904 = ["1", "true"].includes(attributes["date1904"]);
  };
  await run(parts.parse("xl/workbook.xml", { open }));
  const targets = new Map<string, string>();
  await run(parts.parse("xl/_rels/workbook.xml.rels", { open: (name, attributes) => void (name === "Relationship" && targets.set(attributes["Id"], attributes["Target"])) }));
  const sheets = found.flatMap(({ name, id }) => {
    const target = targets.get(id);
    const member = target?.startsWith("/") ? target.slice(1) : `xl/${target}`;
    return parts.has(member) ? [{ name, member }] : [];
  });
  return { sheets, epoch1904 };
}

async function readSharedTexts(parts: Parts): Promise<string[]> {
  const texts: string[] = [];
  if (!parts.has("xl/sharedStrings.xml")) return texts;
  let [current, characters] = ["", 0];
  // Readings of Japanese words stand beside them, and are no part of the text.
  let [inText, inReading] = [false, false];
  const handlers: Handlers = {
    open(name) {
      if (name === "si") current = "";
      if (name === "rPh") inReading = true;
      if (name === "t") inText = !inReading;
    },
    close(name) {
      if (name === "t") inText = false;
      if (name === "rPh") inReading = false;
      if (name === "si") texts.push(current);
    },
    text(text) {
      if (!inText) return;
      current += text;
      if ((characters += text.length) > sharedCharactersMax) throw pastLimit(parts.name, "xl/sharedStrings.xml", `the texts of the workbook are more than ${sharedCharactersMax} characters`, "save the sheet as CSV");
    },
  };
  await run(parts.parse("xl/sharedStrings.xml", handlers));
  return texts;
}

/** For each style of cells: whether it shows its number as a time. */
async function readTimeStyles(parts: Parts): Promise<boolean[]> {
  const styles: boolean[] = [];
  if (!parts.has("xl/styles.xml")) return styles;
  const codes = new Map<number, string>();
  let inCells = false;
  const handlers: Handlers = {
    open(name, attributes) {
      if (name === "numFmt") codes.set(Number(attributes["numFmtId"]), attributes["formatCode"] ?? "");
      if (name === "cellXfs") inCells = true;
      if (name === "xf" && inCells) styles.push(isTimeFormat(Number(attributes["numFmtId"]), codes.get(Number(attributes["numFmtId"]))));
    },
    close(name) {
      if (name === "cellXfs") inCells = false;
    },
  };
  await run(parts.parse("xl/styles.xml", handlers));
  return styles;
}

interface Context {
  texts: string[];
  times: boolean[];
  epoch1904: boolean;
}

async function* readSheet(parts: Parts, sheet: Sheet, context: Context): AsyncGenerator<SheetRow[]> {
  let done: SheetRow[] = [];
  let row: SheetRow = { number: 0, cells: [] };
  let cell = { column: 0, type: "n", style: 0, text: "" };
  let [inValue, inReading] = [false, false];
  const handlers: Handlers = {
    open(name, attributes) {
      if (name === "row") row = { number: Number(attributes["r"]) || row.number + 1, cells: [] };
      else if (name === "c") cell = { column: columnOf(attributes["r"], row.cells.length), type: attributes["t"] ?? "n", style: Number(attributes["s"] ?? 0), text: "" };
      else if (name === "rPh") inReading = true;
      else if (name === "v" || name === "t") inValue = !inReading;
    },
    close(name) {
      if (name === "rPh") inReading = false;
      else if (name === "v" || name === "t") inValue = false;
      else if (name === "c" && cell.column < columnsMax) row.cells[cell.column] = cellValue(cell, context);
      else if (name === "row") done.push(row);
    },
    text(text) {
      if (inValue) cell.text += text;
    },
  };
  for await (const _ of parts.parse(sheet.member, handlers)) {
    if (done.length > 0) yield done;
    done = [];
  }
}

function columnOf(address: string | undefined, next: number): number {
  const letters = /^[A-Z]{1,3}/.exec(address ?? "")?.[0];
  return letters ? columnIndex(letters) : next;
}

function cellValue({ type, style, text }: { type: string; style: number; text: string }, { texts, times, epoch1904 }: Context): Cell {
  if (text === "") return null;
  if (type === "s") return texts[Number(text)] || null;
  if (type === "str" || type === "inlineStr" || type === "d") return text;
  if (type === "b") return text === "1";
  // An error in a formula has no value.
  if (type === "e") return null;
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  if (times[style]) return excelTime(number, epoch1904) ?? number;
  return String(number) === text || Number.isInteger(number) ? number : new ExactNumber(String(number));
}
