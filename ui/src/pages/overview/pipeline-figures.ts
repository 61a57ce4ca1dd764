import type { ProjectStatus, StageStatus } from "../../api/types.ts";

/** What belongs together; from the server, by names. */
export interface PipelineNames {
  name: string;
  stages: string[];
  topics: string[];
  tables: string[];
  /** The node that the graph is drawn around. */
  middle: string;
}

export interface PipelineFigures {
  name: string;
  middle: string;
  stages: number;
  /** The state of the stage that stands worst. */
  state: string;
  /** Records a second that come in from outside. */
  perSecond: number;
  /** Null where that of any stage is not known. */
  lag: number | null;
  deadLetters: number;
  failed: number;
  /** When anything last came to any of its datasets. */
  newestAt: string | null;
  cpuSeconds: number;
  memoryGibSeconds: number;
}

/** The worst first. */
const order = ["failed", "paused", "starting", "running", "drained", "stopped"];
const sources = new Set(["files", "source", "http"]);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A pipeline as it stands now: sums of its stages. */
export function pipelineFigures({ name, stages, topics, tables, middle }: PipelineNames, status: ProjectStatus): PipelineFigures {
  const members = status.stages.filter((stage) => stages.includes(stage.name));
  const moments = [...status.topics.filter((topic) => topics.includes(topic.name)), ...status.tables.filter((table) => tables.includes(table.name))].flatMap(({ newestAt }) => newestAt ?? []);
  return {
    name,
    middle,
    stages: members.length,
    state: worst(members),
    perSecond: sum(members.filter(({ kind }) => sources.has(kind)).map(({ recordsOutPerSecond }) => recordsOutPerSecond)),
    lag: members.some(({ lagRecords }) => lagRecords === null) ? null : sum(members.map(({ lagRecords }) => lagRecords ?? 0)),
    deadLetters: sum(members.map(({ deadLetters }) => deadLetters)),
    failed: members.filter(({ state }) => state === "failed").length,
    newestAt: moments.length === 0 ? null : moments.reduce((a, b) => (a > b ? a : b)),
    cpuSeconds: sum(members.map(({ today }) => today.cpuSeconds)),
    memoryGibSeconds: sum(members.map(({ today }) => today.memoryGibSeconds)),
  };
}

const worst = (stages: readonly StageStatus[]): string => order.find((state) => stages.some((stage) => stage.state === state)) ?? "stopped";

/** Stages that need a look first: by state, then by what is left to do. */
export const byNeed = (a: StageStatus, b: StageStatus): number => order.indexOf(a.state) - order.indexOf(b.state) || b.deadLetters - a.deadLetters || (b.lagRecords ?? 0) - (a.lagRecords ?? 0) || (a.name < b.name ? -1 : 1);
