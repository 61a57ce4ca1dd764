import type { IcebergCatalog } from "../../lake/iceberg-catalog.ts";
import type { Reader } from "../../govern/reader.ts";
import type { AccessTokens } from "./access-token.ts";
import type { CatalogReads } from "./reader-catalog.ts";

/** One route of the Iceberg REST catalog. Its specification says what comes and goes; what is ours is said at each. */
export interface IcebergRoute {
  method: "GET" | "HEAD" | "POST" | "DELETE";
  /** Below `/iceberg`, with `:namespace` and `:table` for parameters. */
  path: string;
  permission: "public" | "read" | "write";
  /** Holders of a reader's token may call it: it looks at `reads` alone. */
  readers?: true;
  handler: (call: IcebergCall) => Promise<IcebergAnswer>;
}

export interface IcebergCall {
  catalog: IcebergCatalog;
  /** Of the catalog what the caller may see. */
  reads: CatalogReads;
  reader: Reader | undefined;
  tokens: AccessTokens;
  /** Whether the project declares a table of the name: then it may not go while the project runs. */
  isDeclared: (table: string) => boolean;
  params: { namespace?: string; table?: string };
  query: Record<string, string | string[] | undefined>;
  headers: Record<string, string | string[] | undefined>;
  /** JSON with every integer as it came; of a form, its fields. */
  body: unknown;
}

export interface IcebergAnswer {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON, a bigint as the number it is. Absent: no body. */
  body?: unknown;
}
