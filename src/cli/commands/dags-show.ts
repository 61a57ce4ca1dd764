import { durationText } from "../../model/duration.ts";
import type { JsonSchema } from "../../model/manifest.ts";
import type { DagDetail } from "../../server/dag-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { labelledText } from "../output/labelled-text.ts";
import { intervalText, momentText } from "../output/moment-text.ts";
import { countText } from "../output/number-text.ts";
import { paintState } from "../output/paint-state.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function showDag(context: CliContext, [name]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const dag = await client.dag(name);
    if (context.options.json) return printJson(context, dag);
    await context.print([headText(dag, context), tasksText(dag, context)].join("\n"));
  });
}

function headText(dag: DagDetail, { style }: CliContext): string {
  const { decl, timezone, lastRun, nextRunAt } = dag;
  const utc = nextRunAt === null || timezone === "UTC" ? "" : ` (${momentText(nextRunAt, "UTC")} UTC)`;
  const state = dag.paused ? "paused" : "on";
  const values: [string, string | undefined][] = [
    ["about", dag.description],
    ["owner", dag.owner],
    ["tags", dag.tags.join(", ")],
    ["schedule", dag.schedule],
    ["timetable", dag.problem === null ? undefined : `fails, and makes no runs meanwhile: ${dag.problem.what}`],
    ["zone", timezone],
    ["catch-up", decl.catchup.policy === "window" ? `of the last ${durationText(decl.catchup.ms)}` : decl.catchup.policy],
    ["next run", dag.paused ? "none while it is paused" : nextRunAt === null ? "none by its schedule" : `${momentText(nextRunAt, timezone)}${utc}`],
    ["last run", lastRun === null ? "none yet" : `${lastRun.id}, ${lastRun.state}, for ${intervalText(lastRun.interval, timezone)}`],
    ["runs", `${countText(dag.activeRuns)} of at most ${countText(decl.maxActiveRuns)} go on, ${countText(dag.queuedRuns)} wait`],
    ["parameters", paramsText(decl.params)],
    ["declared", decl.declaredAt ?? decl.module],
  ];
  const note = dag.note === null ? "" : ` (${plainText(dag.note)})`;
  return labelledText(`${style.bold(plainText(dag.name))}  ${paintState(state, style)(state)}${note}`, values, style);
}

/** `airline (string, default "AA"), days (integer)` */
function paramsText(schema: JsonSchema | undefined): string | undefined {
  const properties = Object.entries((schema?.properties ?? {}) as Record<string, JsonSchema>);
  return properties.map(([name, { type, default: value }]) => `${name} (${[type ?? "any", ...(value === undefined ? [] : [`default ${JSON.stringify(value)}`])].join(", ")})`).join(", ");
}

function tasksText({ decl }: DagDetail, context: CliContext): string {
  const columns = [{ title: "task" }, { title: "kind" }, { title: "after" }, { title: "trigger" }, { title: "retries", align: "right" as const }, { title: "pool" }, { title: "map" }];
  return tableText(columns, decl.tasks.map(({ name, kind, after, trigger, retries, pool, map }) => [name, kind, after.join(", "), trigger, String(retries), pool, map ?? ""]), context);
}
