import type { AlertView } from "../../server/dag-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { dagZones } from "../dag-zones.ts";
import { commonZone, momentText } from "../output/moment-text.ts";
import { countText } from "../output/number-text.ts";
import { stateColumn } from "../output/paint-state.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

interface AlertsListOptions {
  dag?: string;
  state?: string;
  before?: string;
  limit: number;
}

/** The newest alerts, or those before one of them. */
export async function listAlerts(context: CliContext, _args: [], { dag, state, before, limit }: AlertsListOptions): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const page = await client.alerts({ dag, state, before, limit });
    if (context.options.json) return printJson(context, page);
    if (page.alerts.length === 0) return context.note("There are no such alerts.");
    const zoneOf = await dagZones(client);
    const zone = commonZone(page.alerts.map((alert) => zoneOf(alert.dag)));
    const columns = [{ title: `at (${zone})` }, { title: "dag" }, { title: "kind" }, stateColumn, { title: "to" }, { title: "tells of", align: "right" as const }, { title: "text" }];
    const rows = page.alerts.map((alert) => [momentText(alert.at, zone), alert.dag, alert.kind, alert.state, alert.to, countText(alert.count), saidOf(alert)]);
    await context.print(tableText(columns, rows, context));
    if (page.next !== null) context.note(context.errorStyle.dim(`There may be more: --before ${plainText(page.next)}`));
  });
}

/** Of one that has not arrived, why. */
function saidOf({ state, error, tries, text }: AlertView): string {
  const [first] = text.split("\n");
  return error && state !== "sent" ? `${countText(tries)} ${tries === 1 ? "try" : "tries"}, ${error.what}: ${first}` : first;
}
