import type { BackfillView } from "../../server/dag-control.ts";
import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

interface NoteOptions {
  note?: string;
}

export function pauseBackfill(context: CliContext, [id]: [string], options: NoteOptions): Promise<void> {
  return change(context, id, "pause", options, (view) => `Backfill ${plainText(view.id)} is paused; it stays so until: millrace backfill resume ${plainText(view.id)}`);
}

export function resumeBackfill(context: CliContext, [id]: [string], options: NoteOptions): Promise<void> {
  return change(context, id, "resume", options, (view) => `Backfill ${plainText(view.id)} goes on.`);
}

export function cancelBackfill(context: CliContext, [id]: [string], options: NoteOptions): Promise<void> {
  return change(context, id, "cancel", options, (view) => `Backfill ${plainText(view.id)} is ${view.state}.`);
}

async function change(context: CliContext, id: string, verb: "pause" | "resume" | "cancel", { note }: NoteOptions, told: (backfill: BackfillView) => string): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const backfill = await client.changeBackfill(id, verb, note);
    if (context.options.json) return printJson(context, backfill);
    await context.print(`${told(backfill)}\n`);
  });
}
