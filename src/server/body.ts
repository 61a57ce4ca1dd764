import type { FastifyInstance, FastifyRequest } from "fastify";
import { MillraceError } from "../errors.ts";
import { parseJson } from "./parse-json.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Size of the body as it came. */
    bodyBytes: number;
  }
}

/** A body of one JSON value a line, each still to be parsed: a bad line must not spoil the others. */
export class Ndjson {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Lines that are not blank, with their numbers from 1. */
  *lines(): Generator<{ line: number; bytes: Buffer }> {
    let line = 0;
    for (let start = 0; start < this.bytes.length; ) {
      const found = this.bytes.indexOf(0x0a, start);
      const end = found === -1 ? this.bytes.length : found;
      line++;
      const bytes = this.bytes.subarray(start, this.bytes[end - 1] === 0x0d ? end - 1 : end);
      if (!bytes.every(isSpace)) yield { line, bytes };
      start = end + 1;
    }
  }
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0d || byte === 0x09;

export const ndjsonType = "application/x-ndjson";

/** JSON is the only thing that the server reads, and this is the only place where it does. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.decorateRequest("bodyBytes", 0);
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      done(null, parseJson(plainBytes(request, body as Buffer), "request body"));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Adds JSON lines to what the routes of `app` take. */
export function readNdjsonBodies(app: FastifyInstance): void {
  app.addContentTypeParser(ndjsonType, { parseAs: "buffer" }, (request, body, done) => {
    try {
      done(null, new Ndjson(plainBytes(request, body as Buffer)));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** @throws MillraceError `MR-HTTP-002` when the bytes are compressed, or of another charset than UTF-8 */
export function plainBytes(request: FastifyRequest, body: Buffer): Buffer {
  request.bodyBytes = body.byteLength;
  const { "content-encoding": encoding = "identity", "content-type": type = "" } = request.headers;
  if (encoding !== "identity") throw unsupported(`a body with content encoding "${encoding}" is not read`, "send it uncompressed");
  const charset = type.includes("charset") ? /charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1] : undefined;
  if (charset !== undefined && charset.toLowerCase() !== "utf-8" && charset.toLowerCase() !== "utf8") throw unsupported(`a body in charset "${charset}" is not read`, "send it as UTF-8");
  return body;
}

function unsupported(what: string, mend: string): MillraceError {
  return new MillraceError("MR-HTTP-002", { what, where: "request headers", mend });
}
