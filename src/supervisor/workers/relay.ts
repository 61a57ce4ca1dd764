import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../../errors.ts";
import { joinSockets } from "./join-sockets.ts";

export interface Relay {
  /** The socket on this machine. */
  path: string;
  /** Ends the connections that there are; whoever made them will make others. */
  drop(): void;
  close(): void;
}

const waitMsMax = 2_000;

/**
 * A socket on this machine from which each connection goes on to the control plane: processes with code of the user's reach
 * what they may reach there, and never hold the worker's identity. While the plane is away, connections wait.
 *
 * @param path - at most 107 bytes
 * @param onRefused - the plane does not take the connection; it is ended, and whoever made it will make another
 */
export async function openRelay(path: string, connect: () => Promise<Socket>, onRefused: (error: Error) => void): Promise<Relay> {
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
    forward(socket, connect).catch((error: Error) => {
      onRefused(error);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(path, resolve);
  });
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    path,
    drop,
    close: () => {
      server.close();
      drop();
      rmSync(path, { force: true });
    },
  };
}

async function forward(socket: Socket, connect: () => Promise<Socket>): Promise<void> {
  for (let waitMs = 50; !socket.destroyed; waitMs = Math.min(waitMsMax, waitMs * 2)) {
    try {
      return joinSockets(socket, await connect());
    } catch (error) {
      if (!(error instanceof MillraceError) || !(error.retryable || error.code === "MR-HTTP-001")) throw error;
      // The identity is renewed, or the plane comes back.
      await wait(waitMs);
    }
  }
}
