import { StagePaused } from "../engine/failures.ts";
import { asMillraceError } from "../errors.ts";
import { openStageLog } from "./drivers/open-stage-log.ts";
import { type RunningStage, runStage } from "./run-stage.ts";
import { stageLog } from "./stage-log.ts";
import type { FromStage, StageSettings, ToStage } from "./stage-protocol.ts";

/*
 * The process of one stage. It is told what to be over IPC, works until it is told to stop, and ends at once when the
 * control plane is gone: what it had not committed was never there.
 */

const reportMs = 500;
/** Often enough to be seen to live: see `watchSilence` in stage-process.ts. */
const aliveMs = 5_000;

function tell(message: FromStage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, () => resolve());
  });
}

async function live(settings: StageSettings): Promise<void> {
  const { name } = settings.plan.stage;
  const says = stageLog(name, (line) => process.stderr.write(line));
  const access = newToken !== undefined && settings.log.kind === "embedded" ? { ...settings.log, token: newToken } : settings.log;
  const { log, renew: renewLog } = await openStageLog(access, { plan: settings.plan, dataFolder: settings.dataFolder, log: says });
  renew = renewLog;
  // The first epoch is told at once: whoever counts deaths before it must not take a life that got on for one that did not.
  const running: RunningStage = await runStage(settings, log, says, () => void tell({ type: "report", report: reportOf(running) }));
  stop = () => running.stop();
  if (stopped) running.stop();
  const reporting = report(running);
  const how = await running.ended.finally(() => clearInterval(reporting));
  await tell({ type: "report", report: reportOf(running) });
  await tell({ type: how });
}

function report(running: RunningStage): NodeJS.Timeout {
  let last = "";
  let lastAt = -Infinity;
  return setInterval(() => {
    const now = performance.now();
    const news = JSON.stringify([running.counts(), running.progress()]);
    if (news === last && now - lastAt < aliveMs) return;
    last = news;
    lastAt = now;
    void tell({ type: "report", report: reportOf(running) });
  }, reportMs);
}

function reportOf(running: RunningStage): Extract<FromStage, { type: "report" }>["report"] {
  const { user, system } = process.cpuUsage();
  return { counts: running.counts(), progress: running.progress(), memoryBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}

// The user's module may take its time to load, and is not frozen for that.
setInterval(() => void tell({ type: "alive" }), aliveMs).unref();

let stopped = false;
let stop = (): void => undefined;
/** One that came before the log was open. */
let newToken: string | undefined;
let renew = (token: string): void => {
  newToken = token;
};

function requestStop(): void {
  stopped = true;
  stop();
}

process.on("message", (message: ToStage) => {
  if (message.type === "stop") requestStop();
  else if (message.type === "token") renew(message.token);
  else
    live(message.settings).then(
      () => process.exit(0),
      async (error: unknown) => {
        const paused = error instanceof StagePaused;
        const told = paused ? error.error : asMillraceError(error, `stage "${message.settings.plan.stage.name}"`);
        await tell({ type: paused ? "paused" : "failed", error: told.toJSON() });
        process.exit(paused ? 0 : 1);
      },
    );
});
process.on("SIGTERM", requestStop);
// Ctrl-C reaches the whole process group; the control plane says when to stop.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(1));
