/** The first thing in a text that keeps it from being taken as JSON here. */
export interface JsonFault {
  /** Index into the text, in UTF-16 units; `line` and `column` count from 1. */
  offset: number;
  line: number;
  column: number;
  what: string;
}

/** Deeper nesting than this is refused: what is stored as JSON text must be read again by every engine behind us. */
export const jsonDepthMax = 64;

/**
 * Finds out why a text is refused, and where. Called for bad input alone: `JSON.parse` gives no position for half of the
 * faults, takes the last of two fields with one name without a word, and makes a number that is too large infinite.
 *
 * @returns undefined when there is no fault
 */
export function findJsonFault(text: string): JsonFault | undefined {
  try {
    const scanner = new Scanner(text);
    scanner.value(0);
    scanner.end();
    return undefined;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return place(text, error.offset, error.message);
  }
}

class Fault extends Error {
  readonly offset: number;

  constructor(offset: number, what: string) {
    super(what);
    this.offset = offset;
  }
}

function place(text: string, offset: number, what: string): JsonFault {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < lineStart; at = text.indexOf("\n", at + 1)) line++;
  return { offset, line, column: offset - lineStart + 1, what };
}

const space = /[ \t\n\r]*/y;
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;

/** Recursive descent; the limit on depth bounds the stack. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): void {
    this.#match(space);
    const start = this.#at;
    if (depth > jsonDepthMax) throw new Fault(start, `values are nested deeper than ${jsonDepthMax}`);
    switch (this.#text[start]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        this.#string();
        return;
      default:
        this.#scalar(start);
    }
  }

  end(): void {
    this.#match(space);
    if (this.#at < this.#text.length) throw new Fault(this.#at, `there is ${this.#here()} after the value`);
  }

  #object(depth: number): void {
    const names = new Set<string>();
    this.#at++;
    for (let first = true; !this.#closes("}"); first = false) {
      if (!first) this.#expect(",");
      this.#match(space);
      const start = this.#at;
      if (this.#text[start] !== '"') throw new Fault(start, `a field's name in double quotes must stand here, but there is ${this.#here()}`);
      const name = this.#string();
      if (name === "__proto__") throw new Fault(start, 'a field may not be named "__proto__"');
      if (names.has(name)) throw new Fault(start, `the object has two fields named ${JSON.stringify(name)}`);
      names.add(name);
      this.#expect(":");
      this.value(depth + 1);
    }
  }

  #array(depth: number): void {
    this.#at++;
    for (let first = true; !this.#closes("]"); first = false) {
      if (!first) this.#expect(",");
      this.value(depth + 1);
    }
  }

  #string(): string {
    const start = this.#at;
    const raw = this.#match(string);
    if (raw === undefined) throw new Fault(start, "this string has no end, or holds a control character or an unknown escape");
    const value = JSON.parse(raw) as string;
    if (!value.isWellFormed()) throw new Fault(start, "this string holds half of a surrogate pair, which no text can hold");
    return value;
  }

  #scalar(start: number): void {
    if (this.#match(word) !== undefined) return;
    const digits = this.#match(number);
    if (!digits) throw new Fault(start, `a value must stand here, but there is ${this.#here()}`);
    if (!Number.isFinite(Number(digits))) throw new Fault(start, "this number is too large");
  }

  #closes(mark: string): boolean {
    this.#match(space);
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string): void {
    this.#match(space);
    if (this.#text[this.#at] !== mark) throw new Fault(this.#at, `"${mark}" must stand here, but there is ${this.#here()}`);
    this.#at++;
  }

  #here(): string {
    const code = this.#text.codePointAt(this.#at);
    return code === undefined ? "the end" : JSON.stringify(String.fromCodePoint(code));
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
