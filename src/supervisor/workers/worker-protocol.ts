import type { StageCounts } from "../../engine/stage-runner.ts";
import type { StagePlan } from "../../engine/stage-plan.ts";
import type { ErrorJson } from "../../errors.ts";
import type { KafkaLogDecl, ProfileDecl } from "../../model/profile.ts";
import type { Hint, Outcome, Work } from "../../scheduler/executor.ts";
import type { Joining } from "../../server/worker-control.ts";
import type { StageState } from "../stage-control.ts";

/*
 * What a worker and its control plane say to one another, as messages of log/embedded/wire.ts over a connection that began as
 * an HTTPS request. The worker calls and is answered; what the control plane has to say comes as events. Every call may
 * come twice, for a connection may break between it and its answer.
 */

/** What a worker may ask, and what it is answered. Bytes go and come as the body of a message. */
export interface WorkerCalls {
  /** The first call of each connection. */
  hello: (request: Joining) => Setup;
  /** Longer life for its identity. */
  renew: (request: object) => Renewal;
  /** It lives. */
  beat: (request: object) => undefined;
  /** The bundle of a release, as body. */
  release: (request: { release: string }) => undefined;
  /** Of a stage's worker: how it goes. */
  news: (request: StageNews) => undefined;
  /** Of a pool's worker: what its executor says; see `ExecutorPort`. Null: it may not start any more. */
  start: (request: { attempt: string; token: string; worker: string }) => Started | null;
  end: (request: { receipt: string; outcome: Outcome }) => boolean;
  alive: (request: { worker: string; attempts: string[] }) => undefined;
  gone: (request: { worker: string }) => undefined;
  /** The worker ends by itself. */
  leave: (request: object) => undefined;
  /** A file that an attempt reads, as body. */
  read: (request: { attempt: string; file: string }) => undefined;
  /** The result of an attempt that is a file; its bytes as body. */
  keep: (request: { receipt: string }) => undefined;
  /** Lines of an attempt's log as body, from the byte `offset` of it on. */
  /** From where on the log is to be sent. */
  log: (request: { receipt: string; offset: number }) => number;
}

export type WorkerCall = keyof WorkerCalls;

/** What the control plane tells without being asked. */
export type ToWorkerEvent =
  | { event: "wish"; wish: StageWish }
  | { event: "offer"; hint: Hint }
  | { event: "stop"; attempt: string; why: string; graceMs: number }
  /** The connection ends, and there is no use in another one with this identity. */
  | { event: "over"; error: ErrorJson };

/** A new identity in place of the old one. */
export interface Renewal {
  identity: string;
  /** Milliseconds until it is over. Of clocks on two machines nothing is asked. */
  lastsMs: number;
  /** Of a stage: what it reaches the log with. */
  log?: RemoteLog;
}

/** A token for our log, which is reached by way of the control plane; or Kafka, which is reached without it, with passwords as secrets by name. */
export type RemoteLog = { kind: "embedded"; token: string } | { kind: "kafka"; settings: KafkaLogDecl };

/** What a worker is to do. */
export interface Setup {
  renewal: Renewal;
  work: StageWork | { kind: "pool"; pool: string };
}

export interface StageWork {
  kind: "stage";
  plan: StagePlan;
  wish: "run" | "pause";
  /** Where a stage that writes a table finds the lake's files, or one on Kafka stores its state. Keys are secrets, by name. */
  files?: ProfileDecl["files"];
}

export type StageWish = "run" | "pause" | "restart";

/** How a stage goes on a worker. */
export interface StageNews {
  state: StageState;
  /** Of all its processes there since the worker was set to work. */
  counts: StageCounts;
  instance?: { /** Its name in the stage's group. */ member: string; pid: number; startedAt: string; restarts: number; memoryBytes: number; cpuSeconds: number };
  progress?: { done: number; total: number };
  lastError?: ErrorJson & { at: string };
  /** It has paused itself. */
  paused?: { reason: string; at: string; error?: ErrorJson };
}

export interface Started {
  work: Work;
  /** Says, signed, whose attempt it is: to be shown with all that is said about it. */
  receipt: string;
}
