import type { RedriveRequest } from "../../server/control-plane.ts";
import { type CliContext, printJson } from "../context.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

interface RedriveOptions {
  limit?: number;
  errorCode?: string;
  record?: RedriveRequest["records"];
  dryRun?: boolean;
}

export async function redrive(context: CliContext, [stage]: [string], { limit, errorCode, record, dryRun = false }: RedriveOptions): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const result = await client.redrive(stage, { dryRun, ...(limit === undefined ? {} : { limit }), ...(errorCode === undefined ? {} : { filter: { errorCode } }), ...(record && { records: record }) });
    if (context.options.json) return printJson(context, { stage, ...result });
    const letters = (count: number): string => `${countText(count)} dead ${count === 1 ? "letter" : "letters"}`;
    await context.print(dryRun ? `${letters(result.matched)} of ${plainText(stage)} would be sent again.\n` : `${letters(result.redriven)} of ${plainText(stage)} go through it again.\n`);
  });
}
