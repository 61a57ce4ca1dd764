import { isDeepStrictEqual } from "node:util";
import { keepsState } from "../../engine/stage-plan.ts";
import type { StageDecl } from "../../model/manifest.ts";
import { compileCacheFolder, probeFile } from "../data-folder.ts";
import { workerMember } from "../dead-members.ts";
import { filledProfile } from "../drivers/filled-profile.ts";
import { stageSecrets } from "../secrets/stage-secrets.ts";
import { StageControl, type StageControlOptions } from "../stage-control.ts";
import { heapMiBOf, spawnStage } from "../stage-process.ts";
import type { LogAccess } from "../drivers/open-stage-log.ts";
import type { StageSettings } from "../stage-protocol.ts";
import type { StageNews, StageWish, StageWork } from "./worker-protocol.ts";

export interface StageWorkerOptions {
  dataFolder: string;
  /** How a process that starts now reaches the log. */
  logAccess(): LogAccess;
  /** A socket on this machine that leads to the pointer of the stage's table. */
  pointer: string;
  /** Has the code of a release here. */
  codeFolder(release: string): Promise<string>;
  tell(news: StageNews): void;
  onLine(line: string): void;
  log: StageControlOptions["log"];
}

const lookMs = 1_000;
/** What does not change is told now and then all the same. */
const tellMs = 5_000;
/** What a pause says that the control plane has asked for. */
const asTold = "paused at the control plane";

/** Keeps one process of a stage alive on this machine, as the control plane does on its own. */
export class StageWorker {
  readonly #options: StageWorkerOptions;
  readonly #timer: NodeJS.Timeout;
  #control: StageControl | undefined;
  #work: StageWork | undefined;
  /** Of the process that was started last. */
  #member = "";
  #toldAt = -Infinity;
  #told: StageNews | undefined;
  /** One thing after the other: what is to be done may change while it is begun. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: StageWorkerOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  /** What is to be done now. The same work goes on as it was; another release takes its place. */
  setUp(work: StageWork): void {
    this.#inTurn(async () => {
      this.#told = undefined;
      if (this.#control && isDeepStrictEqual(this.#work?.plan, work.plan)) return this.#follow(work.wish);
      await this.#control?.down();
      const folder = await this.#options.codeFolder(work.plan.release);
      this.#work = work;
      this.#control = this.#controlOf(work, folder);
      if (work.wish === "run") this.#control.up();
      else await this.#control.pause(asTold);
      this.#look();
    });
  }

  wish(wish: StageWish): void {
    this.#inTurn(() => this.#follow(wish));
  }

  /** A newer token for the log. */
  renew(token: string): void {
    for (const { life } of this.#control?.lives ?? []) life.renew?.(token);
  }

  /** Ends the stage's process behind its epoch. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#inTurn(async () => this.#control?.down());
    await this.#turn;
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => this.#options.log.error({ err: error }, "the stage could not be set to work"));
  }

  async #follow(wish: StageWish): Promise<void> {
    const control = this.#control;
    if (!control) return;
    if (wish === "restart") await control.restart();
    else if (wish === "pause" && !control.wishes.paused) await control.pause(asTold);
    else if (wish === "run") {
      control.up();
      await control.resume();
    }
    this.#look();
  }

  #controlOf({ plan, files }: StageWork, projectFolder: string): StageControl {
    const { dataFolder, logAccess, pointer, onLine, log } = this.#options;
    const { stage } = plan;
    const decl: StageDecl = { ...stage, scale: { ...stage.scale, min: 1, max: 1 } };
    const settings = (): Omit<StageSettings, "careful" | "skip" | "probeFile"> => {
      const [log, filled] = [logAccess(), files && filledProfile({ files }).files];
      this.#member = workerMember(stage.name);
      return {
        plan,
        member: this.#member,
        projectFolder,
        dataFolder,
        log: log.kind === "kafka" && keepsState(stage) ? { ...log, snapshots: filled } : log,
        lake: stage.kind === "table" && filled ? { files: filled, pointer } : undefined,
        secrets: stageSecrets(stage),
      };
    };
    return new StageControl({
      decl,
      wishes: {},
      start: (care) => spawnStage({ ...settings(), ...care }, { onLine, heapMiB: heapMiBOf(stage), compileCache: compileCacheFolder(dataFolder) }),
      // Who has paused it, and whether it stays so, is the control plane's to keep.
      save: async () => 0,
      probeFile: (slot) => probeFile(dataFolder, stage.name, slot),
      log,
    });
  }

  #look(): void {
    const news = this.#control && newsOf(this.#control, this.#member);
    const now = performance.now();
    if (!news || (isDeepStrictEqual(news, this.#told) && now - this.#toldAt < tellMs)) return;
    this.#told = news;
    this.#toldAt = now;
    this.#options.tell(news);
  }
}

function newsOf({ state, counts, lives, progress, lastError, wishes: { paused } }: StageControl, member: string): StageNews {
  const [{ life, restarts } = {}] = lives;
  const report = life?.report;
  return {
    state,
    counts,
    ...(life && { instance: { member, pid: life.pid, startedAt: life.startedAt.toISOString(), restarts: restarts ?? 0, memoryBytes: report?.memoryBytes ?? 0, cpuSeconds: report?.cpuSeconds ?? 0 } }),
    ...(progress && { progress }),
    ...(lastError && { lastError }),
    ...(paused && paused.reason !== asTold && { paused }),
  };
}
