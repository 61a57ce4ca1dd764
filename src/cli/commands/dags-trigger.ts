import type { DagDetail, RunView, TriggerRequest } from "../../server/dag-control.ts";
import type { Client } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { intervalText } from "../output/moment-text.ts";
import { plainText } from "../output/plain-text.ts";
import { type ParamOptions, readParams } from "../read-params.ts";
import { usageError } from "../report-error.ts";
import { tellRun } from "../tell-run.ts";
import { waitForRun } from "../wait-for-run.ts";
import { withClient } from "../with-client.ts";

interface TriggerOptions extends ParamOptions {
  intervalStart?: string;
  intervalEnd?: string;
  note?: string;
  wait?: boolean;
}

const where = "millrace dags trigger";

/** Makes a run now. With `wait`, the exit code is that of the run. */
export function triggerDag(context: CliContext, [name]: [string], options: TriggerOptions): Promise<ExitCode> {
  return withClient(context, "running", async ({ client }) => {
    const dag = await client.dag(name);
    const run = await client.triggerDag(name, await requestOf(dag, options));
    if (dag.paused) context.note(`${plainText(name)} is paused: the run waits until millrace dags resume ${plainText(name)}`);
    if (options.wait) return follow(context, client, run, dag);
    if (context.options.json) await printJson(context, run);
    else await context.print(`${plainText(run.id)} is ${run.state}, for ${intervalText(run.interval, dag.timezone)} (${dag.timezone}). Look at it with: millrace runs show ${plainText(run.id)}\n`);
    return exitCodes.ok;
  });
}

async function requestOf({ decl }: DagDetail, options: TriggerOptions): Promise<TriggerRequest> {
  const { intervalStart: start, intervalEnd: end, note } = options;
  if ((start === undefined) !== (end === undefined)) throw usageError("an interval has two ends, and one is given", where, "give both --interval-start and --interval-end");
  const params = await readParams(options, decl.params, where);
  return { ...(params ? { params } : {}), ...(start !== undefined && end !== undefined ? { interval: { start, end } } : {}), ...(note === undefined ? {} : { note }) };
}

async function follow(context: CliContext, client: Client, { id }: RunView, { timezone }: DagDetail): Promise<ExitCode> {
  context.note(`${plainText(id)} goes on; Ctrl-C leaves it alone.`);
  return tellRun(context, await waitForRun(client, id, context.signal), timezone);
}
