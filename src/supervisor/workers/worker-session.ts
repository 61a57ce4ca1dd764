import type { Socket } from "node:net";
import type { WorkerPurpose } from "../../govern/join-tokens.ts";
import { sendMessage } from "../../log/embedded/wire.ts";
import type { Joining, WorkerIdentity, WorkerView } from "../../server/worker-control.ts";
import type { CallHandler } from "./serve-calls.ts";
import type { Setup, ToWorkerEvent } from "./worker-protocol.ts";

/** What a worker does for its purpose, as the control plane sees it. */
export interface Duty {
  /** Told with each connection. */
  setup(): Setup["work"];
  /** A connection stands, and the worker knows what it is to do. */
  begin(): void;
  /** Calls that are about the work. */
  readonly handle: CallHandler;
  /** How much it has under way. */
  readonly working: number;
  /** The connection is away; the worker may come back. */
  away(): void;
  /** The worker has gone. */
  end(): void;
}

/** The way to a worker. */
export interface Reach {
  readonly machine: string;
  readonly connected: boolean;
  /** Says something; while there is no connection it is left out. */
  tell(event: ToWorkerEvent): void;
}

/** A worker that has joined. It outlives its connections, as a worker does whose network is away for a moment. */
export class WorkerSession implements Reach {
  readonly purpose: WorkerPurpose;
  readonly duty: Duty;
  readonly worker: string;
  readonly machine: string;
  #identity: WorkerIdentity;
  #joining: Joining;
  #link: Socket | undefined;
  readonly #joinedAt: number;
  #heardAt: number;

  constructor(identity: WorkerIdentity, joining: Joining, purpose: WorkerPurpose, now: number, dutyOf: (reach: Reach) => Duty) {
    this.worker = identity.worker;
    this.machine = joining.machine;
    this.purpose = purpose;
    this.#identity = identity;
    this.#joining = joining;
    this.#joinedAt = now;
    this.#heardAt = now;
    this.duty = dutyOf(this);
  }

  get identity(): WorkerIdentity {
    return this.#identity;
  }

  /** A new identity, or what the worker says of itself on a new connection. */
  renew(identity: WorkerIdentity): void {
    if (identity.until > this.#identity.until) this.#identity = identity;
  }

  /** The newest connection is the one that counts. */
  linkBy(socket: Socket, joining: Joining): void {
    this.#joining = joining;
    if (this.#link !== socket) this.#link?.destroy();
    this.#link = socket;
    socket.once("close", () => {
      if (this.#link !== socket) return;
      this.#link = undefined;
      this.duty.away();
    });
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  get connected(): boolean {
    return this.#link !== undefined;
  }

  tell(event: ToWorkerEvent): void {
    if (this.#link && !this.#link.destroyed) sendMessage(this.#link, event);
  }

  /** Whether it has been silent for so long that it must be taken for gone. */
  isSilent(now: number, silentMs: number): boolean {
    return now - this.#heardAt > silentMs;
  }

  end(): void {
    this.#link?.end();
    this.duty.end();
  }

  get view(): WorkerView {
    const { version, pid } = this.#joining;
    const iso = (ms: number): string => new Date(ms).toISOString();
    return { worker: this.worker, purpose: this.purpose, machine: this.machine, version, pid, token: this.#identity.token, connected: this.connected, joinedAt: iso(this.#joinedAt), heardAt: iso(this.#heardAt), identityUntil: iso(this.#identity.until), working: this.duty.working };
  }
}
