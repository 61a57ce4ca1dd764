import type { LettersRequest } from "../server/control-plane.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { countText } from "./output/number-text.ts";
import { plainText } from "./output/plain-text.ts";

/** What a command line says of which dead letters are meant. */
export interface LettersOptions {
  limit?: number;
  errorCode?: string;
  record?: LettersRequest["records"];
  dryRun?: boolean;
}

export function lettersRequest({ limit, errorCode, record, dryRun = false }: LettersOptions): LettersRequest {
  return { dryRun, ...(limit !== undefined && { limit }), ...(errorCode !== undefined && { filter: { errorCode } }), ...(record && { records: record }) };
}

export const lettersText = (count: number): string => `${countText(count)} dead ${count === 1 ? "letter" : "letters"}`;

/** Whether all that were named by their places were found there; says so where they were not. */
export function codeOfFound({ options, note }: Pick<CliContext, "options" | "note">, stage: string, { record }: LettersOptions, matched: number): ExitCode {
  const gone = (record?.length ?? 0) - matched;
  if (gone <= 0) return exitCodes.ok;
  if (!options.json) note(`${lettersText(gone)} no longer ${gone === 1 ? "waits" : "wait"} at the place that was named. What stood before a letter that is gone is behind all others now: see millrace dlq show ${plainText(stage)}`);
  return exitCodes.failed;
}
