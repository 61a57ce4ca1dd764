import type { ErrorJson } from "../../errors.ts";
import type { Json } from "../../model/manifest.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";

/** What a worker process is told at its start. */
export interface WorkerSettings {
  release: string;
  /** The folder of the release's code, absolute. */
  codeFolder: string;
  dataFolder: string;
}

/** An attempt on its way to a worker. */
export interface WorkMessage extends Omit<Work, "list"> {
  /** The entry of its map, where the list is small. */
  item?: Json;
  /** Where to find it otherwise. */
  list?: Extract<Work["list"], { file: string }>;
  /** Those that the task may have. */
  secrets?: Readonly<Record<string, string>>;
  /** Not the task's own work, but what makes the text of its command, statement or request. */
  renders?: boolean;
}

/** What the user's code has made of a task whose settings it works out. */
export type Rendered = { ok: true; settings: Json } | { ok: false; outcome: Outcome };

/* Messages over IPC go in lists: many are under way at once, and each send costs more than what is in it. */

export type ToWorker =
  | { type: "start"; settings: WorkerSettings }
  | { type: "run"; work: WorkMessage }
  | { type: "stop"; attempt: string; why: string };

export type FromWorker =
  /** It takes work. */
  | { type: "ready" }
  | { type: "end"; attempt: string; fence: number; outcome: Outcome }
  | { type: "rendered"; attempt: string; rendered: Rendered }
  /** It imports a module of the user's, which may never end. */
  | { type: "importing"; module: string }
  | { type: "imported"; module: string }
  /** It should get no more work: it was asked to end, or code of the user's has left it in a state that nobody knows. */
  | { type: "leaving" };

/**
 * What a worker says over a pipe of its own, as lines of JSON: the event loop, which user code may block, has no part in it.
 * - `lagMs`: how long the event loop has not turned. The heartbeat; every five seconds and when it becomes much or little.
 * - `culprit`: the attempt that ends the process at this moment.
 */
export type WorkerBeat = { lagMs: number } | { culprit: string; error: ErrorJson };

/** The descriptor of that pipe. The one before it is the IPC channel's. */
export const beatDescriptor = 4;

/** An event loop that has not turned for longer gets no new work. */
export const blockedMs = 1_000;
