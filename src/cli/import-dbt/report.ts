/**
 * What of a dbt project did not come along, or came in another way.
 * - `not-understood`: the model that it is in fails when it is built, until somebody has mended it.
 * - `left-out`: it has no place here; what is built is the same without it.
 * - `changed`: it was understood, and does something else in one respect.
 */
export interface ReportEntry {
  kind: "not-understood" | "left-out" | "changed";
  /** In the dbt project, with forward slashes. */
  file: string;
  /** From 1. */
  line: number;
  what: string;
}

export class Report {
  readonly #entries: ReportEntry[] = [];

  add(kind: ReportEntry["kind"], file: string, line: number, what: string): void {
    const isKnown = this.#entries.some((entry) => entry.kind === kind && entry.file === file && entry.line === line && entry.what === what);
    if (!isKnown) this.#entries.push({ kind, file, line, what });
  }

  /** The gravest first, then by place. */
  entries(): ReportEntry[] {
    return this.#entries.toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  }
}

const kinds: ReportEntry["kind"][] = ["not-understood", "changed", "left-out"];

/** The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
