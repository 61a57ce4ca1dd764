import { asMillraceError, MillraceError } from "../errors.ts";
import { type CliContext, printJson } from "./context.ts";
import { type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { plainLines, plainText } from "./output/plain-text.ts";
import type { Style } from "./output/style.ts";

/** Tells the error: as JSON on stdout where that was asked for, else for people on stderr. */
export async function reportError(context: CliContext, error: unknown): Promise<ExitCode> {
  const known = asMillraceError(error, "the command line");
  if (context.options.json) await printJson(context, { error: known.toJSON() });
  else context.note(errorText(known, context.errorStyle, context.options.verbose));
  return exitCodeOf(known.code);
}

function errorText(error: MillraceError, style: Style, verbose = false): string {
  const text = problemText({ code: error.code, ...error.parts }, style);
  if (!verbose) return text;
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : error.stack;
  return `${text}\n${style.dim((cause ?? "").split("\n").map(plainText).join("\n"))}`;
}

/** The place may have lines of its own: those of a stack. */
export function problemText({ code, what, where, mend }: { code: string; what: string; where: string; mend: string }, style: Style): string {
  return `${style.bad(code)}: ${plainText(what)}\n  ${style.dim("where:")} ${plainLines(where)}\n  ${style.dim("mend:")}  ${plainText(mend)}`;
}

export function usageError(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-CLI-001", { what, where, mend });
}
