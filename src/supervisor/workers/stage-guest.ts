import type { StageNews, StageWish } from "./worker-protocol.ts";

/** A stage's life on another machine, as the stage's control sees it. What keeps it alive there is a control of its own. */
export interface StageGuest {
  readonly machine: string;
  /** Without a connection nobody knows whether it still lives; it is told what is wanted when it comes back. */
  readonly connected: boolean;
  /** What it has told last; undefined before its first word. */
  readonly news: StageNews | undefined;
  /** Tells it what is wanted; a pause has been kept when it resolves, or the worker is out of reach. */
  wish(wish: StageWish): Promise<void>;
}
