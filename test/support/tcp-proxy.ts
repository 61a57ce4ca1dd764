import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * What becomes of bytes that a client sends.
 * - `pass`: as if there were nothing between.
 * - `lose-answer`: the server gets them, and the connection is cut in place of its answer.
 * - `lose`: the server never gets them, and the connection is cut.
 * - `late`: the client's connection is cut, and the server gets them when `deliver` is called.
 * - `silence`: from then on nothing passes on this connection, either way, until `heal` is called; it stays open.
 */
export type TcpFault = "pass" | "lose-answer" | "lose" | "late" | "silence";

/** Stands between clients and a server, and does to what they say what it is told. */
export class TcpProxy {
  readonly port: number;
  /** Asked for what a client sends, piece by piece. */
  fault: (bytes: Buffer) => TcpFault = () => "pass";
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  #healed = Promise.withResolvers<void>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @param port - of the server, on this machine */
  static async before(port: number): Promise<TcpProxy> {
    const server = createServer((client) => proxy.#join(client, connect(port, "127.0.0.1"))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new TcpProxy(server);
    return proxy;
  }

  /** Gives the server what came `late`. */
  deliver(): void {
    for (const give of this.#held.splice(0)) give();
  }

  /** Lets pass what was silent. */
  heal(): void {
    this.#healed.resolve();
    this.#healed = Promise.withResolvers();
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket, server: Socket): void {
    let passing: Promise<void> | undefined;
    let isCut = false;
    const cut = (): void => {
      isCut = true;
      client.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.on("data", async (bytes) => {
      const fault = this.fault(bytes);
      if (fault === "silence") passing ??= this.#healed.promise;
      if (fault === "lose-answer") isCut = true;
      if (fault === "lose") server.destroy();
      if (fault === "late" || fault === "lose") cut();
      if (fault === "late") this.#held.push(() => server.write(bytes));
      if (fault === "late" || fault === "lose") return;
      await passing;
      server.write(bytes);
    });
    server.on("data", async (bytes) => {
      if (isCut) return void client.destroy();
      await passing;
      client.write(bytes);
    });
    server.on("close", () => client.destroy());
    // One whose bytes are late outlives its client.
    client.on("close", () => isCut || server.end());
  }
}
