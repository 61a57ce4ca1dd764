import type { FastifyInstance, FastifyRequest } from "fastify";
import { parseExact, stringifyExact } from "../../lake/exact-json.ts";
import { plainBytes } from "../body.ts";
import type { ControlPlane } from "../control-plane.ts";
import { keptTablesOfReader } from "../../model/marts/mart-decl.ts";
import { parseJson } from "../parse-json.ts";
import { nothingHere } from "../reply-error.ts";
import { AccessTokens } from "./access-token.ts";
import { replyIcebergError } from "./iceberg-error.ts";
import type { IcebergCall, IcebergRoute } from "./iceberg-route.ts";
import { icebergRoutes } from "./iceberg-routes.ts";
import { readerCatalog } from "./reader-catalog.ts";

/** Where the Iceberg REST catalog stands: what clients take as its `uri`. */
const icebergPrefix = "/iceberg";

/** A table of ten thousand columns has a schema of a megabyte, and a client may send two of them. */
const bodyBytesMax = 16 * 1024 * 1024;

/** Adds the Iceberg REST catalog to the server, in a scope of its own: its bodies, answers and errors have another form. */
export function addIceberg(app: FastifyInstance, { control, token }: { control: ControlPlane; token: string }): void {
  const tokens = new AccessTokens(token, control.access);
  app.register(
    async (scope) => {
      readExactBodies(scope);
      scope.setErrorHandler(replyIcebergError);
      for (const each of icebergRoutes) addRoute(scope, each, control, tokens);
      // Clients try addresses that are not here, such as those of views, with the token that they were given here.
      scope.route({ method: ["GET", "HEAD", "POST", "PUT", "DELETE"], url: "/*", config: { permission: "read", readers: true, readerOf: tokens.readerOf }, handler: (request) => Promise.reject(nothingHere(request)) });
    },
    { prefix: icebergPrefix },
  );
}

function addRoute(scope: FastifyInstance, { method, path, permission, readers, handler }: IcebergRoute, control: ControlPlane, tokens: AccessTokens): void {
  scope.route({
    method,
    url: path,
    config: { permission, readers, readerOf: tokens.readerOf },
    bodyLimit: permission === "public" ? 16 * 1024 : bodyBytesMax,
    async handler(request, reply) {
      const { status = 200, headers = {}, body } = await handler(callOf(request, control, tokens));
      reply.code(status).headers(headers);
      return body === undefined ? reply.send() : reply.type("application/json; charset=utf-8").send(stringifyExact(body));
    },
  });
}

function callOf(request: FastifyRequest, control: ControlPlane, tokens: AccessTokens): IcebergCall {
  const { reader } = request;
  return {
    catalog: control.iceberg,
    reads: reader === undefined ? control.iceberg : readerCatalog(control.iceberg, keptTablesOfReader(control.manifest(), reader.audience)),
    reader,
    tokens,
    isDeclared: (table) => Object.hasOwn(control.manifest().tables, table),
    params: request.params as IcebergCall["params"],
    query: request.query as IcebergCall["query"],
    headers: request.headers,
    body: request.body,
  };
}

function readExactBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      // Clients say that JSON comes where nothing does.
      if ((body as Buffer).length === 0) return done(null, undefined);
      done(null, parseJson(plainBytes(request, body as Buffer), "request body", parseExact));
    } catch (error) {
      done(error as Error);
    }
  });
  scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))));
}
