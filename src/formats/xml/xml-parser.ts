import sax from "sax";
import { damaged, pastLimit } from "../damage.ts";
import type { FormatLimits, XmlFormat } from "../file-format.ts";
import { cut, type RawRow, type RowParser } from "../raw-row.ts";

/** An element under way. */
interface Element {
  name: string;
  value: Record<string, unknown>;
  text: string;
  empty: boolean;
}

/**
 * Rows of XML: each element of the row's name, wherever it stands, as an object. Attributes and children are its keys; a
 * child that occurs more than once in a row is a list there; an element of text alone is that text; text beside children or
 * attributes has the key `#text`. Entities of the document's own are not read, so none can grow.
 */
export class XmlParser implements RowParser {
  readonly #row: string;
  readonly #limits: FormatLimits;
  readonly #name: string;
  readonly #parser = sax.parser(true, { position: true, trim: false });
  /** From the row down to the element under way; empty outside of rows. */
  readonly #open: Element[] = [];
  #depth = 0;
  #line = 0;
  #rows: RawRow[] = [];
  /** Characters of the row so far. */
  #length = 0;

  constructor(format: Pick<XmlFormat, "row">, limits: FormatLimits, name: string) {
    this.#row = format.row;
    this.#limits = limits;
    this.#name = name;
    this.#parser.onerror = (error) => {
      throw damaged(name, `line ${this.#parser.line + 1}`, error.message.split("\n")[0], error);
    };
    this.#parser.onopentag = (tag) => this.#opened(tag as sax.Tag);
    this.#parser.onclosetag = () => this.#closed();
    this.#parser.ontext = (text) => this.#addText(text);
    this.#parser.oncdata = (text) => this.#addText(text);
  }

  push(text: string): RawRow[] {
    this.#parser.write(text);
    return this.#taken();
  }

  end(): RawRow[] {
    this.#parser.close();
    return this.#taken();
  }

  #taken(): RawRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #opened(tag: sax.Tag): void {
    if (++this.#depth > this.#limits.depthMax) throw pastLimit(this.#name, `line ${this.#parser.line + 1}`, `elements are nested more than ${this.#limits.depthMax} levels deep`, "look whether elements are closed");
    if (this.#open.length === 0) {
      if (tag.name !== this.#row) return;
      this.#line = this.#parser.line + 1;
      this.#length = 0;
    }
    const value: Record<string, unknown> = Object.create(null);
    for (const [key, text] of Object.entries(tag.attributes)) value[key] = text;
    this.#open.push({ name: tag.name, value, text: "", empty: Object.keys(value).length === 0 });
    this.#grow(tag.name.length + 2);
  }

  #addText(text: string): void {
    const element = this.#open.at(-1);
    if (!element) return;
    element.text += text;
    this.#grow(text.length);
  }

  #grow(length: number): void {
    this.#length += length;
    if (this.#length > this.#limits.recordBytesMax) throw pastLimit(this.#name, `line ${this.#line}`, `a row of more than ${this.#limits.recordBytesMax} characters`, "name an element further inside as the row");
  }

  #closed(): void {
    this.#depth--;
    const element = this.#open.pop();
    if (!element) return;
    const value = elementValue(element);
    const parent = this.#open.at(-1);
    if (!parent) {
      this.#rows.push({ line: this.#line, raw: cut(JSON.stringify(value)), value: typeof value === "object" && value !== null ? value : { "#text": value } });
      return;
    }
    parent.empty = false;
    const before = parent.value[element.name];
    if (before === undefined) parent.value[element.name] = value;
    else if (Array.isArray(before)) before.push(value);
    else parent.value[element.name] = [before, value];
  }
}

function elementValue({ value, text, empty }: Element): unknown {
  const trimmed = text.trim();
  if (empty) return trimmed === "" ? null : trimmed;
  if (trimmed !== "") value["#text"] = trimmed;
  return value;
}
