import type { Answer, ProjectStatus, StageStatus } from "../../api/types.ts";
import { counted, rateText, shortCount } from "../../design/format.ts";
import { type Tone, toneOf } from "../../design/tone.ts";
import type { GraphEdge, Part } from "./scope.ts";

export type Dags = Answer<"/api/v1/dags">["dags"];

/** How a node is doing. */
export interface NodeFacts {
  state: string | undefined;
  tone: Tone | undefined;
  /** The one thing that is to be seen at once, such as lag or rows. */
  line: string;
}

export interface Live {
  stages: ReadonlyMap<string, StageStatus>;
  topics: ReadonlyMap<string, ProjectStatus["topics"][number]>;
  tables: ReadonlyMap<string, ProjectStatus["tables"][number]>;
  dags: ReadonlyMap<string, Dags[number]>;
}

const byName = <T extends { name: string }>(items: readonly T[] | undefined): Map<string, T> => new Map((items ?? []).map((item) => [item.name, item]));

export const liveOf = (status: ProjectStatus | undefined, dags: Dags | undefined): Live => ({ stages: byName(status?.stages), topics: byName(status?.topics), tables: byName(status?.tables), dags: byName(dags) });

const unknown: NodeFacts = { state: undefined, tone: undefined, line: "" };
/** The worst first: what stands for several shows the worst of them. */
const worstFirst: Tone[] = ["bad", "warn", "hold", "run", "wait", "ok"];

export function factsOf(part: Part, live: Live): NodeFacts {
  if (part.members.length === 1) return factsOfOne(part.members[0], live);
  const all = part.members.map((member) => factsOfOne(member, live)).filter(({ tone }) => tone !== undefined);
  const worst = all.sort((a, b) => worstFirst.indexOf(a.tone as Tone) - worstFirst.indexOf(b.tone as Tone))[0];
  return { state: worst?.state, tone: worst?.tone, line: `${part.members.length} parts` };
}

function factsOfOne({ kind, name, parent }: Part["members"][number], live: Live): NodeFacts {
  if (kind === "stage" || kind === "source" || kind === "sink") return factsOfStage(live.stages.get(name));
  if (kind === "topic") {
    const topic = live.topics.get(name);
    return { ...unknown, line: topic ? `${shortCount(topic.records)} records` : "" };
  }
  if (kind === "table") {
    const table = live.tables.get(name);
    return { ...unknown, line: table ? `${shortCount(table.rows)} rows` : "" };
  }
  if (kind === "dag" || parent !== undefined) return factsOfDag(live.dags.get(parent?.slice(4) ?? name), kind === "dag");
  return unknown;
}

function factsOfStage(stage: StageStatus | undefined): NodeFacts {
  if (stage === undefined) return unknown;
  const { state, lagRecords, deadLetters, lastError } = stage;
  const isTroubled = state === "running" && (deadLetters > 0 || lastError !== undefined);
  const parts = [lagRecords !== null && lagRecords > 0 ? `${shortCount(lagRecords)} behind` : "", deadLetters > 0 ? counted(deadLetters, "dead letter") : ""].filter(Boolean);
  return { state, tone: isTroubled ? "warn" : toneOf(state), line: parts.join(", ") };
}

/** A task shows its DAG's state only where that is paused: how it ended itself is on the run's page. */
function factsOfDag(dag: Dags[number] | undefined, isWhole: boolean): NodeFacts {
  if (dag === undefined) return unknown;
  if (dag.paused) return { state: "paused", tone: "hold", line: "" };
  if (!isWhole) return unknown;
  const state = dag.activeRuns > 0 ? "running" : dag.lastRun?.state;
  return { state, tone: state === undefined ? undefined : toneOf(state), line: dag.activeRuns > 0 ? counted(dag.activeRuns, "run") : dag.schedule };
}

/**
 * What goes along an edge now, in records per second; undefined where nobody counts it. What a stage writes is counted as
 * a whole, so an edge has it where the stage has no other output.
 */
export function edgeRate({ from, to }: GraphEdge, outputs: ReadonlyMap<string, number>, live: Live): number | undefined {
  const nameOf = (id: string): string => id.slice(id.indexOf(":") + 1);
  if (to.startsWith("stage:")) return live.stages.get(nameOf(to))?.recordsInPerSecond;
  if (!from.startsWith("stage:") || outputs.get(from) !== 1) return undefined;
  const stage = live.stages.get(nameOf(from));
  return stage?.kind === "table" ? stage.recordsInPerSecond : stage?.recordsOutPerSecond;
}

export const rateLabel = (rate: number | undefined): string => (rate === undefined || rate === 0 ? "" : rateText(rate));

/** How many edges with records leave each node. */
export function outputsOf(edges: readonly GraphEdge[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { from, kind } of edges) if (kind === "data") counts.set(from, (counts.get(from) ?? 0) + 1);
  return counts;
}
