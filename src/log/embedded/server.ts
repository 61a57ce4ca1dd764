import { setMaxListeners } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { asMillraceError, MillraceError } from "../../errors.ts";
import { type Grant, requireInTime, verifyGrant } from "./access.ts";
import { carriedBytesMax, placesToCarry } from "./carried-bytes.ts";
import type { Ref, StateRef } from "./ref.ts";
import { SegmentReader } from "./segment-reader.ts";
import type { Connection, LogMethod, LogService } from "./service.ts";
import { type Message, receiveMessages, sendMessage } from "./wire.ts";

interface RequestHeader {
  id: number;
  method: LogMethod | "hello" | "cancel";
  request: Record<string, unknown>;
}

function isRequest(header: unknown): header is RequestHeader {
  const { id, method, request } = (header ?? {}) as Partial<RequestHeader>;
  return typeof id === "number" && typeof method === "string" && typeof request === "object" && request !== null;
}

export interface LogServer {
  /** Takes no more connections and ends those that are open. Requests under way are finished by the service, unanswered. */
  close(): Promise<void>;
}

/**
 * Serves the log on a Unix socket that only its owner may open. The first message of a connection is `hello` with a
 * token; anything else before it ends the connection. A later one brings a newer token of the same name. With `carried` the
 * answers carry the bytes of what they name, for a client on another machine.
 *
 * @param path - at most 107 bytes, the system's limit for such a socket (see socket-path.ts)
 * @param secret - what tokens are signed with
 */
export async function serveLog(service: LogService, path: string, secret: string): Promise<LogServer> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(service, socket, secret);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serveConnection(service: LogService, socket: Socket, secret: string): void {
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  const waiting = new Map<number, AbortController>();
  let connection: Connection | undefined;
  let carrier: SegmentReader | undefined;
  const hello = (token: string, carried: boolean): void => {
    const grant = verifyGrant(token, secret);
    if (connection) requireSameName(connection.grant, grant);
    connection ??= { grant, signal: gone.signal, notify: (event) => sendMessage(socket, event) };
    connection.grant = grant;
    if (carried) carrier ??= new SegmentReader(service.core.folder);
  };
  const answer = async ({ header, body }: Message): Promise<void> => {
    if (!isRequest(header)) return void socket.destroy();
    const { id, method, request } = header;
    if (method === "cancel") return waiting.get(request.id as number)?.abort();
    const abort = new AbortController();
    waiting.set(id, abort);
    try {
      if (method === "hello") {
        hello(String(request.token), request.carried === true);
        return sendMessage(socket, { id, result: { folder: carrier ? undefined : service.core.folder } });
      }
      const caller = connection ?? { grant: verifyGrant("", secret), signal: gone.signal, notify: () => undefined };
      requireInTime(caller.grant);
      const handle = (asked: object): Promise<unknown> => service.handle(method === "fetch" ? { ...caller, signal: abort.signal } : caller, method, asked as never, body);
      const { result, parts } = carrier && isCarried(method) ? await carry(carrier, method, request, handle) : { result: await handle(request), parts: [] };
      if (!socket.destroyed) sendMessage(socket, { id, result }, parts);
    } catch (error) {
      if (!socket.destroyed) sendMessage(socket, { id, error: asMillraceError(error, "the log service").toJSON() });
      if (!connection) socket.end();
    } finally {
      waiting.delete(id);
    }
  };
  receiveMessages(socket, (message) => void answer(message), () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    gone.abort();
    carrier?.close();
    for (const abort of waiting.values()) abort.abort();
  });
}

function requireSameName(known: Grant, given: Grant): void {
  if (known.name === given.name) return;
  throw new MillraceError("MR-LOG-008", { what: `a connection of "${known.name}" cannot become one of "${given.name}"`, where: "the log service", mend: "open another connection" });
}

type CarriedMethod = "fetch" | "restore";

const isCarried = (method: LogMethod): method is CarriedMethod => method === "fetch" || method === "restore";

/** Asks, and reads what the answer names; again, when a segment has been rewritten in between. */
async function carry(carrier: SegmentReader, method: CarriedMethod, request: Record<string, unknown>, handle: (request: object) => Promise<unknown>): Promise<{ result: unknown; parts: Uint8Array[] }> {
  const asked = method === "fetch" ? { ...request, bytesMax: Math.min(Number(request.bytesMax), carriedBytesMax) } : request;
  const from = method === "restore" && Number.isSafeInteger(request.from) ? Math.max(0, request.from as number) : 0;
  for (let tries = 1; ; tries++) {
    const result = await handle(asked);
    const places = method === "fetch" ? (result as { refs: Ref[] }).refs : placesToCarry(result as StateRef[], from);
    try {
      return { result, parts: carrier.read(places).filter((bytes) => bytes !== undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries === carryTriesMax) throw error;
    }
  }
}

const carryTriesMax = 20;
