import { createInterface } from "node:readline/promises";
import type { CliContext } from "./context.ts";

interface Streams {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream & { isTTY?: boolean };
}

/**
 * Asks a person before something that cannot be taken back. Where there is nobody to ask (no terminal, or `--json`) the
 * answer is no, and the way to say yes is told.
 *
 * @param question - `Clear these 3 tasks?`
 */
export async function confirm({ options, note, signal }: Pick<CliContext, "options" | "note" | "signal">, question: string, { input, output }: Streams = { input: process.stdin, output: process.stderr }): Promise<boolean> {
  if (options.json || !input.isTTY || !output.isTTY) {
    note("Nothing was done: add --yes.");
    return false;
  }
  const reader = createInterface({ input, output });
  // Ctrl-D: an answer that never comes is a no.
  const closed = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([reader.question(`${question} [y/N] `, { signal }), closed]);
    if (/^y(es)?$/i.test(answer.trim())) return true;
    note("Nothing was done.");
    return false;
  } finally {
    reader.close();
  }
}
