import type { ModelDetail } from "../../server/model-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { momentText } from "../output/moment-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function showModel(context: CliContext, [name]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const model = await client.model(name);
    if (context.options.json) return printJson(context, model);
    await context.print(modelText(model, context));
  });
}

function modelText(model: ModelDetail, context: CliContext): string {
  const { style } = context;
  const built = model.builtAt ? `${model.state}, ${momentText(model.builtAt, "UTC")} UTC` : (model.state ?? "not built: its statement is run by who reads it");
  const about = [`${style.bold(plainText(model.name))}  ${model.kind}${model.dag ? `, built by DAG ${plainText(model.dag)}` : ""}`, ...(model.description ? [plainText(model.description)] : []), built];
  const columns = [{ title: "column" }, { title: "type" }, { title: "comes from" }, { title: "note" }];
  const rows = model.columns.map(({ name, type, note }, i) => [name, type, sourcesOf(model, i), note ?? ""]);
  const unknown = model.lineage.known ? [] : [style.dim(plainText(`Where the columns come from is not known: ${model.lineage.reason}`))];
  return [...about, "", tableText(columns, rows, context), ...unknown, plainText(model.sql), ""].join("\n");
}

function sourcesOf({ lineage }: ModelDetail, place: number): string {
  if (!lineage.known) return "";
  return lineage.outputs[place]?.inputs.map(({ dataset, column, kind }) => `${dataset}.${column}${kind === "identity" ? "" : ` (${kind})`}`).join(", ") ?? "";
}
