import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { ProjectStatus } from "../server/control-plane.ts";
import { Client } from "./client.ts";
import { findInstance } from "./instance.ts";

const everyMs = 200;
/** Stages finish their epochs and tasks what they can; then all of it starts. */
const patienceMs = 120_000;

/**
 * Comes when another Millrace runs on the data folder than before, with its status. What is asked goes to the address that the
 * data folder names for it: at the one from before somebody else may listen meanwhile, who must not get the token.
 * @param before - when the one from before was started, by the data folder
 * @throws MillraceError `MR-CLI-002` when it stays away
 */
export async function awaitAnew(dataFolder: string, before: string | undefined, signal: AbortSignal): Promise<ProjectStatus> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const instance = await findInstance(dataFolder);
    const status = instance && instance.startedAt !== before ? await new Client(instance, signal).status().catch(() => undefined) : undefined;
    if (status) return status;
    await wait(everyMs, undefined, { signal });
  }
  throw new MillraceError("MR-CLI-002", { what: `Millrace has not started anew within ${patienceMs / 1_000} s`, where: "the release that was applied", mend: "see what it says in its terminal, or in millrace.log in the data folder; start it again there: millrace up" });
}
