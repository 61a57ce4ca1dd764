import type { StageStatus } from "../../server/control-plane.ts";
import type { Client } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

export function pauseStage(context: CliContext, [stage]: [string], { reason }: { reason?: string }): Promise<void> {
  return change(context, (client) => client.pause(stage, reason), ({ name }) => `${plainText(name)} is paused; it stays so until: millrace stages resume ${plainText(name)}`);
}

export function resumeStage(context: CliContext, [stage]: [string]): Promise<void> {
  return change(context, (client) => client.resume(stage), ({ name, state }) => `${plainText(name)} goes on (${state}).`);
}

export async function scaleStage(context: CliContext, [stage]: [string], { min, max }: { min?: number; max?: number }): Promise<void> {
  if (min === undefined && max === undefined) throw usageError("neither --min nor --max is given", "millrace stages scale", "give one of them, or both");
  if (min !== undefined && max !== undefined && min > max) throw usageError(`the fewest processes, ${min}, are more than the most, ${max}`, "millrace stages scale", "let --min be at most --max");
  await change(context, (client) => client.scale(stage, { min, max }), ({ name, scale }) => `${plainText(name)} may have ${scale.min === scale.max ? scale.min : `${scale.min} to ${scale.max}`} ${scale.max === 1 ? "process" : "processes"}.`);
}

async function change(context: CliContext, act: (client: Client) => Promise<StageStatus>, told: (stage: StageStatus) => string): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const stage = await act(client);
    if (context.options.json) return printJson(context, stage);
    await context.print(`${told(stage)}\n`);
  });
}
