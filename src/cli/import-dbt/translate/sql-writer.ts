import { JinjaError } from "../jinja/jinja-error.ts";
import { textOf } from "../jinja/values.ts";
import { type Code, isDictType, isList, joinedText, templateText, textCode } from "./code.ts";
import type { FileCode } from "./file-code.ts";

type Mode = "plain" | "line comment" | "comment" | "'" | '"';

/**
 * Writes the inside of a `sql` template, and knows where in the statement it is: what is put into quotes becomes a text or a
 * name as a whole, since the tag takes no value there; what is put into a comment stays words.
 */
export class SqlWriter {
  readonly #file: FileCode;
  #out = "";
  #mode: Mode = "plain";
  /** Of what stands in quotes, so far. */
  #quoted: (string | Code)[] = [];

  constructor(file: FileCode) {
    this.#file = file;
  }

  get mode(): Mode {
    return this.#mode;
  }

  get isQuoted(): boolean {
    return this.#mode === "'" || this.#mode === '"';
  }

  text(text: string): void {
    for (let at = 0; at < text.length; at = this.#step(text, at)) ;
  }

  /** A value: see `Code`. @param at - where it stands in the template */
  place(value: Code, at: number): void {
    if (isList(value.type) || isDictType(value.type) || value.type === "none") throw new JinjaError("a list, an object or nothing stands in the statement", at);
    if (value.constant !== undefined) this.text(textOf(value.constant));
    else if (this.isQuoted) this.#quoted.push(this.#textual(value, at));
    else if (this.#mode !== "plain") this.text(` ${value.code.replaceAll("*/", "")} `);
    else this.#out += `\${${this.#piece(value)}}`;
  }

  /** A piece of the statement that is made by code: `cond ? sql`…` : sql`…``. */
  piece(code: string): void {
    this.#out += `\${${code}}`;
  }

  /** Without signs of Jinja's: such words would be places to be filled. */
  comment(text: string): void {
    const plain = text.trim().replaceAll("*/", "* /").replaceAll(/\{\{|\}\}|\{%-?|-?%\}/g, "");
    if (this.#mode === "plain") this.#out += templateText(`/* ${plain} */`);
  }

  /** The whole. @param at - where it ends in the template */
  end(at: number): string {
    if (this.#mode === "line comment") this.#out += "\n";
    else if (this.#mode !== "plain") throw new JinjaError(this.#mode === "comment" ? "a comment begins in one branch and ends in another" : "quotes begin in one branch and end in another", at);
    return this.#out;
  }

  #piece({ code, type }: Code): string {
    if (type === "sql" || type === "dataset") return code;
    return `${this.#file.millrace("sql")}.raw(${type === "text" ? code : `String(${code})`})`;
  }

  #textual(value: Code, at: number): Code {
    if (value.type === "dataset") throw new JinjaError("the name of a dataset stands in quotes", at);
    return value.type === "sql" ? { code: textCode(value), type: "text" } : value;
  }

  /** Reads on. @returns where the next step begins */
  #step(text: string, at: number): number {
    const two = text.slice(at, at + 2);
    switch (this.#mode) {
      case "plain":
        if (text[at] === "'" || text[at] === '"') return this.#open(text[at] as "'" | '"', at);
        if (two === "--" || two === "/*") return this.#enter(two === "--" ? "line comment" : "comment", two, at);
        return this.#copy(text, at, /['"]|--|\/\*/g);
      case "line comment":
        if (text[at] === "\n") return this.#enter("plain", "\n", at);
        return this.#copy(text, at, /\n/g);
      case "comment":
        if (two === "*/") return this.#enter("plain", two, at);
        return this.#copy(text, at, /\*\//g);
      default:
        return this.#inQuotes(text, at, this.#mode);
    }
  }

  #enter(mode: Mode, text: string, at: number): number {
    this.#mode = mode;
    this.#out += text;
    return at + text.length;
  }

  #copy(text: string, at: number, until: RegExp): number {
    until.lastIndex = at;
    const end = until.exec(text)?.index ?? text.length;
    this.#out += templateText(text.slice(at, end));
    return end;
  }

  #open(quote: "'" | '"', at: number): number {
    this.#mode = quote;
    this.#quoted = [];
    return at + 1;
  }

  #inQuotes(text: string, at: number, quote: "'" | '"'): number {
    if (text[at] === quote && text[at + 1] !== quote) {
      this.#out += this.#closed(quote);
      this.#mode = "plain";
      return at + 1;
    }
    const length = text[at] === quote ? 2 : 1;
    this.#quoted.push(text[at]);
    return at + length;
  }

  #closed(quote: "'" | '"'): string {
    const isPlain = this.#quoted.every((piece) => typeof piece === "string");
    if (isPlain) return templateText(quote + this.#quoted.join("").replaceAll(quote, quote + quote) + quote);
    const pieces: (string | Code)[] = [];
    for (const piece of this.#quoted) {
      const last = pieces.at(-1);
      if (typeof piece === "string" && typeof last === "string") pieces[pieces.length - 1] = last + piece;
      else pieces.push(piece);
    }
    return `\${${this.#file.millrace("sql")}.${quote === "'" ? "text" : "id"}(${joinedText(pieces)})}`;
  }
}
