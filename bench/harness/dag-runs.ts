import type { DagControl, RunView } from "../../src/server/dag-control.ts";
import { waitUntil } from "./wait-until.ts";

/** Triggers a run and waits until the store has its end. @throws when it does not succeed */
export async function runThrough(dags: DagControl, dag: string, params?: { [key: string]: number }): Promise<{ run: RunView; seconds: number }> {
  const startMs = performance.now();
  const { id } = await dags.triggerDag(dag, { params });
  const run = await waitUntil(`run ${id} to end`, async () => {
    const [newest] = await dags.runs({ dag, limit: 1 });
    return newest.endedAt === null ? undefined : newest;
  }, 1);
  if (run.state !== "success") throw new Error(`run ${run.id} ended as ${run.state}`);
  return { run, seconds: (performance.now() - startMs) / 1000 };
}

/** Waits until no run goes on. @throws when one of them has not succeeded */
export async function allEnded(dags: DagControl, everyMs = 5): Promise<void> {
  await waitUntil("all runs to end", async () => ((await dags.runs({ states: ["queued", "running"], limit: 1 })).length === 0 ? true : undefined), everyMs);
  const [bad] = await dags.runs({ states: ["failed", "cancelled"], limit: 1 });
  if (bad) throw new Error(`run ${bad.id} ended as ${bad.state}`);
}
