import { setMaxListeners } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { asMillraceError, MillraceError } from "../../errors.ts";
import { type Grant, requireInTime, verifyGrant } from "./access.ts";
import type { Desk, OpenDesk } from "./desk.ts";
import type { Connection, LogMethod } from "./log-calls.ts";
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
  /** Takes no more connections and ends those that are open. Requests under way are finished by whoever has them, unanswered. */
  close(): Promise<void>;
}

/**
 * Serves the log on a Unix socket that only its owner may open. The first message of a connection is `hello` with a
 * token; anything else before it ends the connection. A later one brings a newer token of the same name.
 *
 * @param openDesk - who answers a connection, once it has shown its token
 * @param path - at most 107 bytes, the system's limit for such a socket (see socket-path.ts)
 * @param secret - what tokens are signed with
 */
export async function serveLog(openDesk: OpenDesk, path: string, secret: string): Promise<LogServer> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(openDesk, socket, secret);
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

function serveConnection(openDesk: OpenDesk, socket: Socket, secret: string): void {
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  const waiting = new Map<number, AbortController>();
  let connection: Connection | undefined;
  let desk: Desk | undefined;
  const hello = (token: string, carried: boolean): Desk => {
    const grant = verifyGrant(token, secret);
    if (connection) requireSameName(connection.grant, grant);
    connection ??= { grant, signal: gone.signal, notify: (event) => sendMessage(socket, event) };
    connection.grant = grant;
    desk ??= openDesk(grant, carried);
    return desk;
  };
  const answer = async ({ header, body }: Message): Promise<void> => {
    if (!isRequest(header)) return void socket.destroy();
    const { id, method, request } = header;
    if (method === "cancel") return waiting.get(request.id as number)?.abort();
    const abort = new AbortController();
    waiting.set(id, abort);
    try {
      if (method === "hello") {
        const { folder } = hello(String(request.token), request.carried === true);
        return sendMessage(socket, { id, result: { folder } });
      }
      if (!connection || !desk) throw saysNoName();
      requireInTime(connection.grant);
      const { result, parts } = await desk.answer(method === "fetch" ? { ...connection, signal: abort.signal } : connection, method, request, body);
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
    desk?.close();
    for (const abort of waiting.values()) abort.abort();
  });
}

function requireSameName(known: Grant, given: Grant): void {
  if (known.name === given.name) return;
  throw new MillraceError("MR-LOG-008", { what: `a connection of "${known.name}" cannot become one of "${given.name}"`, where: "the log service", mend: "open another connection" });
}

function saysNoName(): MillraceError {
  return new MillraceError("MR-LOG-008", { what: "the connection has shown no token", where: "the log service", mend: "start the process through `millrace up`" });
}
