import { type CliContext, printJson } from "../context.ts";
import { dagZones } from "../dag-zones.ts";
import { commonZone } from "../output/moment-text.ts";
import { plainText } from "../output/plain-text.ts";
import { runsText } from "../output/run-text.ts";
import { withClient } from "../with-client.ts";

interface RunsListOptions {
  dag?: string;
  state?: string;
  backfill?: string;
  before?: string;
  limit: number;
}

/** The newest runs, or those before one of them. */
export async function listRuns(context: CliContext, _args: [], { dag, state, backfill, before, limit }: RunsListOptions): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const page = await client.runs({ dag, state, backfill, before, limit });
    if (context.options.json) return printJson(context, page);
    if (page.runs.length === 0) return context.note("There are no such runs.");
    const zoneOf = await dagZones(client);
    await context.print(runsText(page.runs, commonZone(page.runs.map((run) => zoneOf(run.dag))), context));
    if (page.next !== null) context.note(context.errorStyle.dim(`There may be more: --before ${plainText(page.next)}`));
  });
}
