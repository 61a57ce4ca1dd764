import type { Json } from "../../model/manifest.ts";
import type { Position, TopicSpec } from "../driver.ts";
import type { FrameHeader } from "./frame.ts";

/** The index without its batches, as JSON: what a checkpoint says. */
export interface Facts {
  topics: { spec: TopicSpec; partitions: [start: number, end: number][] }[];
  groups: { group: string; positions: Position[]; owners: [task: number, member: string, fence: number][] }[];
  writers: [writer: string, recent: [seq: number, offsets: number[]][]][];
}

export const factsJson = (facts: Facts): Json => facts as unknown as Json;

/**
 * What a sealed segment has to say beside its batches and states: of topics, which must be known when the batches behind
 * are read. Of groups and writers the checkpoint of each later segment says the same again.
 */
export function lastingFact(header: FrameHeader): FrameHeader | undefined {
  if (header.k === "topic" || header.k === "drop" || header.k === "trim") return header;
  if (header.k !== "checkpoint") return undefined;
  const { topics } = header.facts as unknown as Facts;
  return { k: "checkpoint", facts: factsJson({ topics, groups: [], writers: [] }) };
}
