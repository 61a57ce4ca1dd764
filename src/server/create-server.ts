import type { Socket } from "node:net";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, fastify, LogController } from "fastify";
import { MillraceError } from "../errors.ts";
import type { JsonSchema } from "../model/manifest.ts";
import { readJsonBodies, readNdjsonBodies } from "./body.ts";
import type { Reader } from "../govern/reader.ts";
import type { AccessControl } from "./access-control.ts";
import { addUi, isLost } from "./add-ui.ts";
import { addWorkers } from "./add-workers.ts";
import type { ControlPlane } from "./control-plane.ts";
import { addIceberg } from "./iceberg/add-iceberg.ts";
import { ServerMetrics } from "./metrics.ts";
import { openApiDocument } from "./open-api.ts";
import { nothingHere, replyError } from "./reply-error.ts";
import { requireHost } from "./require-host.ts";
import { callers } from "./callers.ts";
import { nameSchema, parametersOf, type Route } from "./route.ts";
import { LineTails } from "./line-tails.ts";
import { Live } from "./live.ts";
import { routes } from "./routes.ts";
import { ingestBytesMax } from "./routes/ingest.ts";
import type { Services } from "./services.ts";
import { Sessions } from "./sessions.ts";
import { endSilentConnections } from "./silent-connections.ts";
import { Tails } from "./tails.ts";
import { Writers } from "./writers.ts";

export interface ServerOptions {
  control: ControlPlane;
  /** What callers must send as `Authorization: Bearer <token>`. At least 16 characters. */
  token: string;
  /** A pino logger. Requests are not logged one by one; failures are. */
  logger: FastifyBaseLogger;
  /** Version of Millrace, for the OpenAPI document. */
  version: string;
  /** Certificate and key in PEM. With them it speaks HTTPS. */
  tls?: { cert: Buffer; key: Buffer };
  /** Host names beside those of loopback that callers may use, without port. */
  hosts?: string[];
  /** Largest record in bytes, for sources that declare none. Default 1 MiB. */
  recordBytesMax?: number;
  /** Largest request in bytes, for sources that declare none. Default 8 MiB; 16 MiB is the most that can be declared. */
  requestBytesMax?: number;
  /** Records that one request may bring. Default 50,000. */
  requestRecordsMax?: number;
  /** After this long without a post, a source holds no watermark back. Milliseconds, default 1,000. */
  idleAfterMs?: number;
  /** Tails open at once. Default 64. */
  tailsMax?: number;
  /** Where the web interface was built. Default: beside the compiled sources, or where `npm run build` puts it when these run as they are. */
  uiFolder?: string;
}

/**
 * The REST service. The caller listens, on loopback unless it has thought about it, and closes it before the log.
 *
 * Every request takes the same way: host and origin, token, route, parameters, body, handler. The permission is that of
 * the route that was found, never of the text of the address, so no spelling of an address goes round it.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const app = newApp(options);
  const sessions = new Sessions(options.token);
  const services = newServices(options, sessions);
  checkRequests(app);
  readJsonBodies(app);
  guard(app, options, services.metrics, sessions);
  measure(app, services.metrics);
  app.setErrorHandler(replyError);
  addRoutes(app, services);
  addIceberg(app, options);
  addWorkers(app, options);
  const { sendLost } = addUi(app, options.uiFolder);
  app.setNotFoundHandler((request, reply) => {
    if (isLost(request)) return sendLost(request, reply);
    throw nothingHere(request);
  });
  // Not waited for: while the log is away, liveness must be answered all the same.
  app.addHook("onListen", async () => void services.writers.start());
  endSilentConnections(app);
  app.addHook("preClose", async () => {
    services.tails.close();
    services.lineTails.close();
    services.live.close();
  });
  app.addHook("onClose", () => services.writers.close());
  return app;
}

function newApp({ logger, tls }: ServerOptions): FastifyInstance {
  return fastify({
    ...(tls && { https: { ...tls, minVersion: "TLSv1.2", handshakeTimeout: headersMs } }),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    // A request that trickles in holds a connection, and no more than that, for this long.
    requestTimeout: 30_000,
    forceCloseConnections: "idle",
    http: { maxHeaderSize: 16 * 1024, headersTimeout: headersMs },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: replyError,
    routerOptions: { caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, maxParamLength: 192 },
  }) as unknown as FastifyInstance;
}

function newServices({ control, version, recordBytesMax = 1024 * 1024, requestBytesMax = 8 * 1024 * 1024, requestRecordsMax = 50_000, idleAfterMs = 1_000, tailsMax = 64, logger }: ServerOptions, sessions: Sessions): Services {
  const metrics = new ServerMetrics();
  const onError = (error: unknown): void => logger.warn({ err: error }, "a lane's marker could not be stored");
  const limits = { recordBytesMax, requestBytesMax, requestBytesCeiling: ingestBytesMax };
  const writers = new Writers({ control, metrics, limits, idleAfterMs, onError });
  const document = openApiDocument(routes, version);
  return { control, writers, metrics, tails: new Tails(control.log, tailsMax), lineTails: new LineTails(tailsMax), live: new Live(control), sessions, openApi: () => document, recordBytesMax, requestRecordsMax };
}

/** So long somebody may take to begin: with TLS, and again with the headers of a request. */
const headersMs = 10_000;

/** What is not even HTTP. The answer is the same for everyone, and tells nothing. */
function refuseUnreadable(this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket): void {
  // Before there is TLS an answer could not be sent, and would hold the connection for as long as the other end likes.
  const isHttp = error.code?.startsWith("HPE_") || error.code?.startsWith("ERR_HTTP_");
  if (!isHttp || socket.destroyed || !socket.writable) return void socket.destroy();
  const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
  const refusal = new MillraceError("MR-HTTP-006", { what: `the request cannot be read as HTTP (${error.code})`, where: "the connection", mend: "send a well-formed HTTP/1.1 request with small headers" });
  const body = JSON.stringify({ error: refusal.toJSON() });
  socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

/** Text of an address is turned into numbers where the schema says so; nothing in a body is. */
function checkRequests(app: FastifyInstance): void {
  const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;
  const strictly = new Ajv2020({ coerceTypes: false, useDefaults: true, strict: false, discriminator: false });
  const fromText = new Ajv2020({ coerceTypes: true, useDefaults: true, strict: false });
  for (const ajv of [strictly, fromText]) addFormats(ajv);
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === "body" ? strictly : fromText).compile(schema as JsonSchema));
}

/** What every answer carries. There is no CORS: a page from elsewhere has no business here. */
const securityHeaders = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

function guard(app: FastifyInstance, { control, token, hosts = [] }: ServerOptions, metrics: ServerMetrics, sessions: Sessions): void {
  const checkHost = requireHost(hosts);
  const readerOf = callers(token, control.access, sessions);
  app.decorateRequest("reader", undefined);
  const counted = (reason: "token" | "host" | "origin", check: () => void): void => {
    try {
      check();
    } catch (error) {
      metrics.refused(reason);
      throw error;
    }
  };
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(securityHeaders);
    const { host, origin } = request.headers;
    counted(origin === undefined ? "host" : "origin", () => checkHost({ host, origin }));
    if (permissionOf(request) !== "public" && !isLost(request)) counted("token", () => letIn(request, request.routeOptions.config.readerOf ?? readerOf, control.access));
    done();
  });
}

declare module "fastify" {
  interface FastifyContextConfig {
    permission?: Route["permission"];
    /** Holders of a reader's token may call it. */
    readers?: true;
    /** In place of the server's own look at the token, for routes whose callers may bring another one. */
    readerOf?: (authorization: string | undefined) => Reader | undefined;
    /** Its answers last as long as their readers stay, which says nothing of the server. */
    endless?: boolean;
  }
}

/** What is not said to be for readers is not for them, and that is all that they are told of it, whether it is there or not. */
function letIn(request: FastifyRequest, readerOf: (authorization: string | undefined) => Reader | undefined, access: AccessControl): void {
  request.reader = readerOf(request.headers.authorization);
  if (request.reader === undefined || request.routeOptions.config.readers) return;
  const route = `${request.method} ${request.routeOptions.url ?? "an address at which there is nothing"}`;
  access.refused(request.reader, route);
  throw new MillraceError("MR-HTTP-010", { what: "a reader's token does not reach so far", where: "header `Authorization`", mend: "with it statements are run and the catalog is read; for all else use the project's token" });
}

/** That of the route found; what has none, as the answer "nothing here", is not public. */
const permissionOf = (request: FastifyRequest): Route["permission"] | undefined => request.routeOptions.config.permission;

function measure(app: FastifyInstance, metrics: ServerMetrics): void {
  app.addHook("onResponse", (request, reply, done) => {
    if (request.routeOptions.config.endless) return done();
    metrics.request(request.routeOptions.url ?? "none", request.routeOptions.url ? request.method : "none", `${Math.floor(reply.statusCode / 100)}xx`, reply.elapsedTime);
    done();
  });
}

function addRoutes(app: FastifyInstance, services: Services): void {
  for (const each of routes.filter(({ body }) => !body?.ndjson)) addRoute(app, each, services);
  app.register(async (scope) => {
    readNdjsonBodies(scope);
    for (const each of routes.filter(({ body }) => body?.ndjson)) addRoute(scope, each, services);
  });
}

function addRoute(app: FastifyInstance, { method, path, permission, readers, query = {}, body, responses, handler }: Route, services: Services): void {
  const names = parametersOf(path);
  app.route({
    method,
    url: path,
    config: { permission, readers, endless: responses[200]?.contentType === "text/event-stream" },
    bodyLimit: body?.bytesMax ?? 1_024,
    schema: {
      querystring: { type: "object", properties: query, additionalProperties: false },
      ...(names.length > 0 ? { params: { type: "object", properties: Object.fromEntries(names.map((name) => [name, nameSchema])) } } : {}),
      ...(body && !body.unchecked ? { body: body.schema } : {}),
      response: Object.fromEntries(Object.entries(responses).flatMap(([status, { schema }]) => (schema ? [[status, schema]] : []))),
    },
    handler: (request, reply) => handler(services, request, reply),
  });
}
