import type { ProjectStatus } from "../server/control-plane.ts";

export type Settled = "working" | "idle" | "stuck";

/** Long enough for a stage that starts anew, or for one that waits between attempts, to show that it moves. */
const quietMsMin = 5_000;

/**
 * Tells when a bounded run is over. A stage that has paused itself keeps the project from ever becoming idle; then the run
 * is over when nothing else moves any more.
 */
export class Settling {
  #moved = "";
  #movedAt = 0;

  /** @param nowMs - of a clock that only goes forward */
  look(status: ProjectStatus, nowMs: number): Settled {
    if (status.idle) return "idle";
    const counts = JSON.stringify([status.stages.map(({ state, recordsIn, recordsOut, lagRecords, deadLetters }) => [state, recordsIn, recordsOut, lagRecords, deadLetters]), status.sources.map(({ progress }) => progress?.done), status.tables.map(({ rows }) => rows)]);
    if (counts !== this.#moved) {
      this.#moved = counts;
      this.#movedAt = nowMs;
    }
    return brokenStages(status).length > 0 && nowMs - this.#movedAt >= quietMsMin ? "stuck" : "working";
  }
}

/** Names of stages that stand still and will not go on by themselves. */
export function brokenStages({ stages }: Pick<ProjectStatus, "stages">): string[] {
  return stages.filter(({ state }) => state === "paused" || state === "failed").map(({ name }) => name);
}
