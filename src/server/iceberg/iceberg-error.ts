import type { FastifyReply, FastifyRequest } from "fastify";
import type { ErrorCode, MillraceError } from "../../errors.ts";
import { errorStatus } from "../error-status.ts";
import { asKnown } from "../reply-error.ts";

/** What clients know our errors by. */
const types: Partial<Record<ErrorCode, string>> = {
  "MR-LAKE-001": "NoSuchTableException",
  "MR-LAKE-002": "CommitFailedException",
  "MR-ICE-002": "AlreadyExistsException",
  "MR-ICE-003": "NoSuchNamespaceException",
  "MR-ICE-004": "NamespaceNotEmptyException",
};

const typesByStatus: Record<number, string> = {
  400: "BadRequestException",
  401: "NotAuthorizedException",
  403: "ForbiddenException",
  404: "NotFoundException",
  500: "InternalServerError",
  503: "ServiceUnavailableException",
};

/** The one way in which an error leaves the Iceberg catalog: in the form that its clients read, with our message. */
export function replyIcebergError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asKnown(error, request);
  const status = icebergStatus(known);
  if (status >= 500) request.log[status === 500 ? "error" : "warn"]({ err: error, code: known.code, request: request.id }, "a request failed");
  if (status === 401) reply.header("www-authenticate", "Bearer");
  const type = types[known.code] ?? typesByStatus[status] ?? "RESTException";
  return reply.code(status).send({ error: { message: known.message, type, code: status } });
}

/**
 * Clients take 500 and 503 to mean that a commit may have been made, and look before they remove its files. Of the other
 * statuses above 500 some take it to mean that it was not: so there are none.
 */
function icebergStatus(error: MillraceError): number {
  const status = errorStatus[error.code];
  return status <= 500 ? status : 503;
}
