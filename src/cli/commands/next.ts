import { type CliContext, printJson } from "../context.ts";
import { intervalText, momentText } from "../output/moment-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

/** The coming runs of a DAG's schedule, on its clocks and in UTC. */
export async function nextRuns(context: CliContext, [name]: [string], { count }: { count: number }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const [{ timezone, schedule, paused }, runs] = await Promise.all([client.dag(name), client.nextRuns(name, count)]);
    if (context.options.json) return printJson(context, { dag: name, timezone, paused, runs });
    if (runs.length === 0) return context.note(`No more run of ${plainText(name)} comes by itself; its schedule: ${plainText(schedule)}.`);
    const columns = [{ title: `run at (${timezone})` }, ...(timezone === "UTC" ? [] : [{ title: "run at (UTC)" }]), { title: `interval (${timezone})` }];
    await context.print(tableText(columns, runs.map(({ runAt, interval }) => [momentText(runAt, timezone), ...(timezone === "UTC" ? [] : [momentText(runAt, "UTC")]), intervalText(interval, timezone)]), context));
    if (paused) context.note(context.errorStyle.warn(`${plainText(name)} is paused: none of them is made until it is resumed.`));
  });
}
