import { type CliContext, printJson } from "../context.ts";
import { countText } from "../output/number-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function listDeadLetters(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const stages = await client.deadLetters();
    if (context.options.json) return printJson(context, { stages });
    if (stages.length === 0) return context.note("No stage of this project can have dead letters.");
    await context.print(tableText([{ title: "stage" }, { title: "dead letters", align: "right" }, { title: "topic" }], stages.map(({ stage, records, topic }) => [stage, countText(records), topic]), context));
  });
}
