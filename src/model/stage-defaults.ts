import { durationMs } from "./duration.ts";
import type { FailureLimitDecl, RetryDecl, ScaleDecl, StageDecl } from "./manifest.ts";
import { checkNumber, checkOptions, invalid } from "./option-checks.ts";
import { sizeBytes } from "./size.ts";
import { type Uses, usedSecrets } from "./used-secrets.ts";

/** How a stage runs; the same for stages of every kind. */
export interface RunOptions {
  /** Processes: `min` (default 1) to `max` (default 1), and the time in which the backlog should drain (default "10s"). */
  scale?: { min?: number; max?: number; targetDrain?: string };
  /** What a process of the stage needs: cores, memory as "256MiB", graphics cards. */
  place?: { cpu?: number; memory?: string; gpu?: number };
  /** Attempts on a record before it goes to the dead letters (default 1), and the wait before the second (default "100ms"). */
  retries?: { attempts?: number; backoff?: string };
  /** Pause the stage when more than `ratio` (default 0.2) of the last `window` (default 1,000) records went to the dead letters. */
  failureLimit?: { ratio?: number; window?: number };
  /** Secrets and connections that its code asks its context for; looked up each time the stage starts. */
  uses?: Uses;
}

export const runOptionNames = ["scale", "place", "retries", "failureLimit", "uses"] as const;

export type RunSettings = Pick<StageDecl, "scale" | "place" | "retries" | "failureLimit" | "secrets">;

/** The options with every default filled in and every bound checked. */
export function runSettings(options: RunOptions, where: string): RunSettings {
  return {
    scale: scale(options.scale ?? {}, `${where}, scale`),
    place: place(options.place ?? {}, `${where}, place`),
    retries: retries(options.retries ?? {}, `${where}, retries`),
    failureLimit: failureLimit(options.failureLimit ?? {}, `${where}, failureLimit`),
    secrets: usedSecrets(options.uses, where),
  };
}

function scale(options: NonNullable<RunOptions["scale"]>, where: string): ScaleDecl {
  checkOptions(options, ["min", "max", "targetDrain"], where);
  const min = checkNumber(options.min, { name: "min", min: 1, max: 1_024, fallback: 1, whole: true }, where);
  const max = checkNumber(options.max, { name: "max", min: 1, max: 1_024, fallback: min, whole: true }, where);
  if (max < min) throw invalid(`max ${max} is below min ${min}`, where, "let max be at least min");
  return { min, max, targetDrainSeconds: durationMs(options.targetDrain ?? "10s", `${where}.targetDrain`) / 1_000 };
}

function place(options: NonNullable<RunOptions["place"]>, where: string): RunSettings["place"] {
  checkOptions(options, ["cpu", "memory", "gpu"], where);
  const { cpu, memory, gpu } = options;
  return {
    ...(cpu === undefined ? {} : { cpu: checkNumber(cpu, { name: "cpu", min: 0.01, max: 1_024, fallback: 1 }, where) }),
    ...(memory === undefined ? {} : { memoryBytes: sizeBytes(memory, `${where}.memory`) }),
    ...(gpu === undefined ? {} : { gpu: checkNumber(gpu, { name: "gpu", min: 0, max: 64, fallback: 0, whole: true }, where) }),
  };
}

function retries(options: NonNullable<RunOptions["retries"]>, where: string): RetryDecl {
  checkOptions(options, ["attempts", "backoff"], where);
  return {
    attempts: checkNumber(options.attempts, { name: "attempts", min: 1, max: 1_000, fallback: 1, whole: true }, where),
    backoffMs: durationMs(options.backoff ?? "100ms", `${where}.backoff`),
  };
}

function failureLimit(options: NonNullable<RunOptions["failureLimit"]>, where: string): FailureLimitDecl {
  checkOptions(options, ["ratio", "window"], where);
  return {
    ratio: checkNumber(options.ratio, { name: "ratio", min: 0, max: 1, fallback: 0.2 }, where),
    window: checkNumber(options.window, { name: "window", min: 1, max: 1_000_000, fallback: 1_000, whole: true }, where),
  };
}
