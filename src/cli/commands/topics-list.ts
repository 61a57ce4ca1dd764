import { type CliContext, printJson } from "../context.ts";
import { bytesText, countText } from "../output/number-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function listTopics(context: CliContext, _args: [], { all = false }: { all?: boolean }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const [topics, manifest] = await Promise.all([client.topics(), client.manifest()]);
    const shown = topics.filter(({ name }) => all || manifest.topics[name]?.internal === undefined);
    if (context.options.json) return printJson(context, { topics: shown });
    if (shown.length === 0) return context.note("There are no topics.");
    const columns = [{ title: "topic" }, { title: "partitions", align: "right" as const }, { title: "records", align: "right" as const }, { title: "bytes", align: "right" as const }];
    await context.print(tableText(columns, shown.map(({ name, partitions, records, bytes }) => [name, String(partitions), countText(records), bytesText(bytes)]), context));
  });
}
