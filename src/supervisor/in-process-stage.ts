import { StagePaused } from "../engine/failures.ts";
import { asMillraceError } from "../errors.ts";
import type { LogDriver } from "../log/driver.ts";
import { type RunningStage, runStage } from "./run-stage.ts";
import { stageLog } from "./stage-log.ts";
import type { StageEnd, StageLife } from "./stage-process.ts";
import { Mask } from "./secrets/mask.ts";
import type { StageReport, StageSettings } from "./stage-protocol.ts";

/** A stage in this process: one debugger sees everything. A stage that blocks or dies takes all others with it. */
export function inProcessStage(settings: StageSettings, opened: Promise<LogDriver>, onLine: (line: string) => void): StageLife {
  const { stage } = settings.plan;
  const mask = new Mask(settings.secrets);
  let running: RunningStage | undefined;
  let stopping = false;
  const live = async (): Promise<StageEnd> => {
    let log: LogDriver | undefined;
    try {
      log = await opened;
      running = await runStage(settings, log, stageLog(stage.name, (line) => onLine(mask.text(line))));
      if (stopping) running.stop();
      return { how: await running.ended };
    } catch (error) {
      if (error instanceof StagePaused) return { how: "paused", error: mask.error(error.error.toJSON()) };
      return { how: "failed", error: mask.error(asMillraceError(error, `stage "${stage.name}"`).toJSON()) };
    } finally {
      await log?.close();
    }
  };
  const ended = live();
  return {
    pid: process.pid,
    startedAt: new Date(),
    // Memory and CPU time are the process's: they cannot be told apart between stages.
    get report(): StageReport | undefined {
      return running && { counts: running.counts(), progress: running.progress(), memoryBytes: 0, cpuSeconds: 0 };
    },
    set report(_report: StageReport | undefined) {},
    stop: () => {
      stopping = true;
      running?.stop();
    },
    ended,
  };
}
