import type { DagStatus } from "../dags/use-all-dags.ts";

type Standing = Pick<DagStatus, "name" | "problem" | "paused" | "lastRun">;

/** How far a DAG is from needing a look: what cannot run, what failed, what goes on, what is over, what was stopped, what never ran. */
function rank({ problem, paused, lastRun }: Standing): number {
  if (problem) return 0;
  if (paused) return 4;
  switch (lastRun?.state) {
    case "failed":
      return 1;
    case "running":
    case "queued":
      return 2;
    case undefined:
      return 5;
    default:
      return 3;
  }
}

/** DAGs that need a look first; among equals those that ran last. */
export const byDagNeed = (a: Standing, b: Standing): number => rank(a) - rank(b) || (b.lastRun?.createdAt ?? "").localeCompare(a.lastRun?.createdAt ?? "") || (a.name < b.name ? -1 : 1);
