import { type CliContext, printJson } from "../context.ts";
import type { ExitCode } from "../exit-codes.ts";
import { codeOfFound, type LettersOptions, lettersRequest, lettersText } from "../letters.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

/** Sends dead letters through their stage again. */
export function redrive(context: CliContext, [stage]: [string], options: LettersOptions): Promise<ExitCode> {
  return withClient(context, "running", async ({ client }) => {
    const result = await client.redrive(stage, lettersRequest(options));
    const { matched, dryRun } = result;
    if (context.options.json) await printJson(context, { stage, ...result });
    else await context.print(`${lettersText(matched)} of ${plainText(stage)} ${dryRun ? "would be sent again" : `${matched === 1 ? "goes" : "go"} through it again`}.\n`);
    return codeOfFound(context, stage, options, matched);
  });
}
