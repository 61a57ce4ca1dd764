import { damaged, invalidFormat, pastLimit } from "../damage.ts";
import type { FormatLimits } from "../file-format.ts";

const quote = 34;
const backslash = 92;

/** The elements of an array of JSON as texts, out of text that comes in pieces; what stands around the array is passed over. */
export class ArrayScanner {
  readonly #path: string[];
  readonly #limits: FormatLimits;
  readonly #name: string;
  #buffer = "";
  /** Where scanning goes on, and where the element that is being scanned began; -1 between elements. */
  #at = 0;
  #start = -1;
  /** Brackets open: within the element, or, past the array, around it. */
  #depth = 0;
  #inString = false;
  #state: "before" | "array" | "after" | "ended" = "before";

  /** @param path - the keys that lead to the array; none: the text is the array */
  constructor(path: string[], limits: FormatLimits, name: string) {
    this.#path = path;
    this.#limits = limits;
    this.#name = name;
  }

  /** Whether the text is whole: each bracket that was opened is closed. */
  get ended(): boolean {
    return this.#state === "ended";
  }

  push(piece: string): string[] {
    this.#buffer += piece;
    if (this.#state === "before" && !this.#enter()) return [];
    const elements: string[] = [];
    this.#scan(elements);
    // An escape at the very end has stepped past it.
    const keep = this.#start >= 0 ? this.#start : Math.min(this.#at, this.#buffer.length);
    this.#buffer = this.#buffer.slice(keep);
    this.#at -= keep;
    if (this.#start >= 0) this.#start = 0;
    if (this.#buffer.length > this.#limits.recordBytesMax) throw pastLimit(this.#name, "", `a record of the array is longer than ${this.#limits.recordBytesMax} characters`, "look whether a bracket or a quote is missing");
    return elements;
  }

  /** Steps over what stands before the array. @returns whether it is found yet */
  #enter(): boolean {
    const found = findArray(this.#buffer, this.#path);
    if (found === "more") {
      if (this.#buffer.length > this.#limits.recordBytesMax) throw pastLimit(this.#name, "", `the array of records does not begin within ${this.#limits.recordBytesMax} characters`, "check the path to the records");
      return false;
    }
    if (found === "none") throw invalidFormat(this.#name, `there is no array of records at ${this.#path.length === 0 ? "the top of the document" : JSON.stringify(this.#path.join("."))}`, "correct the path to the records; it names keys of objects, from the outside in");
    this.#state = "array";
    this.#at = found;
    return true;
  }

  #scan(elements: string[]): void {
    const text = this.#buffer;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (this.#inString) this.#step(text, code);
      else if (this.#state === "array") this.#inArray(text, code, elements);
      else this.#afterArray(code);
    }
  }

  /** Inside of a string: jumps to its end, or to the end of the text. */
  #step(text: string, code: number): void {
    if (code === backslash) this.#at++;
    else if (code === quote) this.#inString = false;
    else {
      const next = nextOf(text, this.#at);
      this.#at = next - 1;
    }
  }

  #inArray(text: string, code: number, elements: string[]): void {
    if (this.#start < 0) {
      if (code === 44 || code === 32 || code === 10 || code === 13 || code === 9) return;
      if (code === 93) return this.#leave();
      this.#start = this.#at;
    }
    if (code === quote) this.#inString = true;
    else if (code === 123 || code === 91) this.#depth++;
    else if (this.#depth > 0) {
      if ((code === 125 || code === 93) && --this.#depth === 0) this.#take(text, this.#at + 1, elements);
      return;
    } else if (code === 44) this.#take(text, this.#at, elements);
    else if (code === 93) {
      this.#take(text, this.#at, elements);
      this.#leave();
    } else if (code === 125) throw damaged(this.#name, "", "a bracket is closed that was not opened");
  }

  #take(text: string, end: number, elements: string[]): void {
    const element = text.slice(this.#start, end).trim();
    // After a closing bracket its comma is still to come: it begins nothing.
    if (element !== "") elements.push(element);
    this.#start = -1;
  }

  #leave(): void {
    this.#depth = this.#path.length;
    this.#state = this.#depth === 0 ? "ended" : "after";
  }

  #afterArray(code: number): void {
    if (this.#state === "ended") {
      if (code > 32 && code !== 0xfeff) throw damaged(this.#name, "", "text stands after the end of the document");
      return;
    }
    if (code === quote) this.#inString = true;
    else if (code === 123 || code === 91) this.#depth++;
    else if ((code === 125 || code === 93) && --this.#depth === 0) this.#state = "ended";
  }
}

/** The next quote or backslash, or the end. */
function nextOf(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote || code === backslash) return i;
  }
  return text.length;
}

/** @returns the place after the array's opening bracket */
export function findArray(text: string, path: readonly string[]): number | "more" | "none" {
  let at = skipBlank(text, 0);
  for (const key of path) {
    const value = valueOfKey(text, at, key);
    if (typeof value === "string") return value;
    at = value;
  }
  if (at >= text.length) return "more";
  return text[at] === "[" ? at + 1 : "none";
}

function valueOfKey(text: string, object: number, wanted: string): number | "more" | "none" {
  if (object >= text.length) return "more";
  if (text[object] !== "{") return "none";
  for (let at = skipBlank(text, object + 1); ; ) {
    if (at >= text.length) return "more";
    if (text[at] !== '"') return "none";
    const keyEnd = endOfString(text, at);
    if (keyEnd < 0) return "more";
    const colon = skipBlank(text, keyEnd + 1);
    if (colon >= text.length) return "more";
    const value = skipBlank(text, colon + 1);
    if (keyIs(text.slice(at, keyEnd + 1), wanted)) return value;
    const end = endOfValue(text, value);
    if (end < 0) return "more";
    const comma = skipBlank(text, end);
    if (comma >= text.length) return "more";
    if (text[comma] !== ",") return "none";
    at = skipBlank(text, comma + 1);
  }
}

function keyIs(literal: string, wanted: string): boolean {
  try {
    return JSON.parse(literal) === wanted;
  } catch {
    return false;
  }
}

function skipBlank(text: string, at: number): number {
  let i = at;
  while (i < text.length && (text.charCodeAt(i) <= 32 || text.charCodeAt(i) === 0xfeff)) i++;
  return i;
}

function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === backslash) i++;
    else if (code === quote) return i;
  }
  return -1;
}

function endOfValue(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i = endOfString(text, i);
      if (i < 0) return -1;
      if (depth === 0) return i + 1;
    } else if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (depth === 0 && (code === 44 || code <= 32)) return i;
  }
  return -1;
}
