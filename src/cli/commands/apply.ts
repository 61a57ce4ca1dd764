import { MillraceError } from "../../errors.ts";
import type { ProjectStatus } from "../../server/control-plane.ts";
import type { ReleasePlan } from "../../server/dag-control.ts";
import { awaitAnew } from "../await-anew.ts";
import { confirm } from "../confirm.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { readInstance } from "../instance.ts";
import { releasePlanText } from "../output/release-plan-text.ts";
import { withClient } from "../with-client.ts";

interface ChangeOptions {
  release?: string;
  note?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/** What applying the folder would change; failed where it cannot be applied as it should. It may be asked while no Millrace runs, too. */
export function plan(context: CliContext): Promise<ExitCode> {
  return withClient(context, "stored", async ({ client }) => {
    const plan = await client.apply({ dryRun: true });
    await show(context, plan);
    return plan.refusal || plan.problems.length > 0 ? exitCodes.failed : exitCodes.ok;
  });
}

/** Applies the folder, once a person has seen the plan, or has said yes beforehand. */
export function apply(context: CliContext, _args: [], { release, note, yes = false }: ChangeOptions): Promise<ExitCode> {
  return withClient(context, "running", async ({ client, dataFolder }) => {
    const before = readInstance(dataFolder)?.startedAt;
    const take = async (wanted: string | undefined): Promise<ReleasePlan> => {
      const plan = await client.apply({ release: wanted, note });
      if (plan.startsAnew && plan.done) requireRelease(await awaitAnew(dataFolder, before, context.signal), plan);
      return plan;
    };
    if (yes) return done(context, await take(release));
    const plan = await client.apply({ release, dryRun: true });
    await show(context, plan);
    if (plan.refusal) return exitCodes.failed;
    if (plan.from === plan.to && !plan.startsAnew) return exitCodes.ok;
    if (!(await confirm(context, plan.startsAnew ? `Start Millrace anew with release ${plan.to}?` : `Give new runs release ${plan.to}?`))) return exitCodes.usage;
    return done(context, await take(plan.to), true);
  });
}

/** It starts from the folder, which may have been changed while it drained. */
function requireRelease({ release }: ProjectStatus, { to }: ReleasePlan): void {
  if (release !== to) throw new MillraceError("MR-SCHED-010", { what: `Millrace has started anew with release ${release}, and not with ${to}`, where: "the project's folder, which was changed meanwhile", mend: "look at what runs with `millrace status`, and apply the folder once more" });
}

export function rollBack(context: CliContext, [release]: [string | undefined], { note, dryRun = false, yes = false }: ChangeOptions): Promise<ExitCode> {
  return withClient(context, "running", async ({ client }) => {
    if (yes && !dryRun) return done(context, await client.rollBack({ release, note }));
    const plan = await client.rollBack({ release, dryRun: true });
    await show(context, plan);
    if (dryRun || plan.from === plan.to) return exitCodes.ok;
    if (!(await confirm(context, `Go back to release ${plan.to}?`))) return exitCodes.usage;
    return done(context, await client.rollBack({ release: plan.to, note }), true);
  });
}

async function show(context: CliContext, plan: ReleasePlan): Promise<void> {
  if (context.options.json) return printJson(context, plan);
  await context.print(releasePlanText(plan, context));
}

/** @param seen - the plan was shown before */
async function done(context: CliContext, plan: ReleasePlan, seen = false): Promise<ExitCode> {
  if (context.options.json || !seen) await show(context, plan);
  if (!context.options.json && plan.done) await context.print(plan.startsAnew ? `Millrace has started anew with release ${plan.to}.\n` : `New runs get release ${plan.to}.\n`);
  return exitCodes.ok;
}
