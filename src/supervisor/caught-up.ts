import { stageAccess } from "../engine/stage-plan.ts";
import type { GroupInfo, TopicInfo } from "../log/driver.ts";
import type { StageControl } from "./stage-control.ts";

/**
 * Whether nothing is left to do: every bounded source has ended, and every stage has committed all of its input, markers
 * too. Since an epoch's outputs and positions are one commit, there is nothing in between.
 *
 * @param groups - as they stood before `topics`: what is written in between makes a group look behind, never caught up
 */
export function isCaughtUp(stages: Pick<StageControl, "decl" | "state">[], groups: Map<string, GroupInfo>, topics: Map<string, TopicInfo>): boolean {
  return stages.every(({ decl, state }) => {
    if (decl.kind === "http") return true;
    if (decl.from.length === 0) return !decl.bounded || state === "drained";
    if (state === "paused" || state === "failed") return false;
    const positions = new Map(groups.get(decl.name)?.positions.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    return stageAccess(decl).reads.every((name) => topics.get(name)?.partitionInfo.every(({ partition, end }) => end === 0 || positions.get(`${name}/${partition}`) === end));
  });
}
