import { stripVTControlCharacters } from "node:util";
import { textWidth } from "./output/text-width.ts";

/** What the area needs of a terminal; `process.stderr` is one. */
export interface Terminal {
  write(text: string): unknown;
  columns?: number;
  rows?: number;
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const eraseToLineEnd = "\u001b[K";
const eraseBelow = "\u001b[J";

/**
 * Lines at the bottom of a terminal that are redrawn in place. Each redraw is one write, over what is there and without
 * clearing first: nothing flickers. Lines are kept below the terminal's height and must be cut to its width by the caller,
 * for a line that wraps would be counted as one.
 */
export class LiveArea {
  readonly #terminal: Terminal;
  #drawn: string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, Math.max(1, (this.#terminal.rows ?? 24) - 1));
    this.#terminal.write(`${hideCursor}${this.#home()}${shown.map((line) => `${line}${eraseToLineEnd}\n`).join("")}${eraseBelow}`);
    this.#drawn = shown;
  }

  /** Writes text that stays, above the area. */
  above(text: string): void {
    this.#terminal.write(`${this.#home()}${eraseBelow}${text.endsWith("\n") ? text : `${text}\n`}`);
    const lines = this.#drawn;
    this.#drawn = [];
    this.draw(lines);
  }

  /** Takes the area away. */
  clear(): void {
    this.#terminal.write(`${this.#home()}${eraseBelow}${showCursor}`);
    this.#drawn = [];
  }

  /** Leaves the area as it stands, and the cursor below it. */
  leave(): void {
    this.#terminal.write(showCursor);
    this.#drawn = [];
  }

  /** To the area's first cell. After the terminal was made narrower, old lines take several rows each. */
  #home(): string {
    const columns = this.#terminal.columns ?? 80;
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(stripVTControlCharacters(line)) / columns)), 0);
    return rows === 0 ? "" : `\r\u001b[${rows}A`;
  }
}
