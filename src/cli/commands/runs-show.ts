import { type CliContext, printJson } from "../context.ts";
import { dagZones } from "../dag-zones.ts";
import { runText } from "../output/run-text.ts";
import { withClient } from "../with-client.ts";

export async function showRun(context: CliContext, [id]: [string], { all }: { all?: boolean }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const run = await client.run(id);
    if (context.options.json) return printJson(context, run);
    const zoneOf = await dagZones(client);
    await context.print(runText(run, { ...context, timezone: zoneOf(run.dag), all }));
  });
}
