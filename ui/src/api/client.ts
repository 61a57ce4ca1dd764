import createFetchClient from "openapi-fetch";
import createQueryHooks from "openapi-react-query";
import { session } from "../session.ts";
import { ApiError, type SaidError, unreachable } from "./api-error.ts";
import type { paths } from "./paths.ts";

/** Told when the server no longer takes this browser's session. */
export const signedOut = new EventTarget();

/** What opens a session, or tries one, carries none that is held: it must not end it. */
const opensSession = ({ url, headers }: Request): boolean => new URL(url).pathname === "/api/v1/sessions" || headers.has("authorization");

/**
 * A request as the REST interface takes it, with the session.
 * @throws ApiError for every answer that is no success, and for none at all
 */
export async function request(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const asked = new Request(input, init);
  const secret = opensSession(asked) ? null : session.read();
  if (secret !== null) asked.headers.set("authorization", `Bearer ${secret}`);
  const answer = await fetch(asked).catch((error: unknown) => {
    if (asked.signal.aborted) throw error;
    throw unreachable();
  });
  if (answer.ok) return answer;
  // An answer that comes late must not end a session that was begun since.
  if (answer.status === 401 && secret !== null && secret === session.read()) {
    session.end();
    signedOut.dispatchEvent(new Event("signed-out"));
  }
  throw await errorOf(answer);
}

async function errorOf(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => undefined);
  const error = (body as { error?: SaidError } | undefined)?.error;
  return new ApiError(answer.status, error ?? { code: `HTTP ${answer.status}`, what: `The server answered ${answer.status}.`, where: new URL(answer.url).pathname, mend: "Load the page anew; look at the server's log if it stays." });
}

/** Typed calls, made from the server's own routes. */
export const client = createFetchClient<paths>({ baseUrl: location.origin, fetch: (input) => request(input) });

/** The same as queries and mutations for components. */
export const api = createQueryHooks(client);
