import type { Style } from "./output/style.ts";
import { plainJson } from "./output/plain-text.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  project?: string;
  data?: string;
  json?: boolean;
  color?: boolean;
  verbose?: boolean;
}

/** What a command gets beside its own options. */
export interface CliContext {
  options: GlobalOptions;
  /** Styles for stdout and stderr: one may be a terminal and the other a file. */
  style: Style;
  errorStyle: Style;
  /** Aborted when the reader presses Ctrl-C or closes the pipe. */
  signal: AbortSignal;
  /** Cells of the terminal that stdout is; undefined when it is none. */
  width: number | undefined;
  /** To stdout. Resolves when the text is on its way: a slow reader slows the command, and not its memory. */
  print(text: string): Promise<void>;
  /** A line to stderr, for people: notes and progress, never results. */
  note(text: string): void;
}

/** Prints the one JSON document of a command. */
export async function printJson(context: CliContext, value: unknown): Promise<void> {
  // A script reads one line; a person at a terminal, a page.
  await context.print(`${plainJson(value, context.width === undefined ? undefined : 2)}\n`);
}
