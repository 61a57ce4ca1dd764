import { type ErrorJson, errorCodes, MillraceError } from "../errors.ts";
import type { ResultRows } from "./row-objects.ts";

export interface Address {
  /** Of the service, as `http://127.0.0.1:7070`. */
  url: string;
  token: string;
}

/** What the client needs to know of a query. */
export interface QueryState {
  id: string;
  endedAt: string | null;
  error: ErrorJson | null;
}

export interface Page extends ResultRows {
  next: string | null;
}

/** The calls of the REST service that the client makes. */
export class Service {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** @param timeout - a duration */
  sql(sql: string, limit: number, timeout: string, signal?: AbortSignal): Promise<ResultRows & { truncated: boolean }> {
    return this.#call("POST", "/sql", signal, { sql, limit, timeout });
  }

  submit(sql: string, timeout: string, signal?: AbortSignal): Promise<QueryState> {
    return this.#call("POST", "/queries", signal, { sql, timeout });
  }

  /** Answers when the query has ended, or after some seconds. */
  wait(id: string, signal?: AbortSignal): Promise<QueryState> {
    return this.#call("GET", `/queries/${encodeURIComponent(id)}?wait=20`, signal);
  }

  page(id: string, page: string, limit: number, signal?: AbortSignal): Promise<Page> {
    return this.#call("GET", `/queries/${encodeURIComponent(id)}/results?page=${page}&limit=${limit}`, signal);
  }

  cancel(id: string): Promise<QueryState> {
    return this.#call("POST", `/queries/${encodeURIComponent(id)}/cancel`);
  }

  async #call<T>(method: string, path: string, signal?: AbortSignal, body?: object): Promise<T> {
    const { url, token } = this.#address;
    const headers = { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) };
    const answer = await fetch(`${url.replace(/\/$/, "")}/api/v1${path}`, { method, headers, signal, body: body && JSON.stringify(body) }).catch((cause: unknown) => {
      throw signal?.aborted ? signal.reason : gone(url, cause);
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as T;
    throw refusal(answer.status, text, `${method} ${path.split("?")[0]}`);
  }
}

function gone(url: string, cause: unknown): MillraceError {
  return new MillraceError("MR-CLI-002", { what: "Millrace does not answer", where: url, mend: "see whether it runs and is reached from here; its address stands in the file control.json of its data folder", retryable: true, cause });
}

/** The error that the service sent, or one about an answer that is none of its own. */
function refusal(status: number, body: string, where: string): MillraceError {
  try {
    const { error } = JSON.parse(body) as { error: ErrorJson };
    if (Object.hasOwn(errorCodes, error.code)) return MillraceError.fromJSON(error);
  } catch {
    // Falls through to the error below.
  }
  return new MillraceError("MR-INTERNAL-001", { what: `the service answered ${status} without saying why`, where, mend: "see whether the address is that of Millrace" });
}
