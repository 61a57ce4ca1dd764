import type { Manifest, StageDecl, TableDecl, TopicDecl } from "../model/manifest.ts";

/** All that a process needs to know to run one stage: its part of the manifest, and what follows from the graph. */
export interface StagePlan {
  project: string;
  release: string;
  stage: StageDecl;
  /** Topics that it reads or writes, its dead letters and late records too. */
  topics: Record<string, TopicDecl>;
  table?: TableDecl;
  /** Lanes of its inputs that hold its watermark until they speak, as `topic:lane`. */
  expectedLanes: string[];
  /** Someone downstream waits for event time. */
  sendsMarks: boolean;
}

/** What the graph says of one stage. */
export function stagePlan(manifest: Manifest, name: string): StagePlan {
  const stage = manifest.stages[name];
  const { reads, writes } = stageAccess(stage);
  return {
    project: manifest.project,
    release: manifest.release,
    stage,
    topics: Object.fromEntries([...reads, ...writes].map((topic) => [topic, manifest.topics[topic]])),
    table: stage.table === undefined ? undefined : manifest.tables[stage.table],
    expectedLanes: stage.from.flatMap((topic) => lanesInto(manifest, topic).map((lane) => `${topic}:${lane}`)),
    sendsMarks: Object.values(stage.to).some((topic) => isWaitedFor(manifest, topic, new Set())),
  };
}

/** Lanes of those that write the topic and can be waited for: a door such as HTTP cannot. */
function lanesInto(manifest: Manifest, topic: string): string[] {
  return Object.values(manifest.stages).flatMap((stage) => {
    if (!Object.values(stage.to).includes(topic)) return [];
    if (stage.from.length > 0) return Array.from({ length: taskCount(manifest, stage) }, (_, task) => `${stage.name}/${task}`);
    return stage.bounded ? [`${stage.name}/0`] : [];
  });
}

/** Tasks of a stage: partitions of its widest input. */
export function taskCount(manifest: Pick<Manifest, "topics">, stage: StageDecl): number {
  return Math.max(1, ...stage.from.map((topic) => manifest.topics[topic].partitions));
}

/** Whether records of the topic reach an aggregation. */
function isWaitedFor(manifest: Manifest, topic: string, seen: Set<string>): boolean {
  if (seen.has(topic)) return false;
  seen.add(topic);
  return Object.values(manifest.stages).some((stage) => stage.from.includes(topic) && (stage.kind === "aggregate" || stage.kind === "profile" || stage.keepForMs !== undefined || Object.values(stage.to).some((next) => isWaitedFor(manifest, next, seen))));
}

const withState: ReadonlySet<StageDecl["kind"]> = new Set(["keyed", "aggregate", "profile"]);

/** Whether a stage remembers anything beside where it stands. */
export const keepsState = ({ kind }: StageDecl): boolean => withState.has(kind);

/** Names of the topics that a stage may read and write, its internal ones among them: its permission. */
export function stageAccess(stage: StageDecl): { reads: string[]; writes: string[] } {
  const named = (topics: (string | undefined)[]): string[] => topics.filter((topic) => topic !== undefined);
  return { reads: named([...stage.from, stage.redrive]), writes: named([...Object.values(stage.to), stage.dlq, stage.late]) };
}
