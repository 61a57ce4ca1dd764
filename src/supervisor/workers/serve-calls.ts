import type { Socket } from "node:net";
import { asMillraceError, MillraceError } from "../../errors.ts";
import { receiveMessages, sendMessage } from "../../log/embedded/wire.ts";

/** An answer with bytes beside it. */
export interface Answer {
  result?: unknown;
  body?: Uint8Array;
}

/** Answers one call. */
export type CallHandler = (method: string, request: Record<string, unknown>, body: Uint8Array) => Promise<Answer> | Answer;

/** Answers the calls that come on a connection, each when it is ready. What is no call ends the connection. */
export function serveCalls(socket: Socket, handle: CallHandler): void {
  const answer = async (header: unknown, body: Uint8Array): Promise<void> => {
    const call = callOf(header);
    if (!call) return void socket.destroy();
    const { id, method, request } = call;
    try {
      const { result, body: bytes } = await handle(method, request, body);
      if (!socket.destroyed) sendMessage(socket, { id, result }, bytes ? [bytes] : []);
    } catch (error) {
      if (!socket.destroyed) sendMessage(socket, { id, error: asMillraceError(error, `a worker's call "${method}"`).toJSON() });
    }
  };
  receiveMessages(socket, ({ header, body }) => void answer(header, body), () => socket.destroy());
}

function callOf(header: unknown): { id: number; method: string; request: Record<string, unknown> } | undefined {
  const { id, method, request } = (header ?? {}) as { id?: unknown; method?: unknown; request?: unknown };
  if (typeof id !== "number" || typeof method !== "string" || typeof request !== "object" || request === null) return undefined;
  return { id, method, request: request as Record<string, unknown> };
}

/** Receipts and keys of files are long; nothing is longer. */
const textMax = 64 * 1024;

/** A field of a request that must be text. */
export function textIn(request: Record<string, unknown>, name: string): string {
  const value = request[name];
  if (typeof value === "string" && value !== "" && value.length <= textMax) return value;
  throw new MillraceError("MR-HTTP-006", { what: `the call has no text "${name}"`, where: "a worker's call", mend: "start the worker with the version of its control plane" });
}
