import type { StageCounts } from "../../engine/stage-runner.ts";
import { waitClasses } from "../../engine/waits.ts";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import type { StageNews } from "./worker-protocol.ts";

const states: ReadonlySet<unknown> = new Set<StageNews["state"]>(["running", "starting", "paused", "failed", "drained", "stopped"]);
const countNames = ["recordsIn", "recordsOut", "dead", "late", "warned", "epochs", "lag", "held"] as const;

/**
 * What a worker tells of its stage, as far as it can be shown: the project's status is made of it.
 * @throws MillraceError `MR-HTTP-006` for what is no such news
 */
export function soundNews(told: Record<string, unknown>): StageNews {
  const { state, instance, progress, lastError, paused } = told as Partial<StageNews>;
  if (!states.has(state)) throw unsound("state");
  return {
    state: state as StageNews["state"],
    counts: soundCounts(told.counts as Partial<StageCounts> | undefined),
    ...(instance && { instance: { member: memberName(instance.member), ...numbers(instance, ["pid", "restarts", "memoryBytes", "cpuSeconds"]), startedAt: moment(instance.startedAt) } }),
    ...(progress && { progress: numbers(progress, ["done", "total"]) }),
    ...(lastError && { lastError: { ...soundError(lastError), at: moment(lastError.at) } }),
    ...(paused && { paused: { reason: String(paused.reason), at: moment(paused.at), ...(paused.error && { error: soundError(paused.error) }) } }),
  };
}

function soundCounts(counts: Partial<StageCounts> | undefined): StageCounts {
  const { tasks, waits } = counts ?? {};
  if (!Array.isArray(tasks) || !tasks.every((task) => Number.isSafeInteger(task))) throw unsound("counts");
  if (!Array.isArray(waits) || waits.length > waitClasses || !waits.every((records) => Number.isSafeInteger(records) && records >= 0)) throw unsound("waits");
  return { ...numbers(counts as StageCounts, countNames), tasks, waits };
}

function numbers<K extends string>(from: Readonly<Record<K, unknown>>, names: readonly K[]): Record<K, number> {
  return Object.fromEntries(
    names.map((name) => {
      const value = from[name];
      if (typeof value !== "number" || !Number.isFinite(value) || value < 0) throw unsound(name);
      return [name, value];
    }),
  ) as Record<K, number>;
}

function memberName(text: unknown): string {
  if (typeof text === "string" && text !== "") return text;
  throw unsound("member");
}

function moment(text: unknown): string {
  if (typeof text === "string" && !Number.isNaN(Date.parse(text))) return text;
  throw unsound("time");
}

function soundError({ code, what, where, mend, retryable }: ErrorJson): ErrorJson {
  if (typeof code !== "string") throw unsound("error");
  return { code, what: String(what), where: String(where), mend: String(mend), retryable: retryable === true };
}

const unsound = (part: string): MillraceError => new MillraceError("MR-HTTP-006", { what: `the ${part} of a stage on a worker cannot be read`, where: "a worker's call", mend: "start the worker with the version of its control plane" });
