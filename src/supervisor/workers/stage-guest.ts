import type { StageNews, StageWish } from "./worker-protocol.ts";

/** A stage's life on another machine, as the stage's control sees it. What keeps it alive there is a control of its own. */
export interface StageGuest {
  readonly machine: string;
  /** What it has told last; undefined before its first word. */
  readonly news: StageNews | undefined;
  /** Tells it what is wanted; a pause has been kept when it resolves, or the worker has gone. */
  wish(wish: StageWish): Promise<void>;
}
