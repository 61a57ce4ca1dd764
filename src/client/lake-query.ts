import type { StandardSchemaV1 } from "@standard-schema/spec";
import { MillraceError } from "../errors.ts";
import { rowObjects } from "./row-objects.ts";
import type { QueryState, Service } from "./service.ts";

export interface QueryOptions {
  /** Ends the statement, also where it runs; what waits for it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** A duration, at most "10m". Default "30s". */
  timeout?: string;
  /** Rows that come at once while they are read one by one: 1 to 100,000. Default 10,000. */
  pageRows?: number;
}

/** Any row, when its type is not given. */
export type AnyRow = Record<string, unknown>;

/** Rows of the quick way; a result that has more is read by pages. */
const quickRowsMax = 10_000;

/**
 * A statement that runs each time somebody waits for it: `await query` gives all its rows, `for await (const row of query)`
 * one after the other, page by page, so that a result of any size needs the memory of a page.
 */
export class LakeQuery<Row = AnyRow> implements PromiseLike<Row[]>, AsyncIterable<Row> {
  readonly text: string;
  readonly #service: Service;
  readonly #options: QueryOptions;
  readonly #schema: StandardSchemaV1<unknown, Row> | undefined;

  constructor(service: Service, text: string, options: QueryOptions, schema?: StandardSchemaV1<unknown, Row>) {
    this.#service = service;
    this.text = text;
    this.#options = options;
    this.#schema = schema;
  }

  with(options: QueryOptions): LakeQuery<Row> {
    return new LakeQuery(this.#service, this.text, { ...this.#options, ...options }, this.#schema);
  }

  /** Each row is checked by a schema of any library of Standard Schema, and is what the schema makes of it. */
  as<Checked>(schema: StandardSchemaV1<unknown, Checked>): LakeQuery<Checked> {
    return new LakeQuery(this.#service, this.text, this.#options, schema);
  }

  // biome-ignore lint/suspicious/noThenProperty: a query is waited for as a promise is
  then<A = Row[], B = never>(onRows?: ((rows: Row[]) => A | PromiseLike<A>) | null, onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<A | B> {
    return this.#all().then(onRows, onError);
  }

  async #all(): Promise<Row[]> {
    const { signal, timeout = "30s" } = this.#options;
    const result = await this.#service.sql(this.text, quickRowsMax, timeout, signal);
    if (!result.truncated) return this.#checked(rowObjects(result), 0);
    const rows: Row[] = [];
    for await (const row of this) rows.push(row);
    return rows;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Row, void, undefined> {
    const { signal, pageRows = 10_000 } = this.#options;
    const id = await this.#ended();
    let rowsBefore = 0;
    for (let next: string | null = "0"; next !== null; ) {
      const page: Awaited<ReturnType<Service["page"]>> = await this.#service.page(id, next, pageRows, signal);
      yield* await this.#checked(rowObjects(page), rowsBefore);
      rowsBefore += page.rows.length;
      next = page.next;
    }
  }

  /** The id of the query, when its result is there. */
  async #ended(): Promise<string> {
    const { signal, timeout = "30s" } = this.#options;
    let query: QueryState = await this.#service.submit(this.text, timeout, signal);
    try {
      while (query.endedAt === null) query = await this.#service.wait(query.id, signal);
    } catch (error) {
      await this.#service.cancel(query.id).catch(() => undefined);
      throw error;
    }
    if (query.error) throw MillraceError.fromJSON(query.error);
    return query.id;
  }

  async #checked(rows: Record<string, unknown>[], rowsBefore: number): Promise<Row[]> {
    const schema = this.#schema;
    if (schema === undefined) return rows as Row[];
    const checked: Row[] = [];
    for (const [i, row] of rows.entries()) {
      const result = await schema["~standard"].validate(row);
      if (result.issues) throw unfit(result.issues, rowsBefore + i + 1);
      checked.push(result.value);
    }
    return checked;
  }
}

function unfit(issues: readonly StandardSchemaV1.Issue[], row: number): MillraceError {
  const [{ message, path = [] }] = issues;
  const field = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return new MillraceError("MR-DATA-001", { what: `row ${row} of the result does not fit its schema: ${field === "" ? message : `${field}: ${message}`}`, where: "the result", mend: "correct the schema, or cast the column in the statement" });
}
