import type { StageLines } from "../../server/insight-control.ts";
import type { LogLine } from "../../server/log-line.ts";

const linesMax = 1_000;
const charactersMax = 128 * 1024;
const lineMax = 16 * 1024;

/** The last lines that a stage's processes have said, in memory of a bounded size, for those who look on. The whole is in the log's file. */
export class LastLines implements StageLines {
  #lines: LogLine[] = [];
  #characters = 0;
  #next = 1;
  readonly #listeners = new Set<() => void>();

  /** @param pid - of the process that says it */
  add(at: Date, level: LogLine["level"], text: string, fields?: object, pid?: number): void {
    const line: LogLine = { number: this.#next++, at: at.toISOString(), level, text: cut(text), ...(fields && Object.keys(fields).length > 0 && { fields: cut(JSON.stringify(fields)) }), ...(pid !== undefined && { pid }) };
    this.#lines.push(line);
    this.#characters += sizeOf(line);
    let gone = 0;
    while (this.#lines.length - gone > linesMax || (this.#characters > charactersMax && gone < this.#lines.length - 1)) this.#characters -= sizeOf(this.#lines[gone++]);
    if (gone > 0) this.#lines = this.#lines.slice(gone);
    for (const listener of this.#listeners) listener();
  }

  /** Those that are kept, the oldest first. @param after - `number` of a line: those behind it */
  lines(after = 0): LogLine[] {
    return this.#lines.filter(({ number }) => number > after);
  }

  onLine(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const sizeOf = ({ text, fields = "" }: LogLine): number => text.length + fields.length + 64;
const cut = (text: string): string => (text.length > lineMax ? `${text.slice(0, lineMax)}… (${text.length} characters)` : text);
