import type { ScaleDecl } from "../model/manifest.ts";

/** What the scaler is shown of a stage, once a second. */
export interface ScaleSample {
  nowMs: number;
  /** Beside the control plane. */
  instances: number;
  /** On workers: they do their share, and are not ours to start or to end. */
  guests: number;
  /** Records not yet read; undefined while unknown, which is not zero. */
  lag: number | undefined;
  /** Partitions with unread records: more processes than these have nothing to do. */
  partitionsWithLag: number;
  /** Records read per second, all processes together. */
  rate: number;
}

export interface ScaleMemory {
  /** Rate before the last process was added, and when that was. */
  before?: { rate: number; atMs: number };
  /** The backlog has been small since. */
  calmSinceMs?: number;
  /** More processes did not help at this many; asked again after a while. */
  ceiling?: { instances: number; untilMs: number };
}

const settleMs = 10_000;
const calmMs = 30_000;
const ceilingMs = 120_000;
/** A process that adds less than this share of throughput is not worth its memory. */
const gainMin = 0.1;

/**
 * How many processes a stage should have beside the control plane: `min` to `max`, and as many fewer than `max` as there are
 * on workers. Pure.
 */
export function decideScale(scale: ScaleDecl, sample: ScaleSample, memory: ScaleMemory): { instances: number; memory: ScaleMemory } {
  const all = decideAll(scale, { ...sample, instances: sample.instances + sample.guests }, memory);
  return { ...all, instances: clamp(all.instances - sample.guests, scale.min, scale.max) };
}

/**
 * How many there should be, wherever they run. Follows the seconds in which the backlog drains at the measured rate; adds one
 * at a time and looks whether throughput rose; takes one away after a calm while.
 */
function decideAll({ min, max, targetDrainSeconds }: ScaleDecl, sample: ScaleSample, memory: ScaleMemory): { instances: number; memory: ScaleMemory } {
  const { nowMs, instances, lag, partitionsWithLag, rate } = sample;
  const hold = (next: ScaleMemory = memory) => ({ instances: clamp(instances, min, max), memory: next });
  if (instances < min || instances > max) return { instances: clamp(instances, min, max), memory: {} };
  if (lag === undefined) return hold();
  const drainSeconds = lag === 0 ? 0 : rate > 0 ? lag / rate : Infinity;
  if (memory.before) {
    if (nowMs - memory.before.atMs < settleMs) return hold();
    // With little left to read throughput falls by itself.
    if (drainSeconds > targetDrainSeconds && rate < memory.before.rate * (1 + gainMin) && instances > min) {
      return { instances: instances - 1, memory: { ceiling: { instances: instances - 1, untilMs: nowMs + ceilingMs } } };
    }
    memory = { ...memory, before: undefined };
  }
  if (drainSeconds > targetDrainSeconds) {
    const blocked = memory.ceiling && nowMs < memory.ceiling.untilMs && instances >= memory.ceiling.instances;
    if (instances >= max || instances >= Math.max(1, partitionsWithLag) || blocked) return hold({ ...memory, calmSinceMs: undefined });
    return { instances: instances + 1, memory: { ...memory, before: { rate, atMs: nowMs }, calmSinceMs: undefined } };
  }
  if (drainSeconds > targetDrainSeconds / 4 || instances <= min) return hold({ ...memory, calmSinceMs: undefined });
  const calmSinceMs = memory.calmSinceMs ?? nowMs;
  if (nowMs - calmSinceMs < calmMs) return hold({ ...memory, calmSinceMs });
  return { instances: instances - 1, memory: {} };
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
