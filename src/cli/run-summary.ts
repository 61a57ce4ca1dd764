import type { Problem } from "../model/manifest.ts";
import type { ProjectStatus, ProjectSummary, StageState } from "../server/control-plane.ts";
import { rowObjects } from "./output/result-table.ts";

/** What a run came to: the JSON document of `up` and `run`. */
export interface RunSummary {
  project: string;
  release: string;
  durationSeconds: number;
  stages: Record<string, { state: StageState; recordsIn: number; recordsOut: number; deadLetters: number; lateRecords: number; restarts: number; memoryBytesMax: number }>;
  /** Rows of each table. */
  tables: Record<string, number>;
  /** Rows of each summary query, as objects. */
  summary: Record<string, Record<string, unknown>[]>;
  problems: Problem[];
}

export function runSummary(status: ProjectStatus, { results }: ProjectSummary, durationSeconds: number, memoryMax: ReadonlyMap<string, number>): RunSummary {
  return {
    project: status.project,
    release: status.release,
    durationSeconds: Math.round(durationSeconds * 1_000) / 1_000,
    stages: Object.fromEntries(
      status.stages.map(({ name, state, recordsIn, recordsOut, deadLetters, lateRecords, instances }) => [
        name,
        { state, recordsIn, recordsOut, deadLetters, lateRecords, restarts: instances.reduce((sum, { restarts }) => sum + restarts, 0), memoryBytesMax: memoryMax.get(name) ?? 0 },
      ]),
    ),
    tables: Object.fromEntries(status.tables.map(({ name, rows }) => [name, rows])),
    summary: Object.fromEntries(results.map(({ name, columns, rows }) => [name, rowObjects({ columns, rows })])),
    problems: status.problems,
  };
}

/** Keeps the most memory that any process of each stage was seen with. */
export class MemoryWatch {
  readonly max = new Map<string, number>();

  look({ stages }: Pick<ProjectStatus, "stages">): void {
    for (const { name, instances } of stages) {
      for (const { memoryBytes } of instances) this.max.set(name, Math.max(this.max.get(name) ?? 0, memoryBytes));
    }
  }
}
