import { setTimeout as wait } from "node:timers/promises";
import { stageAccess } from "../engine/stage-plan.ts";
import { MillraceError } from "../errors.ts";
import type { LogDriver } from "../log/driver.ts";
import type { StageControl } from "./stage-control.ts";

const lookMs = 200;

/**
 * Lets a stage work until it has committed all that its inputs hold when this is called. A stage that somebody has paused works
 * for as long as that takes and is paused again.
 *
 * @returns how many records that were
 * @throws MillraceError the stage's own, when it fails or pauses itself; the signal's reason
 */
export async function runToEnd(log: LogDriver, stage: StageControl, signal: AbortSignal): Promise<{ records: number }> {
  const { name } = stage.decl;
  const { paused } = stage.wishes;
  if (paused?.error) throw MillraceError.fromJSON(paused.error);
  const reads = stageAccess(stage.decl).reads;
  const ends = new Map((await log.topics()).filter((topic) => reads.includes(topic.name)).flatMap((topic) => topic.partitionInfo.map(({ partition, end }) => [`${topic.name}/${partition}`, end] as const)));
  const left = async (): Promise<number> => {
    const positions = new Map((await log.positions(name)).map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    return [...ends].reduce((sum, [place, end]) => sum + Math.max(0, end - (positions.get(place) ?? 0)), 0);
  };
  const records = await left();
  if (paused) await stage.resume();
  try {
    while ((await left()) > 0) {
      signal.throwIfAborted();
      const stopped = stage.wishes.paused?.error ?? (stage.state === "failed" ? stage.lastError : undefined);
      if (stopped) throw MillraceError.fromJSON(stopped);
      await wait(lookMs);
    }
  } finally {
    if (paused && !stage.wishes.paused) await stage.pause(paused.reason);
  }
  return { records };
}
