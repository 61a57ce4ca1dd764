import { type ErrorJson, MillraceError } from "../errors.ts";
import { errorIn, notOurs, pageIn, rowsIn, stateIn } from "./answer.ts";
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
    return this.#call("POST", "/sql", rowsIn, signal, { sql, limit, timeout });
  }

  submit(sql: string, timeout: string, signal?: AbortSignal): Promise<QueryState> {
    return this.#call("POST", "/queries", stateIn, signal, { sql, timeout });
  }

  /** Answers when the query has ended, or after some seconds. */
  wait(id: string, signal?: AbortSignal): Promise<QueryState> {
    return this.#call("GET", `/queries/${encodeURIComponent(id)}?wait=20`, stateIn, signal);
  }

  page(id: string, page: string, limit: number, signal?: AbortSignal): Promise<Page> {
    return this.#call("GET", `/queries/${encodeURIComponent(id)}/results?page=${page}&limit=${limit}`, (answer, where) => pageIn(answer, page, where), signal);
  }

  cancel(id: string): Promise<QueryState> {
    return this.#call("POST", `/queries/${encodeURIComponent(id)}/cancel`, stateIn);
  }

  /** @param read - looks at the answer. @throws MillraceError `MR-CLI-002`, to be retried, when there is none or it breaks off */
  async #call<T>(method: string, path: string, read: (answer: unknown, where: string) => T, signal?: AbortSignal, body?: object): Promise<T> {
    const { url, token } = this.#address;
    const headers = { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) };
    const failed = (what: string) => (cause: unknown) => {
      throw signal?.aborted ? signal.reason : gone(what, url, cause);
    };
    // The service sends nobody elsewhere: who does would get the statement.
    const request = { method, headers, signal, redirect: "manual" as const, body: body && JSON.stringify(body) };
    const answer = await fetch(`${url.replace(/\/$/, "")}/api/v1${path}`, request).catch(failed("Millrace does not answer"));
    const text = await answer.text().catch(failed("the answer broke off"));
    const where = `${method} ${path.split("?")[0]}`;
    const json = parsed(text);
    if (!answer.ok) throw errorIn(json) ?? new MillraceError("MR-INTERNAL-001", { what: `the service answered ${answer.status} without saying why`, where, mend: "see whether the address is that of Millrace" });
    if (json === undefined) throw notOurs("it is no JSON", where);
    return read(json, where);
  }
}

function gone(what: string, url: string, cause: unknown): MillraceError {
  return new MillraceError("MR-CLI-002", { what, where: url, mend: "see whether it runs and is reached from here; its address stands in the file control.json of its data folder", retryable: true, cause });
}

/** Undefined when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
