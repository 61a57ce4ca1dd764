import type { Answer, ProjectStatus, StageStatus } from "../../api/types.ts";
import { counted, rateText, shortCount } from "../../design/format.ts";
import { type Tone, toneOf } from "../../design/tone.ts";
import { datasetOf } from "../catalog/catalog-queries.ts";
import type { QualityRow } from "../quality/quality-rows.ts";
import { qualityTones } from "../quality/use-quality-rows.ts";
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
  /** By `namespace.table` and `topics.name`. */
  quality: ReadonlyMap<string, QualityRow>;
}

const byName = <T extends { name: string }>(items: readonly T[] | undefined): Map<string, T> => new Map((items ?? []).map((item) => [item.name, item]));

export const liveOf = (status: ProjectStatus | undefined, dags: Dags | undefined, quality: readonly QualityRow[] | undefined): Live => ({
  stages: byName(status?.stages),
  topics: byName(status?.topics),
  tables: byName(status?.tables),
  dags: byName(dags),
  quality: new Map((quality ?? []).map((row) => [row.dataset, row])),
});

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
  if (kind === "topic" || kind === "table" || kind === "view") return factsOfDataset(live.quality.get(datasetOf(kind, name)), sizeText(kind === "topic" ? live.topics.get(name) : live.tables.get(name)));
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

function sizeText(size: { records: number } | { rows: number } | undefined): string {
  if (size === undefined) return "";
  return "rows" in size ? `${shortCount(size.rows)} rows` : `${shortCount(size.records)} records`;
}

/** What is only watched, and as usual, is as nobody has said that it should be. */
function factsOfDataset(row: QualityRow | undefined, line: string): NodeFacts {
  if (row === undefined || row.state === "watched" || row.state === "not judged") return { ...unknown, line };
  const { state, broken } = row;
  return { state, tone: qualityTones[state], line: [broken.length > 0 ? counted(broken.length, "broken check") : "", line].filter(Boolean).join(", ") };
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
 * a whole, and so is what comes to a topic: of a stage with several outputs an edge has it where no other stage writes there.
 */
export function edgeRate({ from, to }: GraphEdge, counts: EdgeCounts, live: Live): number | undefined {
  const nameOf = (id: string): string => id.slice(id.indexOf(":") + 1);
  if (to.startsWith("stage:")) return live.stages.get(nameOf(to))?.recordsInPerSecond;
  if (!from.startsWith("stage:")) return undefined;
  if (counts.from.get(from) !== 1) return counts.to.get(to) === 1 ? live.topics.get(nameOf(to))?.recordsPerSecond : undefined;
  const stage = live.stages.get(nameOf(from));
  return stage?.kind === "table" ? stage.recordsInPerSecond : stage?.recordsOutPerSecond;
}

export const rateLabel = (rate: number | undefined): string => (rate === undefined || rate === 0 ? "" : rateText(rate));

/** How many edges with records leave and reach each node. */
export interface EdgeCounts {
  from: ReadonlyMap<string, number>;
  to: ReadonlyMap<string, number>;
}

export function edgeCounts(edges: readonly GraphEdge[]): EdgeCounts {
  const counts = { from: new Map<string, number>(), to: new Map<string, number>() };
  for (const edge of edges) {
    if (edge.kind !== "data") continue;
    counts.from.set(edge.from, (counts.from.get(edge.from) ?? 0) + 1);
    counts.to.set(edge.to, (counts.to.get(edge.to) ?? 0) + 1);
  }
  return counts;
}
