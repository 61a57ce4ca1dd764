import { setMaxListeners } from "node:events";
import { createConnection, type Socket } from "node:net";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import type { Grant } from "./access.ts";
import { CarriedBytes } from "./carried-bytes.ts";
import type { MemberEvent } from "./coordinator.ts";
import { type Place, type PlaceReader, SegmentReader } from "./segment-reader.ts";
import type { LogCalls, LogMethod, StatePage } from "./log-calls.ts";
import type { LogService } from "./service.ts";
import { messageBytesMax, receiveMessages, sendMessage } from "./wire.ts";

export type PortEvent = MemberEvent & { group: string; member: string };

/** A header of the service: the answer to a call, or an event that nobody asked for. */
type FromService = { id: number; result?: unknown; error?: ErrorJson } | PortEvent;

type Send = <M extends LogMethod>(method: M, request: Parameters<LogCalls[M]>[0]) => Promise<ReturnType<LogCalls[M]>>;

export interface PortListener {
  /** News for a member. */
  onEvent: (event: PortEvent) => void;
  /** The service is back after a loss. What `send` sends goes before everything that waits. */
  onReturn: (send: Send) => Promise<void>;
  /** The service stayed away for longer than the patience; every call has failed. */
  onGone: (error: Error) => void;
}

/** The way to the log service: in the same process, or over its socket. */
export interface LogPort {
  /** The folder of the segments, which readers open themselves; undefined where they are on another machine. */
  readonly folder: string | undefined;
  /** Gives the bytes at the places that answers name. */
  readonly reader: PlaceReader;
  call<M extends LogMethod>(method: M, request: Parameters<LogCalls[M]>[0], parts?: Uint8Array[], signal?: AbortSignal): Promise<ReturnType<LogCalls[M]>>;
  /** `onEvent`: news for members. `onReturn`: the service is back after a loss of the connection, before anything is sent again. */
  listen(listener: PortListener): void;
  close(): Promise<void>;
}

/** The log in the same process. */
export function directPort(service: LogService, grant: Grant): LogPort {
  const gone = new AbortController();
  // One listener for each group joined: their number says nothing.
  setMaxListeners(0, gone.signal);
  let listener: PortListener | undefined;
  const connection = { grant, signal: gone.signal, notify: (event: PortEvent) => queueMicrotask(() => listener?.onEvent(event)) };
  return {
    folder: service.core.folder,
    reader: new SegmentReader(service.core.folder),
    call: (method, request, parts = [], signal) => service.handle(signal ? { ...connection, signal } : connection, method, request, parts.length === 1 ? parts[0] : Buffer.concat(parts)),
    listen: (to) => {
      listener = to;
    },
    close: async () => gone.abort(),
  };
}

interface PendingCall {
  method: string;
  request: unknown;
  parts: Uint8Array[];
  /** The connection on which it went out last. */
  sentOn?: Socket;
  resolve: (value: any) => void;
  reject: (error: Error) => void;
}

export interface SocketPortOptions {
  path: string;
  token: string;
  /** How long the service may be away before calls fail. Default 30 s. */
  patienceMs?: number;
  /** The segments are on another machine: their bytes come with the answers. */
  carried?: boolean;
}

/** A way to the log service that can be given a newer token. */
export interface SocketLogPort extends LogPort {
  /** From now on this one counts; on a connection that stands, when it resolves. */
  renew(token: string): Promise<void>;
}

/** The log behind its socket. Calls survive a restart of the service: they are sent again, and it knows those it has done. */
export async function socketPort(options: SocketPortOptions): Promise<SocketLogPort> {
  const port = new SocketPort(options);
  await port.open();
  return port;
}

class SocketPort implements SocketLogPort {
  folder: string | undefined;
  #reader: PlaceReader | undefined;
  readonly #carried: CarriedBytes | undefined;
  #token: string;
  readonly #options: Required<SocketPortOptions>;
  #socket: Socket | undefined;
  /** Calls go out at once; before that they wait, so that their order is kept over a loss. */
  #ready = false;
  #closed = false;
  #nextId = 1;
  #pending = new Map<number, PendingCall>();
  #listener: PortListener | undefined;

  constructor(options: SocketPortOptions) {
    this.#options = { patienceMs: 30_000, carried: false, ...options };
    this.#token = options.token;
    this.#carried = options.carried ? new CarriedBytes() : undefined;
  }

  async open(): Promise<void> {
    await this.#connect();
    this.#sendWaiting();
  }

  async #connect(): Promise<void> {
    const { path, patienceMs } = this.#options;
    const socket = await connectPatiently(path, performance.now() + patienceMs, () => this.#closed);
    this.#socket = socket;
    receiveMessages(socket, ({ header, body }) => this.#receive(header as FromService, body), () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#lost());
    await this.#sayHello();
  }

  async #sayHello(): Promise<void> {
    this.folder = (await this.#sendNow<{ folder?: string }>("hello", { token: this.#token, carried: this.#options.carried })).folder;
  }

  get reader(): PlaceReader {
    this.#reader ??= this.#carried ?? new SegmentReader(this.folder as string);
    return this.#reader;
  }

  async renew(token: string): Promise<void> {
    this.#token = token;
    if (this.#ready) await this.#sayHello();
  }

  call(method: string, request: unknown, parts: Uint8Array[] = [], signal?: AbortSignal): Promise<any> {
    if (this.#closed) return Promise.reject(unreachable(this.#options.path));
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    if (bytes > bodyBytesMax) return Promise.reject(tooLarge(method, bytes));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const cancel = (): void => this.#cancel(id);
      // A signal may live as long as a stage, and must not collect a listener for each call.
      const settled = (): void => signal?.removeEventListener("abort", cancel);
      const pending: PendingCall = { method, request, parts, resolve: (value) => (settled(), resolve(value)), reject: (error) => (settled(), reject(error)) };
      this.#pending.set(id, pending);
      if (this.#ready) this.#send(id, pending);
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel);
    });
  }

  listen(listener: PortListener): void {
    this.#listener = listener;
  }

  #sendNow<T>(method: string, request: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const id = this.#nextId++;
      const pending: PendingCall = { method, request, parts: [], resolve, reject };
      this.#pending.set(id, pending);
      this.#send(id, pending);
    });
  }

  #send(id: number, pending: PendingCall): void {
    const socket = this.#socket as Socket;
    pending.sentOn = socket;
    sendMessage(socket, { id, method: pending.method, request: pending.request }, pending.parts);
  }

  #sendWaiting(): void {
    this.#ready = true;
    for (const [id, pending] of this.#pending) if (pending.sentOn !== this.#socket) this.#send(id, pending);
  }

  #cancel(id: number): void {
    if (this.#ready && this.#pending.get(id)?.sentOn === this.#socket) sendMessage(this.#socket as Socket, { id: this.#nextId++, method: "cancel", request: { id } });
  }

  #receive(header: FromService, body: Uint8Array): void {
    if (!("id" in header)) {
      this.#listener?.onEvent(header);
      return;
    }
    const pending = this.#pending.get(header.id);
    if (!pending) return;
    this.#pending.delete(header.id);
    if (header.error) pending.reject(MillraceError.fromJSON(header.error));
    else {
      this.#carried?.take(placesIn(pending.method, header.result), body);
      pending.resolve(header.result);
    }
  }

  #lost(): void {
    const wasReady = this.#ready;
    this.#ready = false;
    // What was said only to that connection dies with it; the rest is sent again on the next.
    for (const [id, { method, sentOn, reject }] of this.#pending) {
      if (sentOn !== this.#socket || !(method === "hello" || method === "join")) continue;
      this.#pending.delete(id);
      reject(unreachable(this.#options.path));
    }
    if (wasReady && !this.#closed) void this.#return();
  }

  async #return(): Promise<void> {
    for (;;) {
      try {
        await this.#connect();
        await this.#listener?.onReturn((method, request) => this.#sendNow(method, request));
        this.#sendWaiting();
        return;
      } catch (error) {
        const lostAgain = error instanceof MillraceError && error.code === "MR-LOG-009" && this.#socket?.destroyed;
        if (lostAgain && !this.#closed && !gaveUp.has(error)) continue;
        this.#giveUp(error as Error);
        return;
      }
    }
  }

  #giveUp(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket?.destroy();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#listener?.onGone(error);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reject } of this.#pending.values()) reject(unreachable(this.#options.path));
    this.#pending.clear();
    this.#socket?.destroy();
  }
}

/** The places that an answer names. */
function placesIn(method: string, result: unknown): Place[] {
  return method === "fetch" || method === "restore" ? (result as ReturnType<LogCalls["fetch"]> | StatePage).refs : [];
}

/** Errors of a service that stayed away for the whole of the patience, not of a connection that broke once more. */
const gaveUp = new WeakSet<Error>();

async function connectPatiently(path: string, deadline: number, stopped: () => boolean): Promise<Socket> {
  for (let waitMs = 5; ; waitMs = Math.min(200, waitMs * 2)) {
    try {
      return await connect(path);
    } catch (cause) {
      if (stopped() || performance.now() > deadline) {
        const error = unreachable(path, cause);
        gaveUp.add(error);
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** What a message may carry beside its header. */
const bodyBytesMax = messageBytesMax - 32 * 1024 * 1024;

function tooLarge(method: string, bytes: number): MillraceError {
  return new MillraceError("MR-LOG-011", { what: `${bytes} bytes in one request; ${bodyBytesMax} are the most`, where: `${method} to the log service`, mend: "write fewer records at once" });
}

function unreachable(path: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-LOG-009", { what: "the log service does not answer", where: path, mend: "start it with `millrace up`; its log says why it stopped", retryable: true, cause });
}
