import { setTimeout as wait } from "node:timers/promises";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { Joining } from "../../server/worker-control.ts";
import { type Answered, CallClient } from "./call-client.ts";
import { connectPlane, joinPlane, type PlaneAddress } from "./plane-connection.ts";
import type { Renewal, Setup, ToWorkerEvent, WorkerCall, WorkerCalls } from "./worker-protocol.ts";

export interface PlaneLinkOptions {
  address: PlaneAddress;
  /** The token to join with: asked for each time, for its file may be replaced. */
  token(): string;
  joining: Joining;
  /** With each connection: what is to be done. */
  onSetup(setup: Setup): void;
  onEvent(event: Exclude<ToWorkerEvent, { event: "over" }>): void;
  onRenewal(renewal: Renewal): void;
  /** The connection is lost: others over the same line may be, without having noticed. */
  onLost(): void;
  /** The connection has been away for so long that what the worker has under way counts as lost. */
  onAway(): void;
  warn(text: string, fields?: Record<string, unknown>): void;
}

const beatMs = 5_000;
const waitMsMin = 50;
const waitMsMax = 2_000;
/** The plane takes a worker for gone, and its attempts for lost, after as long a silence. */
const awayMs = 15_000;

/**
 * A worker's standing with its control plane. It joins with its token, keeps its identity alive, and comes back when the
 * connection breaks; calls wait for that, and go out again, for each of them may come twice.
 */
export class PlaneLink {
  readonly #options: PlaneLinkOptions;
  readonly #closing = new AbortController();
  #identity: string | undefined;
  #renewal: Renewal | undefined;
  #client: CallClient | undefined;
  #ready = Promise.withResolvers<CallClient>();
  #renewAt: NodeJS.Timeout | undefined;
  #away: NodeJS.Timeout | undefined;

  constructor(options: PlaneLinkOptions) {
    this.#options = options;
  }

  /** The last one: what is shown to the plane with each further connection, and to its log. */
  get renewal(): Renewal | undefined {
    return this.#renewal;
  }

  /** Goes on until it is closed. @throws MillraceError when the plane refuses the worker for good */
  async run(): Promise<void> {
    this.#ready.promise.catch(() => undefined);
    for (let waitMs = waitMsMin; !this.#closing.signal.aborted; waitMs = Math.min(waitMsMax, waitMs * 2)) {
      try {
        await this.#live();
        waitMs = waitMsMin;
        if (!this.#closing.signal.aborted) this.#options.warn("the connection to the control plane is lost");
      } catch (error) {
        const told = asMillraceError(error, "the control plane");
        this.#client?.close();
        // An identity that is over is no end: there is the token to join with.
        const joinsAgain = told.code === "MR-HTTP-001" && this.#identity !== undefined;
        if (joinsAgain) this.#identity = undefined;
        else if (!told.retryable) throw told;
        this.#options.warn(told.parts.what, { where: told.parts.where });
      }
      await wait(waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  /** Waits for a connection while there is none. @throws MillraceError what the plane says */
  async call<C extends WorkerCall>(method: C, request: Parameters<WorkerCalls[C]>[0], body?: Uint8Array): Promise<{ result: ReturnType<WorkerCalls[C]>; body: Uint8Array }> {
    for (;;) {
      const client = await this.#ready.promise;
      try {
        return await client.call(method, request, body);
      } catch (error) {
        if (!isCutOff(error) || this.#closing.signal.aborted) throw error;
        // A connection that has broken says so a moment later.
        await wait(10);
      }
    }
  }

  /** Says something that is of no use later: while there is no connection it is left out. */
  tell<C extends WorkerCall>(method: C, request: Parameters<WorkerCalls[C]>[0]): void {
    this.#client?.call(method, request).catch(() => undefined);
  }

  /** One connection, from its beginning to its end. @throws MillraceError when none can be had */
  async #live(): Promise<void> {
    const { address, token, joining, onSetup } = this.#options;
    this.#identity ??= (await joinPlane(address, token(), joining)).identity;
    const socket = await connectPlane(address, "link", this.#identity);
    const gone = Promise.withResolvers<void>();
    const beating = setInterval(() => this.#beat(client), beatMs);
    const client: CallClient = new CallClient(socket, { where: address.url.origin, onEvent: (event: ToWorkerEvent) => this.#heard(event), onClose: () => (clearInterval(beating), gone.resolve()) });
    if (this.#closing.signal.aborted) return client.close();
    this.#client = client;
    void gone.promise.then(() => this.#lost(client));
    const setup: Answered & { result: Setup } = await client.call("hello", joining);
    this.#backAgain();
    this.#renewed(setup.result.renewal);
    this.#ready.resolve(client);
    onSetup(setup.result);
    await gone.promise;
  }

  #heard(event: ToWorkerEvent): void {
    if (event.event !== "over") return this.#options.onEvent(event);
    this.#options.warn(`the control plane ends the worker's standing: ${event.error.what}`);
    this.#identity = undefined;
    this.#client?.close();
  }

  #renewed(renewal: Renewal): void {
    this.#identity = renewal.identity;
    this.#renewal = renewal;
    this.#options.onRenewal(renewal);
    clearTimeout(this.#renewAt);
    this.#renewAt = setTimeout(() => void this.#renew(), renewal.lastsMs / 3);
  }

  /** The plane hears that the worker lives, and the worker that the connection does. */
  #beat(client: CallClient): void {
    const dead = setTimeout(() => client.close(), awayMs);
    client.call("beat", {}).catch(() => undefined).finally(() => clearTimeout(dead));
  }

  /** While there is no connection there is nothing to renew: the next one brings another identity, or asks for it. */
  async #renew(): Promise<void> {
    try {
      const { result } = (await this.#client?.call("renew", {})) ?? {};
      if (result) this.#renewed(result as Renewal);
    } catch (error) {
      if (isCutOff(error)) return;
      this.#options.warn(`the identity was not renewed: ${asMillraceError(error, "the control plane").parts.what}`);
      this.#client?.close();
    }
  }

  #lost(client: CallClient): void {
    clearTimeout(this.#renewAt);
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => undefined);
    this.#options.onLost();
    this.#leftAlone();
  }

  #leftAlone(): void {
    this.#away ??= setTimeout(() => this.#options.onAway(), awayMs);
  }

  #backAgain(): void {
    clearTimeout(this.#away);
    this.#away = undefined;
  }

  /** Says good-bye, where there is somebody who hears it. */
  async close(): Promise<void> {
    const client = this.#client;
    await client?.call("leave", {}).catch(() => undefined);
    this.#closing.abort();
    clearTimeout(this.#renewAt);
    this.#backAgain();
    client?.close();
    this.#ready.reject(new MillraceError("MR-WORKER-004", { what: "the worker ends", where: "the worker", mend: "nothing to do", retryable: true }));
  }
}

const isCutOff = (error: unknown): boolean => error instanceof MillraceError && error.code === "MR-WORKER-004";
