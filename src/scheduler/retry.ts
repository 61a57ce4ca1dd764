import type { TaskDecl } from "../model/dag-manifest.ts";

/** Airflow's own bound. */
const dayMs = 86_400_000;

/**
 * How long a task waits before its next attempt, in milliseconds. `exponential` is Airflow's: the delay doubles with each
 * attempt, and up to as much again is added, by a hash of what is retried, so that the same attempt always waits as long.
 *
 * @param number - of the attempt that has failed, from 1
 */
export function retryWait({ retryDelayMs, retryDelayMaxMs, backoff }: TaskDecl, key: string, number: number): number {
  if (backoff === "fixed") return retryDelayMs;
  const least = Math.ceil(retryDelayMs * 2 ** Math.min(number - 1, 50));
  if (least >= dayMs) return Math.min(retryDelayMaxMs, dayMs);
  return Math.min(least + (least > 0 ? hash(`${key}/${number}`) % least : 0), retryDelayMaxMs, dayMs);
}

/** FNV-1a, 32 bits, with its low bits mixed. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
