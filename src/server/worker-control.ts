import type { Duplex } from "node:stream";
import type { JoinToken, WorkerPurpose } from "../govern/join-tokens.ts";

/** Processes on other machines that do work of the project, and the tokens with which they join. */
export interface WorkerControl {
  /** In the order in which they joined. */
  list(): WorkerView[];
  /** In the order in which they were made. */
  tokens(): JoinToken[];
  /** @returns the token itself too, which cannot be told again. @throws MillraceError `MR-WORKER-003` for work that cannot go to another machine */
  createToken(request: JoinTokenCreate): Promise<{ secret: string; token: JoinToken }>;
  /** Workers that have joined with it are cut off. @throws MillraceError `MR-GOVERN-001` */
  revokeToken(id: string): Promise<JoinToken>;
  /** @throws MillraceError `MR-HTTP-001` for what nobody can join with */
  checkToken(secret: string): void;
  /**
   * Gives a worker an identity, good for some minutes.
   * @param secret - the token that it joins with
   * @throws MillraceError `MR-HTTP-001`, and `MR-WORKER-001` for a worker of another version
   */
  join(secret: string, joining: Joining): Joined;
  /** Who a worker is. @throws MillraceError `MR-HTTP-001` for an identity that is not of this project, is over, or was taken back */
  identify(identity: string): WorkerIdentity;
  /** Takes over a connection of a worker. It is ended when the identity is. */
  connect(identity: WorkerIdentity, way: WorkerWay, socket: Duplex): void;
  /** Ends all connections. Workers come back to whoever listens there next. */
  close(): Promise<void>;
}

/** What a connection is for: to talk of the work, to reach the log, to reach the pointer of a stage's table. */
export type WorkerWay = "link" | "log" | "state";

export interface JoinTokenCreate {
  purpose: WorkerPurpose;
  /** Milliseconds for which workers may join with it. Absent: until it is revoked. */
  lastsMs?: number;
}

/** What a worker says of itself. */
export interface Joining {
  /** Of Millrace. */
  version: string;
  /** The name of its machine. */
  machine: string;
  pid: number;
  /** What it was started for, where somebody has said so: it must be the token's purpose. */
  purpose?: WorkerPurpose;
}

export interface Joined {
  worker: string;
  identity: string;
  /** ISO 8601. */
  until: string;
}

/** Who a worker is, as its identity says; signed, and good until `until`, milliseconds since 1970. */
export interface WorkerIdentity {
  worker: string;
  /** Id of the token that it has joined with. */
  token: string;
  until: number;
}

export interface WorkerView {
  worker: string;
  purpose: WorkerPurpose;
  machine: string;
  version: string;
  pid: number;
  /** Id of the token that it has joined with. */
  token: string;
  /** Whether it has a connection now. */
  connected: boolean;
  /** Times are ISO 8601. */
  joinedAt: string;
  heardAt: string;
  identityUntil: string;
  /** Attempts of tasks that it has; of a stage, its tasks. */
  working: number;
}
