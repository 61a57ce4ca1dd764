import type { BackfillCreate, BackfillPlan, DagDetail } from "../../server/dag-control.ts";
import type { Client } from "../client.ts";
import { confirm } from "../confirm.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { decisionsText, intervalsText } from "../output/backfill-text.ts";
import { plainText } from "../output/plain-text.ts";
import { type ParamOptions, readParams } from "../read-params.ts";
import { withClient } from "../with-client.ts";

interface CreateOptions extends ParamOptions {
  from: string;
  to: string;
  order?: "oldest" | "newest";
  reprocess?: "none" | "failed" | "completed";
  maxActiveRuns?: number;
  note?: string;
  all?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

/** Makes a backfill, once a person has seen its intervals, or has said yes beforehand. */
export function createBackfill(context: CliContext, [name]: [string], { dryRun = false, yes = false, all, param, params: object, paramsFile, ...options }: CreateOptions): Promise<ExitCode> {
  return withClient(context, "running", async ({ client }) => {
    const dag = await client.dag(name);
    const params = await readParams({ param, params: object, paramsFile }, dag.decl.params, "millrace backfill create");
    const request: BackfillCreate = { dag: name, ...options, ...(params ? { params } : {}) };
    if (yes && !dryRun) return create(context, client, request);
    const plan = await client.createBackfill({ ...request, dryRun: true });
    await showPlan(context, plan, dag, all);
    if (dryRun) return exitCodes.ok;
    return (await confirm(context, `Make this backfill of ${plainText(name)}?`)) ? create(context, client, request) : exitCodes.usage;
  });
}

async function showPlan(context: CliContext, plan: BackfillPlan, { timezone }: DagDetail, all?: boolean): Promise<void> {
  if (context.options.json) return printJson(context, plan);
  await context.print(`${intervalsText(plan.intervals, { ...context, timezone, all })}${decisionsText(plan.intervals)}\n`);
}

async function create(context: CliContext, client: Client, request: BackfillCreate): Promise<ExitCode> {
  const plan = await client.createBackfill(request);
  const id = plainText(plan.backfill?.id ?? "");
  if (context.options.json) await printJson(context, plan);
  else await context.print(`Backfill ${id} of ${plainText(request.dag)} goes on; ${decisionsText(plan.intervals)}. Look at it with: millrace backfill show ${id}\n`);
  return exitCodes.ok;
}
