import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Ends connections on which nobody has ever asked anything, when the server goes down. Browsers open such ones in advance, and
 * Node's server would wait for their first request until its time is up.
 */
export function endSilentConnections(app: FastifyInstance, how: "connection" | "secureConnection"): void {
  const silent = new Set<Socket>();
  app.server.on(how, (socket: Socket) => {
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  app.server.on("request", (request) => silent.delete(request.socket));
  app.addHook("preClose", async () => {
    for (const socket of silent) socket.destroy();
  });
}
