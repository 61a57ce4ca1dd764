import type { FastifyReply, FastifyRequest, RouteGenericInterface } from "fastify";
import type { JsonSchema } from "../model/manifest.ts";
import type { Reader } from "../govern/reader.ts";
import type { Services } from "./services.ts";

/**
 * Who may call a route. `public` ones answer anybody, and answer constants, or look at a
 * secret in the body themselves. There is no default: a route without a permission does not compile.
 */
type Permission = "public" | "read" | "write" | "operate" | "query";

interface BodySpec {
  /** JSON Schema of the body as JSON. */
  schema: JsonSchema;
  /** Largest body in bytes. */
  bytesMax: number;
  /** Also takes one JSON value a line. */
  ndjson?: true;
  /** The handler checks the body itself: the schema is for the document alone. */
  unchecked?: true;
}

/** What comes back. Without a schema: text of that type, which the server passes on as it is. */
export interface ResponseSpec {
  description: string;
  schema?: JsonSchema;
  contentType?: string;
}

/** One route. The list of them in routes.ts is the whole surface: server, document and tests are made from it. */
export interface Route<T extends RouteGenericInterface = any> {
  method: "GET" | "POST" | "PUT";
  /** With `:name` for parameters, each a name of the project. */
  path: string;
  /** Unique; what generated clients call it. */
  id: string;
  summary: string;
  permission: Permission;
  /** Holders of a reader's token may call it, and its handler gives them what is theirs alone: `request.reader` says who asks. Absent: they may not. */
  readers?: true;
  /** Properties of the query string, all optional. Others are refused. */
  query?: Record<string, JsonSchema>;
  body?: BodySpec;
  /** By status. Errors need not be named: every route may answer with `{ error }`. */
  responses: Record<number, ResponseSpec>;
  handler: (services: Services, request: FastifyRequest<T>, reply: FastifyReply) => unknown;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks, where it is the holder of a reader's token; undefined where it is the project's. */
    reader: Reader | undefined;
  }
}

/** Lets a route's handler know its parameters. */
export const route = <T extends RouteGenericInterface>(spec: Route<T>): Route => spec;

/** Names of parameters in a path. */
export const parametersOf = (path: string): string[] => [...path.matchAll(/:([a-zA-Z]+)/g)].map(([, name]) => name);

/** What a name in an address may be: that of a stage (`table:sales.daily` among them), a topic or a table. Nothing that a file system reads otherwise. */
export const nameSchema: JsonSchema = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._:-]{0,191}$" };
