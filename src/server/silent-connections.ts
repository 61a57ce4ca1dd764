import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Ends connections on which nobody has ever asked anything, when the server goes down. Browsers open such ones in advance, and
 * what looks whether the port is open leaves them behind; Node's server would wait for their first request until its time is up.
 */
export function endSilentConnections(app: FastifyInstance): void {
  // By their other end: above TLS a request has a socket of its own, and not the one that was opened.
  const silent = new Map<string, Socket>();
  app.server.on("connection", (socket: Socket) => {
    const end = otherEnd(socket);
    silent.set(end, socket);
    socket.once("close", () => silent.get(end) === socket && silent.delete(end));
  });
  app.server.on("request", ({ socket }: IncomingMessage) => silent.delete(otherEnd(socket)));
  app.addHook("preClose", async () => {
    for (const socket of silent.values()) socket.destroy();
  });
}

const otherEnd = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
