import type { RedriveRequest } from "../../server/control-plane.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

interface RedriveOptions {
  limit?: number;
  errorCode?: string;
  record?: RedriveRequest["records"];
  dryRun?: boolean;
}

export async function redrive(context: CliContext, [stage]: [string], { limit, errorCode, record, dryRun = false }: RedriveOptions): Promise<ExitCode> {
  return withClient(context, "running", async ({ client }) => {
    const result = await client.redrive(stage, { dryRun, ...(limit === undefined ? {} : { limit }), ...(errorCode === undefined ? {} : { filter: { errorCode } }), ...(record && { records: record }) });
    const left = (record?.length ?? 0) - result.matched;
    const code = left > 0 ? exitCodes.failed : exitCodes.ok;
    if (context.options.json) {
      await printJson(context, { stage, ...result });
      return code;
    }
    const letters = (count: number): string => `${countText(count)} dead ${count === 1 ? "letter" : "letters"}`;
    await context.print(dryRun ? `${letters(result.matched)} of ${plainText(stage)} would be sent again.\n` : `${letters(result.redriven)} of ${plainText(stage)} go through it again.\n`);
    if (left > 0) context.note(`${letters(left)} no longer ${left === 1 ? "waits" : "wait"} at the place that was named. What stood before a letter that was sent is behind all others now: see millrace dlq show ${plainText(stage)}`);
    return code;
  });
}
