import { MillraceError } from "../../errors.ts";
import type { Json } from "../../model/manifest.ts";
import type { Outcome } from "../../scheduler/executor.ts";
import type { StoredResult } from "../../state/run-store.ts";
import type { AttemptLog } from "./attempt-log.ts";
import { wordsOf } from "./user-error.ts";

export interface RequestHost {
  signal: AbortSignal;
  log: AttemptLog;
  /** The attempt. */
  where: string;
  idempotencyKey: string;
  store(value: unknown): Promise<{ result?: StoredResult }>;
}

interface RequestSettings {
  url: URL;
  method: string;
  headers: Headers;
  body?: string;
  timeoutMs: number;
}

const timeoutMsDefault = 5 * 60_000;
const bodyBytesMax = 64 * 1024 * 1024;
/** Worth another attempt; other answers from 400 to 499 say that the request itself is wrong. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** Makes one request; its answer's body is the result. Trying again is the scheduler's part. */
export async function runRequest(settings: Json | undefined, host: RequestHost): Promise<Outcome> {
  const { url, method, headers, body, timeoutMs } = readRequest(settings, host);
  const where = `${host.where}, ${method} ${url.origin}${url.pathname}`;
  try {
    const response = await fetch(url, { method, headers, body, signal: AbortSignal.any([host.signal, AbortSignal.timeout(timeoutMs)]) });
    const text = await bodyOf(response, where);
    host.log.info("answered", { method, url: url.origin + url.pathname, status: response.status, bytes: text.length });
    if (response.ok) return { kind: "success", ...(text === "" ? {} : await host.store(parsed(response, text))) };
    return refusal(response, text, where);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    const why = error instanceof Error && error.name === "TimeoutError" ? `there was no answer within ${timeoutMs / 1_000} s` : `the request failed: ${wordsOf(error)}`;
    throw new MillraceError("MR-TASK-007", { what: why, where, mend: "look whether the service is up and can be reached from here", retryable: true, cause: error });
  }
}

function readRequest(settings: Json | undefined, { where, idempotencyKey }: RequestHost): RequestSettings {
  const refuse = (what: string, mend: string): never => {
    throw new MillraceError("MR-TASK-010", { what, where, mend });
  };
  const given = (typeof settings === "string" ? { url: settings } : (settings ?? {})) as Record<string, any>;
  const url = URL.parse(String(given.url)) ?? refuse(`${JSON.stringify(given.url) ?? "nothing"} is no address`, "give `url` as https://host/path");
  if (url.protocol !== "http:" && url.protocol !== "https:") refuse(`a request cannot be made over ${url.protocol}`, "use http: or https:");
  const headers = new Headers();
  for (const [name, value] of Object.entries(given.headers ?? {})) {
    try {
      headers.set(name, String(value));
    } catch {
      refuse(`${JSON.stringify(name)} is no header, or its value is none`, "use letters, digits and hyphens in its name, and no line breaks in its value");
    }
  }
  const json = given.body !== undefined && given.body !== null && typeof given.body !== "string";
  if (json && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (!headers.has("idempotency-key")) headers.set("idempotency-key", idempotencyKey);
  const method = String(given.method ?? (given.body === undefined || given.body === null ? "GET" : "POST")).toUpperCase();
  const body = json ? JSON.stringify(given.body) : (given.body ?? undefined);
  if (body !== undefined && (method === "GET" || method === "HEAD")) refuse(`a ${method} request cannot have a body`, "leave `body` out, or use POST");
  return { url, method, headers, body, timeoutMs: typeof given.timeoutMs === "number" && given.timeoutMs > 0 ? given.timeoutMs : timeoutMsDefault };
}

async function bodyOf(response: Response, where: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) throw new MillraceError("MR-TASK-003", { what: `the answer has more than ${bodyBytesMax / 1024 / 1024} MiB`, where, mend: "let a task of code read it as a stream, and write it to a table or a file" });
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function parsed(response: Response, text: string): unknown {
  if (!/[/+]json\b/.test(response.headers.get("content-type") ?? "")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refusal(response: Response, text: string, where: string): Outcome {
  const final = response.status < 500 && !passing.has(response.status);
  const words = text.trim().slice(0, 500);
  return {
    kind: "failed",
    error: {
      code: "MR-TASK-007",
      what: `the answer was ${response.status} ${response.statusText}${words === "" ? "" : `: ${words}`}`,
      where,
      mend: final ? "correct the request: the same one would be refused again" : "look whether the service is well; the task's retries follow",
      retryable: !final,
    },
    ...(final ? { final } : {}),
    ...(response.status === 429 || response.status === 503 ? retryAfter(response.headers.get("retry-after")) : {}),
  };
}

/** Seconds, or a date. */
function retryAfter(header: string | null): { retryAfterMs?: number } {
  if (header === null) return {};
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(seconds) ? { retryAfterMs: Math.max(0, seconds) } : {};
}
