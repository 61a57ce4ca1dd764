import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { ControlPlane } from "./control-plane.ts";
import { errorStatus } from "./error-status.ts";
import { requireHost } from "./require-host.ts";
import { object, text } from "./schemas.ts";
import type { Joining, WorkerWay } from "./worker-control.ts";

const prefix = "/api/v1/worker/";
const ways: ReadonlySet<string> = new Set<WorkerWay>(["link", "log", "state"]);

const purpose = { anyOf: [object({ stage: text }), object({ pool: text })] };
const joining = object({ version: { ...text, maxLength: 64 }, machine: { ...text, maxLength: 255 }, pid: { type: "integer", minimum: 0 }, purpose }, ["purpose"]);

/**
 * Where workers come in: they join with their token, and then open connections with the identity that they were given. None of
 * it is for people, so that it stands in no document. The project's own token opens nothing here.
 */
export function addWorkers(app: FastifyInstance, { control, hosts = [] }: { control: ControlPlane; hosts?: string[] }): void {
  app.route<{ Body: Joining }>({
    method: "POST",
    url: `${prefix}join`,
    config: { permission: "read", readers: true, readerOf: (authorization) => void control.workers.checkToken(bearerOf(authorization)) },
    bodyLimit: 4_096,
    schema: { body: joining },
    handler: (request) => control.workers.join(bearerOf(request.headers.authorization), request.body),
  });
  // The server waits for its connections, and these would stay.
  app.addHook("preClose", () => control.workers.close());
  const checkHost = requireHost(hosts);
  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    try {
      const { host, origin } = request.headers;
      checkHost({ host, origin });
      const way = wayOf(request);
      const identity = control.workers.identify(bearerOf(request.headers.authorization));
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${workerProtocol}\r\n\r\n`);
      if (head.byteLength > 0) socket.unshift(head);
      control.workers.connect(identity, way, socket);
    } catch (error) {
      refuse(socket, asMillraceError(error, "a worker's connection"));
    }
  });
}

/** What both ends name in their headers. */
export const workerProtocol = "millrace-worker/1";

function bearerOf(authorization: string | undefined): string {
  const given = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  if (given !== undefined) return given;
  throw new MillraceError("MR-HTTP-001", { what: "the request carries no token", where: "header `Authorization`", mend: "start the worker with --token-file" });
}

function wayOf({ url = "", headers }: IncomingMessage): WorkerWay {
  const way = url.startsWith(prefix) ? url.slice(prefix.length) : "";
  if (headers.upgrade === workerProtocol && ways.has(way)) return way as WorkerWay;
  throw new MillraceError("MR-HTTP-005", { what: "no connection can be made at this address", where: url.slice(0, 200), mend: "only workers of the same version of Millrace open connections, at theirs" });
}

function refuse(socket: Duplex, error: MillraceError): void {
  const body = JSON.stringify({ error: error.toJSON() });
  socket.end(`HTTP/1.1 ${errorStatus[error.code]} Refused\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
