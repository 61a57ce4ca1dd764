import type { Problem } from "../model/manifest.ts";
import type { ProjectStatus, ProjectSummary, StageState, StageStatus } from "../server/control-plane.ts";
import { rowObjects } from "../client/row-objects.ts";

export interface StageSummary {
  state: StageState;
  /** As in the stage's status: of what stands in its topics, as are the dead letters and the late records; of most sources, since Millrace's start. */
  recordsIn: number;
  /** Since this run began. */
  recordsOut: number;
  deadLetters: number;
  lateRecords: number;
  /** Mean of this run. */
  recordsInPerSecond: number;
  restarts: number;
  /** The most that any of its processes was seen with. */
  memoryBytesMax: number;
}

/** What a run came to: the JSON document of `up` and `run`. */
export interface RunSummary {
  project: string;
  release: string;
  durationSeconds: number;
  stages: Record<string, StageSummary>;
  /** Rows of each table. */
  tables: Record<string, number>;
  /** Rows of each summary query, as objects. */
  summary: Record<string, Record<string, unknown>[]>;
  problems: Problem[];
}

/** Keeps, over a run, what the last status alone does not tell. */
export class RunWatch {
  readonly #memoryMax = new Map<string, number>();
  readonly #recordsBefore = new Map<string, number>();

  look({ stages }: Pick<ProjectStatus, "stages">): void {
    for (const { name, instances, recordsIn } of stages) {
      if (!this.#recordsBefore.has(name)) this.#recordsBefore.set(name, recordsIn);
      for (const { memoryBytes } of instances) this.#memoryMax.set(name, Math.max(this.#memoryMax.get(name) ?? 0, memoryBytes));
    }
  }

  summary(status: ProjectStatus, { results }: ProjectSummary, durationSeconds: number): RunSummary {
    return {
      project: status.project,
      release: status.release,
      durationSeconds: Math.round(durationSeconds * 1_000) / 1_000,
      stages: Object.fromEntries(status.stages.map((stage) => [stage.name, this.#stage(stage, durationSeconds)])),
      tables: Object.fromEntries(status.tables.map(({ name, rows }) => [name, rows])),
      summary: Object.fromEntries(results.map(({ name, columns, rows }) => [name, rowObjects({ columns, rows })])),
      problems: status.problems,
    };
  }

  #stage({ name, state, recordsIn, recordsOut, deadLetters, lateRecords, instances }: StageStatus, seconds: number): StageSummary {
    const recordsInPerSecond = Math.round((recordsIn - (this.#recordsBefore.get(name) ?? recordsIn)) / Math.max(0.001, seconds));
    return { state, recordsIn, recordsOut, deadLetters, lateRecords, recordsInPerSecond, restarts: instances.reduce((sum, { restarts }) => sum + restarts, 0), memoryBytesMax: this.#memoryMax.get(name) ?? 0 };
  }
}
