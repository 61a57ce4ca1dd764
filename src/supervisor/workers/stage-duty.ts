import type { StagePlan } from "../../engine/stage-plan.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import { MillraceError } from "../../errors.ts";
import type { StageControl } from "../stage-control.ts";
import type { Answer } from "./serve-calls.ts";
import { soundNews } from "./sound-news.ts";
import type { StageGuest } from "./stage-guest.ts";
import type { Duty, Reach } from "./worker-session.ts";
import type { Setup, StageNews, StageWish } from "./worker-protocol.ts";

/** What a worker of a stage must know of it. */
export interface SharedStage {
  control: StageControl;
  plan: StagePlan;
  /** Where the lake's files are, for a stage that writes a table or keeps its state there. */
  files?: ProfileDecl["files"];
  /** A process of the stage on a worker has ended, or nobody knows of it any more. */
  gone(member: string): void;
}

/** A connection that broke comes back in less, where the worker lives. */
const awayMsMax = 5_000;

/** Paused is what it is to be from the first moment on; its process ends behind its epoch. */
const isAtRest = ({ state, instance }: StageNews): boolean => instance === undefined && (state === "paused" || state === "stopped" || state === "drained");

/** A worker runs a process of a stage: it joins the stage's group with the processes that are there already. */
export class StageDuty implements Duty, StageGuest {
  news: StageNews | undefined;
  readonly #stage: SharedStage;
  readonly #reach: Reach;
  #waiting: (() => void)[] = [];
  #pausedAt: string | undefined;
  /** The process that it has told of last. */
  #member: string | undefined;
  #away: NodeJS.Timeout | undefined;

  constructor(stage: SharedStage, reach: Reach) {
    this.#stage = stage;
    this.#reach = reach;
    stage.control.admit(this);
  }

  get machine(): string {
    return this.#reach.machine;
  }

  get connected(): boolean {
    return this.#reach.connected;
  }

  setup(): Setup["work"] {
    const { plan, control, files } = this.#stage;
    return { kind: "stage", plan, wish: control.wish, ...(files && { files }) };
  }

  begin(): void {
    // It was told all there is to know in the setup.
    clearTimeout(this.#away);
  }

  get working(): number {
    return this.news?.counts.tasks.length ?? 0;
  }

  readonly handle = (method: string, request: Record<string, unknown>): Answer => {
    if (method !== "news") throw new MillraceError("MR-HTTP-006", { what: `a stage's worker has no call "${method}"`, where: "a worker's call", mend: "start the worker with the version of its control plane" });
    const news = soundNews(request);
    // What it told before somebody resumed the stage must not pause it once more.
    const isKnown = news.paused?.at === this.#pausedAt;
    this.#pausedAt = news.paused?.at ?? this.#pausedAt;
    this.news = isKnown ? { ...news, paused: undefined } : news;
    this.#heardOf(news.instance?.member);
    this.#stage.control.heard(this);
    if (isAtRest(this.news)) this.#rest();
    return {};
  };

  /** Whatever was there before has ended. */
  #heardOf(member: string | undefined): void {
    if (this.#member !== undefined && this.#member !== member) this.#stage.gone(this.#member);
    this.#member = member;
  }

  wish(wish: StageWish): Promise<void> {
    this.#reach.tell({ event: "wish", wish });
    if (!this.connected || wish !== "pause" || this.news === undefined || isAtRest(this.news)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #rest(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  away(): void {
    this.#rest();
    clearTimeout(this.#away);
    const member = this.#member;
    if (member !== undefined) this.#away = setTimeout(() => this.#stage.gone(member), awayMsMax).unref();
  }

  end(): void {
    clearTimeout(this.#away);
    this.#heardOf(undefined);
    this.#stage.control.dismiss(this);
    this.#rest();
  }
}
