import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/**
 * What becomes of bytes that a client sends.
 * - `pass`: as if there were nothing between.
 * - `lose-answer`: the server gets them, and the connection is cut in place of its answer.
 * - `lose`: the server never gets them, and the connection is cut.
 * - `late`: the client's connection is cut, and the server gets them when `deliver` is called.
 * - `silence`: from then on nothing passes on this connection, either way, until `heal` is called; it stays open.
 */
export type TcpFault = "pass" | "lose-answer" | "lose" | "late" | "silence";

/** Says of a connection, by the first that its client sent, whether it is meant. */
export type Meant = (hello: Buffer) => boolean;

/** Stands between clients and a server, and does to what they say what it is told. */
export class TcpProxy {
  readonly port: number;
  /** Port of the server. */
  readonly server: number;
  /** Asked for what a client sends, piece by piece; `hello` is the first piece of its connection. */
  fault: (bytes: Buffer, hello: Buffer) => TcpFault = () => "pass";
  /** For so long each piece is under way, in each direction, one behind the other: a narrow line. */
  slowMs = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  readonly #stuck = new Set<Socket>();
  #cut: Meant = () => false;
  #healed = Promise.withResolvers<void>();

  private constructor(server: Server, behind: number) {
    this.#server = server;
    this.server = behind;
    this.port = (server.address() as AddressInfo).port;
  }

  /** @param port - of the server, on this machine */
  static async before(port: number): Promise<TcpProxy> {
    const server = createServer((client) => proxy.#join(client, connect(port, "127.0.0.1"))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new TcpProxy(server, port);
    return proxy;
  }

  /** As a network that is cut: nothing passes, either way, on the connections that are there and those to come, until `heal`. */
  cut(meant: Meant = () => true): void {
    this.#cut = meant;
  }

  /** Connections of clients on which the cut holds something back. */
  get stuck(): number {
    return this.#stuck.size;
  }

  /** Gives the server what came `late`. */
  deliver(): void {
    for (const give of this.#held.splice(0)) give();
  }

  /** Lets pass what was silent, or cut. */
  heal(): void {
    this.#cut = () => false;
    this.#stuck.clear();
    this.#healed.resolve();
    this.#healed = Promise.withResolvers();
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket, server: Socket): void {
    let silence: Promise<void> | undefined;
    let hello: Buffer | undefined;
    let isCut = false;
    const hangUp = (): void => {
      isCut = true;
      client.destroy();
    };
    const underWay = async (): Promise<void> => {
      if (this.slowMs > 0) await wait(this.slowMs);
      await silence;
      while (hello && this.#cut(hello)) {
        this.#stuck.add(client);
        await this.#healed.promise;
      }
    };
    const inTurn = (): ((step: () => void) => void) => {
      let last = Promise.resolve();
      return (step) => (last = last.then(underWay).then(step));
    };
    const [there, back] = [inTurn(), inTurn()];
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
    }
    client.on("data", (bytes) => {
      hello ??= bytes;
      const fault = this.fault(bytes, hello);
      if (fault === "silence") silence = this.#healed.promise;
      if (fault === "lose-answer") isCut = true;
      if (fault === "lose") server.destroy();
      if (fault === "late" || fault === "lose") hangUp();
      if (fault === "late") this.#held.push(() => server.write(bytes));
      if (fault === "pass" || fault === "silence" || fault === "lose-answer") there(() => server.write(bytes));
    });
    server.on("data", (bytes) => {
      if (isCut) client.destroy();
      else back(() => client.write(bytes));
    });
    // That an end has hung up is no less under way than what it said before.
    server.on("close", () => back(() => client.destroy()));
    // One whose bytes are late outlives its client.
    client.on("close", () => isCut || there(() => server.end()));
  }
}
