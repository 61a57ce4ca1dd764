import type { DagStatus } from "../../server/dag-control.ts";
import type { Client } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { momentText } from "../output/moment-text.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

export function pauseDag(context: CliContext, [dag]: [string], { note }: { note?: string }): Promise<void> {
  return change(context, (client) => client.pauseDag(dag, note), ({ name, activeRuns }) => `${plainText(name)} is paused${activeRuns > 0 ? `; attempts that run go on to their end, and nothing else begins` : ""}. It stays so until: millrace dags resume ${plainText(name)}`);
}

export function resumeDag(context: CliContext, [dag]: [string]): Promise<void> {
  return change(context, (client) => client.resumeDag(dag), ({ name, nextRunAt, timezone }) => `${plainText(name)} goes on${nextRunAt === null ? "" : `; its next run is due at ${momentText(nextRunAt, timezone)} (${timezone})`}.`);
}

async function change(context: CliContext, act: (client: Client) => Promise<DagStatus>, told: (dag: DagStatus) => string): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const dag = await act(client);
    if (context.options.json) return printJson(context, dag);
    await context.print(`${told(dag)}\n`);
  });
}
