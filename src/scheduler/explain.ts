import { MillraceError } from "../errors.ts";
import { counterpart, roundBegins, tallyOf } from "./cells.ts";
import { blockedByPast } from "./past.ts";
import { type Bound, boundsOf } from "./slots.ts";
import { opensAt } from "./throttles.ts";
import { type Instance, isOver, type Run, type World } from "./world.ts";

/** Why something waits: one true reason, for programs by its kind and for people in words. */
export interface WaitReason {
  kind: "run" | "upstream" | "pool" | "dag-limit" | "task-limit" | "key-limit" | "throttle" | "paused" | "past" | "retry" | "time" | "approval" | "dataset" | "child-run" | "worker";
  text: string;
}

/**
 * Why a task does not run; empty when it runs or has ended.
 *
 * @param index - in its map; while the map's list is not known, any stands for all
 * @throws MillraceError `MR-SCHED-002` for a task that the run does not have
 */
export function explain(world: World, run: Run, task: string, index: number): WaitReason[] {
  const node = run.graph.byName.get(task);
  const cell = node && run.cells[node.place];
  const instance = cell?.find(({ row }) => row.index === index) ?? cell?.find(({ row }) => row.index === -1);
  if (instance) return whyItWaits(world, run, instance);
  // A run that has not started has no instances yet.
  if (node && run.cells.length === 0) return [whyRunWaits(run)];
  throw new MillraceError("MR-SCHED-002", { what: `run ${run.row.id} has no task "${task}"${index < 0 ? "" : ` with index ${index}`}`, where: `DAG "${run.row.dag}"`, mend: `use one of ${run.graph.tasks.map(({ decl }) => `"${decl.name}"`).join(", ")}` });
}

function whyItWaits(world: World, run: Run, instance: Instance): WaitReason[] {
  const { state } = instance.row;
  if (state === "running" || isOver(state)) return [];
  if (run.row.state === "queued") return [whyRunWaits(run)];
  if (state === "queued") return [{ kind: "worker", text: "it has its slots and waits for a worker to be free" }];
  if (state === "up_for_retry") return [{ kind: "retry", text: `attempt ${instance.row.attempts} has failed; the next begins at ${iso(instance.row.wakeAt)}` }];
  if (state === "deferred") return [whyDeferred(instance)];
  return state === "scheduled" ? whyNoSlots(world, instance) : whyNotReady(world, instance);
}

const iso = (at: number | null): string => (at === null ? "no set time" : new Date(at).toISOString());

function whyRunWaits({ dag }: Run): WaitReason {
  if (dag.row.paused) return { kind: "paused", text: `DAG "${dag.row.dag}" is paused${dag.row.note === null ? "" : `: ${dag.row.note}`}` };
  return { kind: "run", text: `its run waits: ${dag.active.size} of at most ${dag.graph.decl.maxActiveRuns} runs of DAG "${dag.row.dag}" go on (${names([...dag.active].map(({ row }) => row.id))})` };
}

function whyDeferred({ row, node }: Instance): WaitReason {
  const { kind, settings } = node.decl;
  const { dataset } = (settings ?? {}) as { dataset?: string };
  if (kind === "approval") return { kind: "approval", text: "it waits for a person's answer" };
  if (kind === "dag") return { kind: "child-run", text: `it waits for ${row.note ?? "a run of another DAG"}` };
  if (kind === "wait" && dataset !== undefined) return { kind: "dataset", text: `dataset "${dataset}" is not whole for the run's interval` };
  return { kind: "time", text: `it goes on at ${iso(row.wakeAt)}` };
}

function whyNoSlots(world: World, instance: Instance): WaitReason[] {
  const { run, node } = instance;
  if (run.dag.row.paused) return [{ kind: "paused", text: `DAG "${run.row.dag}" is paused${run.dag.row.note === null ? "" : `: ${run.dag.row.note}`}` }];
  const full = boundsOf(instance).filter(({ key, max }) => (world.limits.get(key)?.live.size ?? 0) >= max);
  if (full.length > 0) return full.map((bound) => whyFull(world, bound));
  const at = opensAt(world, instance);
  if (at > world.now) return [{ kind: "throttle", text: `as many have started as its throttle lets; it may go at ${iso(at)}, or later when others wait before it` }];
  const pool = world.pool(node.decl.pool);
  return [{ kind: "pool", text: `pool "${pool.row.name}" has ${pool.used} of ${pool.row.slots} slots taken and ${pool.queue.size} tasks waiting; it needs ${node.decl.slots} (${names([...pool.live].map(({ row }) => `${row.run} ${row.task}`))})` }];
}

function whyFull(world: World, { key, max }: Bound): WaitReason {
  const [kind] = key.split(" ", 1) as ["dag" | "task" | "key"];
  const whose = { dag: "its DAG may have", task: "the task may have", key: `may have the key "${key.slice(4)}"` }[kind];
  return { kind: `${kind}-limit`, text: `${max} attempts go on, as many as ${whose} (${names([...(world.limits.get(key)?.live ?? [])].map(({ row }) => `${row.run} ${row.task}`))})` };
}

function whyNotReady(world: World, instance: Instance): WaitReason[] {
  const { node, run } = instance;
  if (node.map?.until && instance.row.index > 0) {
    const at = roundBegins(instance, node.map.until);
    if (at === undefined) return [{ kind: "upstream", text: `round ${instance.row.index} of loop "${node.map.decl.name}" has not ended` }];
    if (at > world.now) return [{ kind: "time", text: `its round begins at ${iso(at)}` }];
  }
  const waiting = [...node.ups, ...node.setups].filter((up) => {
    const { total, success, failed, skipped, upstreamFailed, removed } = tallyOf(instance, [up]);
    return success + failed + skipped + upstreamFailed + removed < total;
  });
  if (waiting.length > 0) return waiting.map((up) => ({ kind: "upstream", text: `task "${up.decl.name}" before it has not ended (${counterpart(instance, up)?.row.state ?? "none"}); it goes on by ${node.decl.trigger}` }));
  if (!blockedByPast(instance)) return [{ kind: "upstream", text: "it is about to be looked at" }];
  return [{ kind: "past", text: run.previous ? `run ${run.previous.row.id} before it has not come to a good end of "${node.decl.name}"${node.decl.waitForDownstream ? " and what follows it" : ""}` : "the run before is being looked up" }];
}

function names(all: string[]): string {
  return all.length <= 3 ? all.join(", ") : `${all.slice(0, 3).join(", ")} and ${all.length - 3} more`;
}
