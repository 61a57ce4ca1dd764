import type { WatchView } from "../../server/quality-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { momentText } from "../output/moment-text.ts";
import { tableText } from "../output/table-text.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

const shownMax = 50;

export async function anomalies(context: CliContext, [dataset]: [string | undefined]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const all = await client.watched();
    const datasets = dataset === undefined ? all : all.filter((each) => each.dataset === dataset);
    if (dataset !== undefined && datasets.length === 0) throw usageError(`nothing is known of "${dataset}" yet`, "millrace anomalies", all.length === 0 ? "tables are looked at once a minute while Millrace is up" : `name one of ${all.slice(0, 5).map((each) => each.dataset).join(", ")}`);
    if (context.options.json) return printJson(context, { datasets });
    const learning = datasets.filter(({ pace }) => pace === null).length;
    if (datasets.every((each) => each.anomalies.length === 0)) context.note(`Nothing was unusual in ${datasets.length} table${datasets.length === 1 ? "" : "s"}${learning > 0 ? `; of ${learning} too few versions were seen to tell` : ""}.`);
    else await context.print(anomaliesText(datasets, context));
  });
}

function anomaliesText(datasets: readonly WatchView[], context: CliContext): string {
  const found = datasets.flatMap(({ dataset, anomalies }) => anomalies.map(({ at, text }) => ({ dataset, at, text }))).sort((a, b) => (a.at < b.at ? 1 : -1));
  return tableText([{ title: "when (UTC)" }, { title: "dataset" }, { title: "what" }], found.slice(0, shownMax).map(({ at, dataset, text }) => [momentText(at, "UTC"), dataset, text]), context);
}
