import type { DagStatus } from "../../server/dag-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { commonZone, momentText } from "../output/moment-text.ts";
import { countText } from "../output/number-text.ts";
import { paintState } from "../output/paint-state.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

export async function listDags(context: CliContext, _args: [], { tag }: { tag?: string }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const [all, { problems }] = await Promise.all([client.dags(), client.manifest()]);
    const dags = all.filter(({ tags }) => tag === undefined || tags.includes(tag));
    if (context.options.json) return printJson(context, { dags });
    if (problems.length > 0) context.note(context.errorStyle.warn(`Problems in the project: ${problems.length}. What has one is left out; millrace status says which.`));
    if (dags.length === 0) return context.note(tag === undefined ? "There are no DAGs." : "No DAG has this tag.");
    await context.print(dagsText(dags, context));
  });
}

function dagsText(dags: readonly DagStatus[], context: CliContext): string {
  const zone = commonZone(dags.map(({ timezone }) => timezone));
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [{ title: "dag" }, { title: "state", paint: paintState }, { title: "schedule" }, right("tasks"), right("running"), right("queued"), { title: "last run", paint: paintState }, { title: `next run (${zone})` }];
  const rows = dags.map((dag) => [dag.name, dag.paused ? "paused" : "on", dag.schedule, String(dag.tasks), countText(dag.activeRuns), countText(dag.queuedRuns), dag.lastRun?.state ?? "", dag.paused ? "" : momentText(dag.nextRunAt, zone)]);
  return tableText(columns, rows, context);
}
