import { sql, type SqlValue } from "../model/sql-tag.ts";
import { type AnyRow, LakeQuery, type QueryOptions } from "./lake-query.ts";
import { type Address, Service } from "./service.ts";

/** The tables and topics of a project, as statements read them. */
export interface LakeClient {
  /**
   * A statement with values in it, none of which can become more than a value. `Row` is what its author says of the rows;
   * `as(schema)` checks it.
   *
   * @example
   * const rows = await lake.sql<{ day: string; flights: number }>`select day, flights from sales.daily where origin = ${origin}`;
   * @throws MillraceError `MR-MODEL-001` for a value that SQL has no word for
   */
  sql<Row = AnyRow>(strings: TemplateStringsArray, ...values: SqlValue[]): LakeQuery<Row>;
}

/**
 * Reads the lake of a running Millrace.
 *
 * @param options - the service's address and token; whatever else holds for all statements
 */
export function connect({ url, token, ...options }: Address & QueryOptions): LakeClient {
  const service = new Service({ url, token });
  return { sql: (strings, ...values) => new LakeQuery(service, sql(strings, ...values).text, options) };
}
