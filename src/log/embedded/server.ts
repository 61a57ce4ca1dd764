import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { asMillraceError } from "../../errors.ts";
import { type Grant, verifyGrant } from "./access.ts";
import type { Connection, LogMethod, LogService } from "./service.ts";
import { type Message, receiveMessages, sendMessage } from "./wire.ts";

interface RequestHeader {
  id: number;
  method: LogMethod | "hello" | "cancel";
  request: any;
}

/**
 * Serves the log on a Unix socket that only its owner may open. The first message of a connection is `hello` with a
 * token; anything else before it ends the connection.
 *
 * @param path - at most 107 bytes, the system's limit for such a socket
 * @param secret - what tokens are signed with
 */
export async function serveLog(service: LogService, path: string, secret: string): Promise<Server> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(service, socket, secret);
  });
  server.on("close", () => {
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return server;
}

function serveConnection(service: LogService, socket: Socket, secret: string): void {
  const gone = new AbortController();
  const waiting = new Map<number, AbortController>();
  let connection: Connection | undefined;
  const answer = async ({ header, body }: Message): Promise<void> => {
    const { id, method, request } = header as RequestHeader;
    if (method === "cancel") {
      waiting.get(request.id)?.abort();
      return;
    }
    const abort = new AbortController();
    waiting.set(id, abort);
    try {
      if (method === "hello") {
        connection = { grant: verifyGrant(request.token, secret) as Grant, signal: gone.signal, notify: (event) => sendMessage(socket, event) };
        sendMessage(socket, { id, result: { folder: service.core.folder } });
        return;
      }
      const caller = connection ?? { grant: verifyGrant("", secret), signal: gone.signal, notify: () => undefined };
      const result = await service.handle(method === "fetch" ? { ...caller, signal: abort.signal } : caller, method, request, body);
      if (!socket.destroyed) sendMessage(socket, { id, result });
    } catch (error) {
      if (!socket.destroyed) sendMessage(socket, { id, error: asMillraceError(error, "the log service").toJSON() });
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
