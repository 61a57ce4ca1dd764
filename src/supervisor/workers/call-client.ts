import type { Socket } from "node:net";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import { receiveMessages, sendMessage } from "../../log/embedded/wire.ts";

export interface Answered {
  result: any;
  body: Uint8Array;
}

interface Pending {
  resolve(answer: Answered): void;
  reject(error: Error): void;
}

/** The asking end of a connection: calls, each with its answer, and what comes without being asked for. */
export class CallClient {
  readonly #socket: Socket;
  readonly #where: string;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(socket: Socket, { where, onEvent = () => undefined, onClose = () => undefined }: { where: string; onEvent?: (event: any) => void; onClose?: () => void }) {
    this.#socket = socket;
    this.#where = where;
    receiveMessages(socket, ({ header, body }) => this.#receive(header as { id?: number; result?: unknown; error?: ErrorJson }, body, onEvent), () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      for (const { reject } of this.#pending.values()) reject(cutOff(where));
      this.#pending.clear();
      onClose();
    });
  }

  /** @throws MillraceError what the other end says; `MR-WORKER-004`, retryable, when the connection breaks before the answer: it may have been done or not */
  call(method: string, request: object, body?: Uint8Array): Promise<Answered> {
    if (this.isClosed) return Promise.reject(cutOff(this.#where));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      sendMessage(this.#socket, { id, method, request }, body ? [body] : []);
    });
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive({ id, result, error, ...event }: { id?: number; result?: unknown; error?: ErrorJson }, body: Uint8Array, onEvent: (event: object) => void): void {
    if (id === undefined) return onEvent(error ? { ...event, error } : event);
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) pending?.reject(MillraceError.fromJSON(error));
    else pending?.resolve({ result, body });
  }
}

export function cutOff(where: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-WORKER-004", { what: `the control plane cannot be reached${cause instanceof Error ? `: ${cause.message}` : ""}`, where, mend: "look whether Millrace is up there, and whether this machine reaches it; it is tried again", retryable: true, cause });
}
