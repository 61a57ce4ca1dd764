import type { JsonSchema } from "../model/manifest.ts";
import { ndjsonType } from "./body.ts";
import { nameSchema, parametersOf, type ResponseSpec, type Route } from "./route.ts";
import { errorBody } from "./schemas.ts";

/** The routes as an OpenAPI 3.1 document. Pure. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const each of routes) {
    const path = each.path.replaceAll(/:([a-zA-Z]+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][each.method.toLowerCase()] = operation(each);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Millrace", version, description: "Streams, lake tables and their stages. Every answer that is no success carries `{ error: { code, what, where, mend, retryable } }`.", license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "Made at the first start; it stands in the project's data folder." } },
      schemas: { Error: errorBody },
      responses: { Error: { description: "What happened, where, and the mend.", content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } } } },
    },
  };
}

function operation(route: Route): object {
  const responses = Object.entries(route.responses).map(([status, spec]) => [status, response(spec)]);
  return {
    operationId: route.id,
    summary: route.summary,
    "x-permission": route.permission,
    ...(route.permission === "public" ? { security: [] } : {}),
    parameters: parameters(route),
    ...(route.body ? { requestBody: requestBody(route.body) } : {}),
    responses: { ...Object.fromEntries(responses), default: { $ref: "#/components/responses/Error" } },
  };
}

function parameters({ path, query = {} }: Route): object[] {
  const inPath = parametersOf(path).map((name) => ({ name, in: "path", required: true, schema: nameSchema }));
  const inQuery = Object.entries(query).map(([name, { description, ...schema }]) => ({ name, in: "query", required: false, ...(description === undefined ? {} : { description }), schema }));
  return [...inPath, ...inQuery];
}

function requestBody({ schema, ndjson }: NonNullable<Route["body"]>): object {
  return {
    required: !acceptsNull(schema),
    content: { "application/json": { schema }, ...(ndjson ? { [ndjsonType]: { schema: { type: "string", description: "One JSON object a line." } } } : {}) },
  };
}

const acceptsNull = ({ type }: JsonSchema): boolean => Array.isArray(type) && type.includes("null");

function response({ description, schema, contentType = "application/json" }: ResponseSpec): object {
  return { description, content: { [contentType]: { schema: schema ?? { type: "string" } } } };
}
