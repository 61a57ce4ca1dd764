import type { StageCounts } from "../engine/stage-runner.ts";
import type { StagePlan } from "../engine/stage-plan.ts";
import type { ErrorJson } from "../errors.ts";
import type { LogAccess } from "./drivers/open-stage-log.ts";
import type { ProfileDecl } from "../model/profile.ts";

/** What a stage's process is told at its start. */
export interface StageSettings {
  plan: StagePlan;
  /** Unique per start. */
  member: string;
  /** Absolute. */
  projectFolder: string;
  dataFolder: string;
  log: LogAccess;
  /** What stands under the lake, where the stage writes a table; secrets filled in. Absent: embedded. */
  lake?: Pick<ProfileDecl, "state" | "files">;
  /** Those that the settings of a connector of ours name. Code of the user's gets none. */
  secrets: Record<string, string>;
  /** Run each record alone and note it before: the process has died here before. */
  careful?: boolean;
  /** The file in which it notes them, its own. */
  probeFile?: string;
  /** Records that kill the process, as `topic/partition/offset`. */
  skip?: string[];
}

export type ToStage = { type: "start"; settings: StageSettings } | { type: "stop" };

export interface StageReport {
  counts: StageCounts;
  /** Records of a bounded source. */
  progress?: { done: number; total: number };
  memoryBytes: number;
  cpuSeconds: number;
}

export type FromStage =
  /** Nothing but that it is there: while it loads, and while nothing changes. */
  | { type: "alive" }
  | { type: "report"; report: StageReport }
  /** It has stopped itself; the process ends. */
  | { type: "paused"; error: ErrorJson }
  /** It has finished the epoch under way and ends, because it was asked to. */
  | { type: "stopped" }
  /** A bounded source has ended. */
  | { type: "drained" }
  /** It must start anew; the process ends. */
  | { type: "failed"; error: ErrorJson };
