import type { TestServer } from "../../../test/support/test-server.ts";
import { parseExact, stringifyExact } from "../../lake/exact-json.ts";
import { newSnapshotId } from "../../lake/commit.ts";

export interface CatalogAnswer {
  status: number;
  headers: Headers;
  /** With every integer as it came. */
  body: any;
}

/** A client of the Iceberg catalog, over HTTP. */
export class CatalogClient {
  readonly #url: string;
  readonly #token: string;

  constructor({ url, token }: Pick<TestServer, "url" | "token">) {
    this.#url = `${url}/iceberg`;
    this.#token = token;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<CatalogAnswer> {
    const isText = typeof body === "string";
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : isText ? body : stringifyExact(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : parseExact(text) };
  }

  get = (path: string, headers?: Record<string, string>) => this.call("GET", path, undefined, headers);
  post = (path: string, body: unknown) => this.call("POST", path, body);

  /** A namespace of one level, and a table of one column in it. */
  async table(namespace: string, name: string, more: object = {}): Promise<CatalogAnswer> {
    await this.post("/v1/namespaces", { namespace: [namespace] });
    return this.post(`/v1/namespaces/${namespace}/tables`, { name, schema: { type: "struct", fields: [{ id: 1, name: "n", type: "long", required: false }] }, ...more });
  }
}

/** The commit of a snapshot without files on top of a table as it was loaded; `location` is that of its manifest list. */
export function emptySnapshot({ metadata }: any, manifestList = `${metadata.location}/metadata/${newSnapshotId()}.avro`) {
  const id = newSnapshotId();
  const parent = metadata.refs.main?.["snapshot-id"];
  const snapshot = {
    "snapshot-id": id,
    ...(parent !== undefined && { "parent-snapshot-id": parent }),
    "sequence-number": metadata["last-sequence-number"] + 1,
    "timestamp-ms": Date.now(),
    "manifest-list": manifestList,
    summary: { operation: "append" },
    "schema-id": metadata["current-schema-id"],
  };
  return {
    requirements: [{ type: "assert-table-uuid", uuid: metadata["table-uuid"] }, { type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": parent ?? null }],
    updates: [{ action: "add-snapshot", snapshot }, { action: "set-snapshot-ref", "ref-name": "main", type: "branch", "snapshot-id": id }],
  };
}
