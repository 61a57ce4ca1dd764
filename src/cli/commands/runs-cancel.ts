import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

export async function cancelRun(context: CliContext, [id]: [string], { note }: { note?: string }): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const run = await client.cancelRun(id, note);
    if (context.options.json) return printJson(context, run);
    await context.print(`${plainText(run.id)} is ${run.state}.\n`);
  });
}
