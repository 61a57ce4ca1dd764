import { setMaxListeners } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { asMillraceError } from "../../errors.ts";
import { verifyGrant } from "./access.ts";
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
 * token; anything else before it ends the connection.
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
  const answer = async ({ header, body }: Message): Promise<void> => {
    if (!isRequest(header)) return void socket.destroy();
    const { id, method, request } = header;
    if (method === "cancel") return waiting.get(request.id as number)?.abort();
    const abort = new AbortController();
    waiting.set(id, abort);
    try {
      if (method === "hello") {
        connection = { grant: verifyGrant(String(request.token), secret), signal: gone.signal, notify: (event) => sendMessage(socket, event) };
        return sendMessage(socket, { id, result: { folder: service.core.folder } });
      }
      const caller = connection ?? { grant: verifyGrant("", secret), signal: gone.signal, notify: () => undefined };
      const result = await service.handle(method === "fetch" ? { ...caller, signal: abort.signal } : caller, method, request as never, body);
      if (!socket.destroyed) sendMessage(socket, { id, result });
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
    for (const abort of waiting.values()) abort.abort();
  });
}
