import { type CliContext, printJson } from "../context.ts";
import { dagZones } from "../dag-zones.ts";
import { backfillHeadText, backfillsText, intervalsText } from "../output/backfill-text.ts";
import { withClient } from "../with-client.ts";

export async function listBackfills(context: CliContext, _args: [], { dag }: { dag?: string }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const backfills = await client.backfills(dag);
    if (context.options.json) return printJson(context, { backfills });
    if (backfills.length === 0) return context.note("There are no such backfills.");
    await context.print(backfillsText(backfills, await dagZones(client), context));
  });
}

export async function showBackfill(context: CliContext, [id]: [string], { all }: { all?: boolean }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const backfill = await client.backfill(id);
    if (context.options.json) return printJson(context, backfill);
    const timezone = (await dagZones(client))(backfill.dag);
    const intervals = intervalsText(backfill.reachedIntervals, { ...context, timezone, last: true, all });
    await context.print(`${backfillHeadText(backfill, timezone, context)}${intervals === "" ? "" : `\n${intervals}`}`);
  });
}
