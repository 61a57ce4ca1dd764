import type { Client } from "../client.ts";
import { confirm } from "../confirm.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { codeOfFound, type LettersOptions, lettersRequest, lettersText } from "../letters.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

/** Lets dead letters wait no longer, once a person has seen how many, or has said yes beforehand. */
export function discard(context: CliContext, [stage]: [string], { yes = false, ...options }: LettersOptions & { yes?: boolean }): Promise<ExitCode> {
  return withClient(context, "running", async ({ client }) => {
    if (yes || options.dryRun) return ask(context, client, stage, options);
    const code = await ask(context, client, stage, { ...options, dryRun: true });
    if (code !== exitCodes.ok) return code;
    if (!(await confirm(context, "Discard them?"))) return exitCodes.usage;
    return ask(context, client, stage, options);
  });
}

async function ask(context: CliContext, client: Client, stage: string, options: LettersOptions): Promise<ExitCode> {
  const result = await client.discard(stage, lettersRequest(options));
  const { matched, dryRun } = result;
  if (context.options.json) await printJson(context, { stage, ...result });
  else await context.print(`${lettersText(matched)} of ${plainText(stage)} ${dryRun ? "would be discarded" : `${matched === 1 ? "waits" : "wait"} no longer`}.\n`);
  return codeOfFound(context, stage, options, matched);
}
