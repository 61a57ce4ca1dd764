/** A line of text. */
export interface Line {
  /** From 1. */
  number: number;
  /** Without its end. Of one longer than the limit only the beginning. */
  text: string;
  tooLong: boolean;
}

/** Lines out of text that comes in pieces; they end with `\n`, `\r\n`, or, in a text that has no other ends, `\r`. */
export class LineSplitter {
  readonly #lengthMax: number;
  #rest = "";
  #dropping = false;
  #number = 0;
  #end: "\n" | "\r" | undefined;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  push(piece: string): Line[] {
    this.#end ??= lineEndOf(this.#rest + piece);
    const text = this.#rest + piece;
    const lines: Line[] = [];
    let at = 0;
    for (let next: number; (next = text.indexOf(this.#end ?? "\n", at)) >= 0; at = next + 1) lines.push(this.#line(text.slice(at, next)));
    this.#rest = text.slice(at);
    if (this.#rest.length > this.#lengthMax) this.#overflow();
    return lines;
  }

  end(): Line[] {
    return this.#rest === "" && !this.#dropping ? [] : [this.#line(this.#rest)];
  }

  #line(text: string): Line {
    const tooLong = this.#dropping || text.length > this.#lengthMax;
    const kept = this.#dropping ? this.#beginning : text;
    this.#dropping = false;
    return { number: ++this.#number, text: kept.endsWith("\r") ? kept.slice(0, -1) : kept, tooLong };
  }

  #beginning = "";

  /** Keeps the beginning for the report, and forgets the rest of the line as it comes. */
  #overflow(): void {
    if (!this.#dropping) this.#beginning = this.#rest.slice(0, beginningLength);
    this.#dropping = true;
    this.#rest = "";
  }
}

const beginningLength = 10_000;

/** Undecided while there is no line end, or one that may be half of `\r\n`. */
export function lineEndOf(text: string): "\n" | "\r" | undefined {
  if (text.includes("\n")) return "\n";
  const at = text.indexOf("\r");
  return at >= 0 && at < text.length - 1 ? "\r" : undefined;
}
