import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What becomes of a request.
 * - `pass`: as if there were nothing between.
 * - `slow-down`: answered with 503, and the server never hears of it.
 * - `lose-answer`: the server does it, and the connection is cut in place of the answer.
 * - `cut-body`: the answer breaks off in its middle.
 * - `silence`: nobody ever answers.
 */
export type Fault = "pass" | "slow-down" | "lose-answer" | "cut-body" | "silence";

/** Stands between a client and a server that speaks HTTP, and does to requests what it is told. */
export class FaultProxy {
  readonly endpoint: string;
  /** Asked for each request. */
  fault: (request: IncomingMessage) => Fault = () => "pass";
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async before(endpoint: string): Promise<FaultProxy> {
    const server = createServer((incoming, answer) => void proxy.#handle(incoming, answer, endpoint)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new FaultProxy(server);
    return proxy;
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse, endpoint: string): Promise<void> {
    const fault = this.fault(incoming);
    if (fault === "silence") return;
    if (fault === "slow-down") {
      incoming.resume();
      await once(incoming, "end");
      answer.writeHead(503, { "content-type": "application/xml" }).end("<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
      return;
    }
    // What the client has signed names the proxy as its host, and stays as it is.
    const outgoing = request(new URL(incoming.url ?? "/", endpoint), { method: incoming.method, headers: incoming.headers });
    outgoing.on("error", () => answer.destroy());
    incoming.pipe(outgoing);
    outgoing.on("response", (found) => {
      if (fault === "lose-answer") {
        found.resume().on("end", () => answer.destroy());
        return;
      }
      answer.writeHead(found.statusCode ?? 502, found.headers);
      if (fault === "pass") found.pipe(answer);
      // One without a body breaks off too.
      else found.once("end", () => answer.destroy()).once("data", (piece: Buffer) => answer.write(piece.subarray(0, piece.length >> 1), () => answer.destroy()));
    });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
