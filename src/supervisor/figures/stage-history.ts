import type { Figures, StageFigures } from "../../server/insight-control.ts";
import { waitQuantile, waitsSince } from "../../engine/waits.ts";
import { FigureRing } from "./figure-ring.ts";

/** What is read off a stage, once a second: sums that only grow, and what stands now. */
export interface Reading {
  recordsIn: number;
  recordsOut: number;
  /** As in `StageCounts`. */
  waits: readonly number[];
  cpuSeconds: number;
  memoryBytes: number;
  lag: number | null;
}

const fineMs = 10 * 60_000;
/** Processes report at their own pace, those that do nothing every five seconds: rates over less than this would jump. */
const windowMs = 10_000;

/**
 * The figures of one stage over time: every second of the last ten minutes, and every tenth of the last six hours. Rates are
 * means of the ten seconds before. It takes 77 kB, however long the stage runs: 39 MB for 500 stages.
 */
export class StageHistory {
  readonly #fine = new FigureRing(1_000, 600);
  readonly #coarse = new FigureRing(windowMs, 2_160);
  #window: { atMs: number; reading: Reading }[] = [];

  note(atMs: number, reading: Reading): void {
    // A clock that was put back begins anew.
    this.#window = this.#window.filter((each) => each.atMs < atMs && atMs - each.atMs <= windowMs);
    this.#window.push({ atMs, reading });
    const [first] = this.#window;
    if (first.atMs === atMs) return;
    const figures = figuresBetween(first.reading, reading, (atMs - first.atMs) / 1_000);
    this.#fine.note(atMs, figures);
    this.#coarse.note(atMs, figures);
  }

  /** @param spanMs - how far back: up to ten minutes second by second, beyond that in steps of ten */
  points(nowMs: number, spanMs: number): StageFigures {
    const ring = spanMs <= fineMs ? this.#fine : this.#coarse;
    return { stepMs: ring.stepMs, points: ring.points(nowMs - spanMs) };
  }
}

/** A process that was started anew counts from zero: what went back is no work. */
function figuresBetween(before: Reading, now: Reading, seconds: number): Figures {
  const grown = (name: "recordsIn" | "recordsOut" | "cpuSeconds"): number => Math.max(0, now[name] - before[name]);
  const waits = waitsSince(before.waits, now.waits);
  return { recordsIn: grown("recordsIn") / seconds, recordsOut: grown("recordsOut") / seconds, lag: now.lag, latencyP50Ms: waitQuantile(waits, 0.5), latencyP99Ms: waitQuantile(waits, 0.99), cores: grown("cpuSeconds") / seconds, memoryBytes: now.memoryBytes };
}
