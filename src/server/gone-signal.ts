import type { FastifyReply } from "fastify";

/** Aborted when the caller goes before the answer has come. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const stop = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) stop.abort();
  });
  return stop.signal;
}
