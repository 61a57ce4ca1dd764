import type { DagDecl, TaskDecl } from "../model/dag-manifest.ts";

/** A task's declaration with every default. */
export function taskDecl(name: string, more: Partial<TaskDecl> = {}): TaskDecl {
  return {
    ...{ name, kind: "task", after: [], inputs: {}, trigger: "all_success", retries: 0, retryDelayMs: 1_000, backoff: "fixed", retryDelayMaxMs: 86_400_000 },
    ...{ graceMs: 5_000, pool: "default", slots: 1, priority: 0, dependsOnPast: false, waitForDownstream: false, code: true, updates: [] },
    ...more,
  };
}

/** A DAG's declaration with every default; by hand, without a schedule. */
export function dagDecl(name: string, tasks: TaskDecl[], more: Partial<DagDecl> = {}): DagDecl {
  return {
    ...{ name, tags: [], schedule: { kind: "manual" }, timezone: "UTC", catchup: { policy: "latest" }, overlap: "queue", jitterMs: 0, maxActiveRuns: 16 },
    ...{ runState: "leaves", deadlines: [], alerts: [], tasks, maps: [] },
    ...more,
  };
}
