import { type CliContext, printJson } from "../context.ts";
import { momentText } from "../output/moment-text.ts";
import { countText } from "../output/number-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function listReleases(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const releases = await client.releases();
    if (context.options.json) return printJson(context, { releases });
    const right = (title: string) => ({ title, align: "right" as const });
    const columns = [{ title: "release", whole: true as const }, { title: "new runs" }, { title: "kept since (UTC)" }, { title: "taken up (UTC)" }, right("DAGs"), right("runs"), { title: "note" }];
    const rows = releases.map(({ release, current, at, takenAt, dags, runs, note }) => [release, current ? "get it" : "", momentText(at, "UTC"), momentText(takenAt, "UTC"), countText(dags), countText(runs), note ?? ""]);
    await context.print(tableText(columns, rows, context));
  });
}
