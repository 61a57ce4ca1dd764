import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { ProjectStatus } from "../server/control-plane.ts";
import type { Client } from "./client.ts";
import type { Progress } from "./progress.ts";

export interface WatchRunOptions {
  client: Client;
  progress: Progress;
  /** Ends the watch. */
  signal: AbortSignal;
  /** Resolves when Millrace can go on no longer. */
  failed: Promise<Error>;
  /** Looks at each status; true ends the watch. */
  look: (status: ProjectStatus) => Promise<boolean> | boolean;
  /** What the view says below the figures. */
  message: () => string;
}

/** The service may be away while a part of it starts anew. */
const patienceMs = 30_000;

/**
 * Looks at a run again and again until `look` has seen enough.
 * @returns the last status; undefined when the watch was interrupted before the first
 * @throws whatever ended Millrace, or the error of a service that stays away
 */
export async function watchRun({ client, progress, signal, failed, look, message }: WatchRunOptions): Promise<ProjectStatus | undefined> {
  let failure: Error | undefined;
  void failed.then((error) => (failure = error));
  let status: ProjectStatus | undefined;
  let answeredAt = performance.now();
  while (!signal.aborted) {
    if (failure) throw failure;
    const found = await client.status().catch((error: unknown) => {
      if (!(error instanceof MillraceError) || performance.now() - answeredAt > patienceMs) throw error;
      return undefined;
    });
    if (found) {
      status = found;
      answeredAt = performance.now();
      progress.show(status, message());
      if (await look(status)) break;
    }
    await wait(progress.everyMs, undefined, { signal }).catch(() => undefined);
  }
  return status;
}
