import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { ProjectStatus } from "../server/control-plane.ts";
import type { Client } from "./client.ts";

const everyMs = 200;
/** Stages finish their epochs and tasks what they can; then all of it starts. */
const patienceMs = 120_000;

/**
 * Comes when Millrace has started anew.
 * @param before - its status before it was asked to
 * @throws MillraceError `MR-CLI-002` when it stays away
 */
export async function awaitAnew(client: Pick<Client, "status">, before: Pick<ProjectStatus, "startedAt">, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const now = await client.status().catch(() => undefined);
    if (now && now.startedAt !== before.startedAt) return;
    await wait(everyMs, undefined, { signal });
  }
  throw new MillraceError("MR-CLI-002", { what: `Millrace has not started anew within ${patienceMs / 1_000} s`, where: "the release that was applied", mend: "see what it says in its terminal, or in millrace.log in the data folder; start it again there: millrace up" });
}
