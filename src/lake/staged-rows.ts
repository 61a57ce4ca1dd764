import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBType } from "@duckdb/node-api";
import type { Batch, Vector } from "../batch/batch.ts";
import type { Duckdb } from "./duckdb.ts";
import { duckdbError, queryJson, sqlName, makeRoom } from "./duckdb.ts";
import type { Bindings } from "./fill-vector.ts";
import { VectorFiller, vectorRows } from "./fill-vector.ts";
import { duckdbType } from "./duckdb-type.ts";
import type { WrittenParquet } from "./parquet-copy.ts";
import { parquetCopySql, writtenParquet } from "./parquet-copy.ts";
import type { SchemaField } from "./iceberg-type.ts";

/** Rows on their way into the lake, in a DuckDB table in memory. Each row belongs to a numbered group, one per file. */
export class StagedRows {
  readonly #connection: DuckDBConnection;
  readonly #bindings: Bindings;
  readonly #filler: VectorFiller;
  readonly #fields: SchemaField[];
  readonly #chunk: DuckDBDataChunk;
  readonly #table: string;
  #appender: DuckDBAppender | undefined;

  private constructor(connection: DuckDBConnection, bindings: Bindings, fields: SchemaField[], chunk: DuckDBDataChunk) {
    this.#connection = connection;
    this.#bindings = bindings;
    this.#fields = fields;
    this.#chunk = chunk;
    this.#filler = new VectorFiller(bindings);
    this.#table = `staged_${tableNumber++}`;
  }

  static async open(duckdb: Duckdb, fields: SchemaField[]): Promise<StagedRows> {
    const api = await import("@duckdb/node-api");
    const { default: bindings } = await import("@duckdb/node-bindings");
    const types: Record<string, DuckDBType> = {
      VARCHAR: api.VARCHAR,
      BOOLEAN: api.BOOLEAN,
      INTEGER: api.INTEGER,
      BIGINT: api.BIGINT,
      FLOAT: api.FLOAT,
      DOUBLE: api.DOUBLE,
      DATE: api.DATE,
      TIMESTAMPTZ: api.TIMESTAMPTZ,
      TIMESTAMP: api.TIMESTAMP,
    };
    const columns = [...fields.map(({ type }) => types[duckdbType(type)]), api.INTEGER];
    const connection = await duckdb.connect();
    await makeRoom(connection, fields.length);
    return new StagedRows(connection, bindings, fields, api.DuckDBDataChunk.create(columns));
  }

  /**
   * @param vectors - one per field; absent where all rows are null
   * @param groups - of each row
   */
  async append(batch: Batch, vectors: (Vector | undefined)[], groups: Int32Array): Promise<void> {
    this.#appender ??= await this.#openAppender();
    for (let start = 0; start < batch.count; start += vectorRows) {
      this.#appendChunk(this.#appender, vectors, groups, start, Math.min(vectorRows, batch.count - start));
    }
  }

  #appendChunk(appender: DuckDBAppender, vectors: (Vector | undefined)[], groups: Int32Array, start: number, count: number): void {
    const chunk = this.#chunk.chunk;
    this.#bindings.data_chunk_reset(chunk);
    this.#bindings.data_chunk_set_size(chunk, count);
    for (const [i, field] of this.#fields.entries()) {
      this.#filler.fill(this.#bindings.data_chunk_get_vector(chunk, i), field.type, vectors[i], start, count);
    }
    this.#filler.fillInts(this.#bindings.data_chunk_get_vector(chunk, this.#fields.length), groups, start, count);
    try {
      appender.appendDataChunk(this.#chunk);
    } catch (error) {
      throw duckdbError(error, "rows on their way into a table");
    }
  }

  /** Writes the rows of one group, or of all, to a Parquet file. The file is not on disk for good before it is flushed. */
  async write(path: string, group: number | undefined): Promise<WrittenParquet> {
    this.#appender?.flushSync();
    const columns = this.#fields.map(({ name }, i) => `c${i} as ${sqlName(name)}`).join(", ");
    const rows = `select ${columns} from ${this.#table}${group === undefined ? "" : ` where g = ${group}`}`;
    return copyToParquet(this.#connection, rows, path, this.#fields);
  }

  /** Forgets all rows and gives their memory back. */
  async clear(): Promise<void> {
    if (this.#appender === undefined) return;
    this.#appender.closeSync();
    this.#appender = undefined;
    await queryJson(this.#connection, `drop table if exists ${this.#table}`, "rows on their way into a table");
  }

  async close(): Promise<void> {
    await this.clear().finally(() => this.#connection.closeSync());
  }

  async #openAppender(): Promise<DuckDBAppender> {
    const columns = this.#fields.map(({ type }, i) => `c${i} ${duckdbType(type)}`);
    await queryJson(this.#connection, `create table ${this.#table} (${[...columns, "g integer"].join(", ")})`, "rows on their way into a table");
    return this.#connection.createAppender(this.#table);
  }
}

/** Writers of one process share a DuckDB: each has a table of its own. */
let tableNumber = 0;

/** Writes a query's rows to one Parquet file. */
export async function copyToParquet(connection: DuckDBConnection, rowsSql: string, path: string, fields: SchemaField[]): Promise<WrittenParquet> {
  await makeRoom(connection, fields.length);
  const [row] = await queryJson(connection, parquetCopySql(rowsSql, path, fields), path);
  return writtenParquet(row);
}
