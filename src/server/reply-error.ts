import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { MillraceError } from "../errors.ts";
import { errorStatus } from "./error-status.ts";
import { nameSchema } from "./route.ts";
import { instant } from "./schemas.ts";

/** Seconds after which a caller may try again what failed for a time. */
const retryAfterSeconds = 1;

/** The one way in which an error leaves the server. */
export function replyError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asKnown(error, request);
  const status = errorStatus[known.code];
  if (status >= 500 && known.code !== "MR-HTTP-008") request.log[status === 500 ? "error" : "warn"]({ err: error, code: known.code, request: request.id }, "a request failed");
  if (known.retryable && status === 503) reply.header("retry-after", retryAfterSeconds);
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(status).send({ error: known.toJSON() });
}

/**
 * The error with a code of ours. What an unknown error says stays in the log: it may hold data, or places on the disk.
 */
export function asKnown(error: unknown, request: FastifyRequest): MillraceError {
  if (error instanceof MillraceError) return error.code === "MR-INTERNAL-001" ? internal(request) : error;
  const { code = "", statusCode = 500 } = error as Partial<FastifyError>;
  const known = Object.hasOwn(ofFramework, code) ? ofFramework[code](error as FastifyError, request) : undefined;
  if (known) return known;
  return statusCode >= 400 && statusCode < 500 ? malformed(error as FastifyError) : internal(request);
}

type FromFramework = (error: FastifyError, request: FastifyRequest) => MillraceError;

const tooLarge: FromFramework = (_error, request) =>
  new MillraceError("MR-HTTP-004", { what: `the body is larger than ${request.routeOptions.bodyLimit} bytes`, where: addressOf(request), mend: "send less at once; large data belongs in a file or a table whose name is sent" });

const noPlace: FromFramework = (_error, request) => nothingHere(request);

/** What Fastify refuses by itself, in our words. */
const ofFramework: Record<string, FromFramework> = {
  FST_ERR_VALIDATION: (error) => badParameter(error),
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (_error, request) =>
    new MillraceError("MR-HTTP-002", {
      what: `content type ${JSON.stringify(request.headers["content-type"] ?? "")} is not read`,
      where: addressOf(request),
      mend: `send application/json${request.routeOptions.url?.startsWith("/ingest/") ? ", or application/x-ndjson with a record a line" : ""}`,
    }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: (_error, request) => new MillraceError("MR-HTTP-003", { what: "the body has not the length that its header says", where: addressOf(request), mend: "send the whole body" }),
  FST_ERR_BAD_URL: noPlace,
  FST_ERR_MAX_PARAM_LENGTH: noPlace,
  FST_ERR_NOT_FOUND: noPlace,
};

export function nothingHere(request: FastifyRequest): MillraceError {
  return new MillraceError("MR-HTTP-005", { what: `there is nothing at ${addressOf(request)}`, where: "the address", mend: "GET /api/v1/openapi.json lists every address" });
}

/** Method and path, without the query: it might hold what belongs nowhere. */
function addressOf(request: FastifyRequest): string {
  return `${request.method} ${request.url.split("?", 1)[0].slice(0, 200)}`;
}

const partNames: Record<string, string> = { params: "address", querystring: "query parameter", body: "body, field", headers: "header" };

function badParameter({ validation, validationContext }: FastifyError): MillraceError {
  const [first] = validation ?? [];
  const extra = first?.params.additionalProperty ?? first?.params.missingProperty;
  const field = [...(first?.instancePath ?? "").split("/").slice(1), ...(extra === undefined ? [] : [String(extra)])].join(".");
  const part = partNames[validationContext ?? "body"] ?? "request";
  const rule = ruleOf(first);
  const name = validationContext === "params" ? "a name in the address" : field === "" ? "the body" : `\`${field}\``;
  return new MillraceError("MR-HTTP-006", { what: `${name} ${rule}`, where: field === "" || validationContext === "params" ? part.replace(", field", "") : `${part} \`${field}\``, mend: "GET /api/v1/openapi.json says what may stand here" });
}

type Violation = NonNullable<FastifyError["validation"]>[number];

/** Patterns that people run into, in words. */
const ofPattern = new Map<unknown, string>([
  [nameSchema.pattern, "must be 1 to 192 letters, digits, dots, colons, hyphens and underscores, the first a letter or a digit"],
  [instant.pattern, "must be a date, 2001-01-31, or with a time, 2001-01-31T06:00, and with Z behind it for UTC"],
]);

function ruleOf(violation: Violation | undefined): string {
  const { keyword, params, message = "is not valid" } = violation ?? {};
  if (keyword === "additionalProperties") return "is not known";
  if (keyword === "required") return "is missing";
  return ofPattern.get(params?.pattern) ?? message;
}

function malformed(error: FastifyError): MillraceError {
  return new MillraceError("MR-HTTP-006", { what: `the request cannot be read (${error.code ?? "malformed"})`, where: "the request", mend: "send it as GET /api/v1/openapi.json says" });
}

function internal(request: FastifyRequest): MillraceError {
  return new MillraceError("MR-INTERNAL-001", { what: "the request failed in a way it should not", where: `${addressOf(request)}, request ${request.id}`, mend: "the log of Millrace says more under this request's id; report it with those lines" });
}
