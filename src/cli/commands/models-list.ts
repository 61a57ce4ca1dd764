import type { ModelView } from "../../server/model-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { momentText } from "../output/moment-text.ts";
import { paintState } from "../output/paint-state.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function listModels(context: CliContext, [select]: [string[]], { exclude }: { exclude?: string[] }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const models = await client.models({ select, exclude });
    if (context.options.json) return printJson(context, { models });
    if (models.length === 0) return context.note("There are no models: a table with `sql` is one.");
    await context.print(modelsText(models, context));
  });
}

function modelsText(models: readonly ModelView[], context: CliContext): string {
  const columns = [{ title: "model" }, { title: "kind" }, { title: "state", paint: paintState }, { title: "built (UTC)" }, { title: "dag" }, { title: "checks", align: "right" as const }, { title: "reads" }];
  const rows = models.map((model) => [model.name, model.kind, model.state ?? "", model.builtAt ? momentText(model.builtAt, "UTC") : "", model.dag ?? "", String(model.checks.length), model.reads.join(", ")]);
  return tableText(columns, rows, context);
}
