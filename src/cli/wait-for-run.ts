import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { RunDetail } from "../server/dag-control.ts";
import type { RunState } from "../state/run-store.ts";
import type { Client } from "./client.ts";

const ended: ReadonlySet<RunState> = new Set(["success", "failed", "cancelled"]);
/** Short runs are told at once, long ones do not cost a question each moment. */
const everyMsFirst = 100;
const everyMsMax = 2_000;
/** The service may be away while a part of it starts anew. */
const patienceMs = 30_000;

/**
 * Looks at a run until it has ended.
 * @throws the error of a service that stays away; whatever aborted `signal`
 */
export async function waitForRun(client: Client, id: string, signal: AbortSignal): Promise<RunDetail> {
  let answeredAt = performance.now();
  for (let everyMs = everyMsFirst; ; everyMs = Math.min(everyMsMax, everyMs * 1.5)) {
    const run = await client.run(id).catch((error: unknown) => {
      if (!(error instanceof MillraceError) || error.code !== "MR-CLI-002" || performance.now() - answeredAt > patienceMs) throw error;
      return undefined;
    });
    if (run && ended.has(run.state)) return run;
    if (run) answeredAt = performance.now();
    await wait(everyMs, undefined, { signal });
  }
}
