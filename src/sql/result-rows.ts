import type { DuckDBResult } from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import { MessageTooLong } from "./message-channel.ts";
import type { FromChild } from "./messages.ts";
import type { QueryValue } from "./query-request.ts";
import { queryValueOf } from "./result-values.ts";

/** Rows go out in messages of about this size. */
const messageWeight = 256 * 1024;

export interface RowLimits {
  rowsMax?: number;
  resultBytesMax?: number;
}

/**
 * Sends a result, row by row as arrays, as fast as the other side takes it.
 *
 * @returns whether rows were left out because of `rowsMax`
 * @throws MillraceError `MR-SQL-004` when the result or one row of it is too large
 */
export async function sendRows(result: DuckDBResult, limits: RowLimits, send: (message: FromChild) => Promise<void>): Promise<boolean> {
  const converters = result.columnTypes().map(queryValueOf);
  const outgoing = new OutgoingRows(limits, send);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) break;
    const columns = converters.map((convert, c) => chunk.getColumnValues(c).map(convert));
    for (let row = 0; row < chunk.rowCount; row++) {
      if (outgoing.count === limits.rowsMax) {
        await outgoing.flush();
        return true;
      }
      await outgoing.add(columns.map((values) => values[row]));
    }
  }
  await outgoing.flush();
  return false;
}

class OutgoingRows {
  count = 0;
  readonly #limits: RowLimits;
  readonly #send: (message: FromChild) => Promise<void>;
  #rows: QueryValue[][] = [];
  #weight = 0;
  #weightTotal = 0;

  constructor(limits: RowLimits, send: (message: FromChild) => Promise<void>) {
    this.#limits = limits;
    this.#send = send;
  }

  async add(row: QueryValue[]): Promise<void> {
    this.count += 1;
    this.#rows.push(row);
    const weight = weightOf(row);
    this.#weight += weight;
    this.#weightTotal += weight;
    const { resultBytesMax } = this.#limits;
    if (resultBytesMax !== undefined && this.#weightTotal > resultBytesMax) throw tooLarge(`the result is larger than ${resultBytesMax} bytes`);
    if (this.#weight > messageWeight) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    this.#weight = 0;
    try {
      await this.#send({ type: "rows", rows });
    } catch (error) {
      throw error instanceof MessageTooLong || error instanceof RangeError ? tooLarge("one row of the result is too large") : error;
    }
  }
}

/** About as many bytes as the value's JSON has. */
function weightOf(value: QueryValue): number {
  if (typeof value === "string") return value.length + 3;
  if (typeof value !== "object" || value === null) return 8;
  let weight = 2;
  if (Array.isArray(value)) for (const item of value) weight += weightOf(item);
  else for (const name in value) weight += name.length + 4 + weightOf(value[name]);
  return weight;
}

function tooLarge(what: string): MillraceError {
  return new MillraceError("MR-SQL-004", { what, where: "the result", mend: "select fewer columns or rows, aggregate, or cut long text with left(…)" });
}
