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
  lake?: Pick<ProfileDecl, "state" | "files"> & {
    /** A socket that leads to the table's pointer, in place of the state. */
    pointer?: string;
  };
  /** Those that it names, in the settings of a connector of ours or for its code. */
  secrets: Record<string, string>;
  /** Run each record alone and note it before: the process has died here before. */
  careful?: boolean;
  /** The file in which it notes them, its own. */
  probeFile?: string;
  /** Records that kill the process, as `topic/partition/offset`. */
  skip?: string[];
}

export type ToStage =
  | { type: "start"; settings: StageSettings }
  /** A newer token for the log, on a machine where the one at the start is good for some minutes. */
  | { type: "token"; token: string }
  | { type: "stop" };

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
