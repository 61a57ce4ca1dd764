import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import type { Batch, BatchColumn, Vector } from "../../batch/batch.ts";
import { Strings } from "../../batch/strings.ts";
import { MillraceError } from "../../errors.ts";
import type { Column, TopicDecl } from "../../model/manifest.ts";

export interface FileReaderOptions {
  /** Absolute paths or globs. */
  paths: string[];
  format: "parquet" | "csv" | "json";
  /** Columns in whose order the records are wanted; empty: as they stand. */
  orderBy: string[];
  topic: TopicDecl;
  /** Where a sorted copy may be kept. */
  spoolFolder: string;
  stage: string;
}

/** Text columns with at most this many different values come as codes of a dictionary. */
const dictionaryMax = 10_000;
const batchRows = 32_768;

/**
 * Reads files as batches of a topic's columns, in a fixed order, from any row on.
 *
 * Files that do not stand in the order asked for are sorted once into a copy on disk, by DuckDB within its memory limit;
 * after that a row's number is its address.
 */
export class FileReader {
  readonly #options: FileReaderOptions;
  readonly #connection: DuckDBConnection;
  readonly #dictionaries = new Map<string, Strings>();
  #relation = "";
  /** Rows in all. */
  readonly total: number;

  private constructor(options: FileReaderOptions, connection: DuckDBConnection, relation: string, total: number) {
    this.#options = options;
    this.#connection = connection;
    this.#relation = relation;
    this.total = total;
  }

  static async open(options: FileReaderOptions): Promise<FileReader> {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    mkdirSync(options.spoolFolder, { recursive: true });
    const instance = await DuckDBInstance.create(":memory:", { threads: "1", memory_limit: "128MB", temp_directory: join(options.spoolFolder, "tmp"), preserve_insertion_order: "true" });
    const connection = await instance.connect();
    try {
      const relation = await orderedRelation(connection, options);
      const [[total]] = await rows(connection, `SELECT count(*)::DOUBLE FROM ${relation}`);
      const reader = new FileReader(options, connection, relation, total as number);
      await reader.#requireColumns();
      await reader.#makeDictionaries();
      return reader;
    } catch (cause) {
      throw cause instanceof MillraceError ? cause : unreadable(options, cause);
    }
  }

  async #requireColumns(): Promise<void> {
    const found = new Set((await rows(this.#connection, `DESCRIBE SELECT * FROM ${this.#relation}`)).map(([name]) => name));
    const missing = this.#options.topic.columns.filter(({ name, nullable }) => !nullable && !found.has(name));
    this.#absent = new Set(this.#options.topic.columns.filter(({ name }) => !found.has(name)).map(({ name }) => name));
    if (missing.length === 0) return;
    throw new MillraceError("MR-DATA-001", {
      what: `the files have no column ${missing.map(({ name }) => `"${name}"`).join(", ")}`,
      where: `source "${this.#options.stage}", ${this.#options.paths.join(", ")}`,
      mend: `rename the fields of topic "${this.#options.topic.name}" to the files' columns, or make them nullable; the files have: ${[...found].join(", ")}`,
    });
  }

  #absent = new Set<string>();

  async #makeDictionaries(): Promise<void> {
    const texts = this.#options.topic.columns.filter(({ name, type }) => type === "string" && !this.#absent.has(name));
    if (texts.length === 0) return;
    const counts = (await rows(this.#connection, `SELECT ${texts.map(({ name }) => `approx_count_distinct(${quoted(name)})::DOUBLE`).join(", ")} FROM ${this.#relation}`))[0];
    for (const [i, { name }] of texts.entries()) {
      if ((counts[i] as number) > dictionaryMax) continue;
      const values = await rows(this.#connection, `SELECT DISTINCT ${quoted(name)}::VARCHAR v FROM ${this.#relation} WHERE v IS NOT NULL ORDER BY v`);
      if (values.length === 0) continue;
      const entries = values.map(([value]) => value as string);
      await this.#connection.run(`CREATE TYPE ${quoted(`dictionary of ${name}`)} AS ENUM (${entries.map(literal).join(", ")})`);
      this.#dictionaries.set(name, Strings.of(entries));
    }
  }

  /** Batches from row `from` (the first is 0) to the end. */
  async *batches(from: number): AsyncIterable<Batch> {
    const { columns } = this.#options.topic;
    const select = columns.map((column) => this.#expression(column)).join(", ");
    const result = await this.#connection.stream(`SELECT ${select} FROM ${this.#relation} WHERE file_row_number >= ${from}`);
    let chunks: DuckDBDataChunk[] = [];
    let count = 0;
    for (;;) {
      const chunk = await result.fetchChunk().catch((cause: unknown) => {
        throw unreadable(this.#options, cause);
      });
      if (chunk && chunk.rowCount > 0) {
        chunks.push(chunk);
        count += chunk.rowCount;
      }
      const last = !chunk || chunk.rowCount === 0;
      if (count >= batchRows || (last && count > 0)) {
        yield this.#batch(chunks, count);
        chunks = [];
        count = 0;
      }
      if (last) return;
    }
  }

  /** The column in the type in which its values can be taken over as they lie in memory. */
  #expression({ name, type }: Column): string {
    const column = quoted(name);
    if (this.#absent.has(name)) return "NULL::DOUBLE";
    switch (type) {
      case "integer":
      case "number":
        return `${column}::DOUBLE`;
      case "timestamp":
        return `epoch_us(${column}::TIMESTAMPTZ)::DOUBLE / 1000`;
      case "boolean":
        return `${column}::BOOLEAN::INTEGER`;
      case "date":
        return `strftime(${column}::DATE, '%Y-%m-%d')`;
      case "json":
        return `to_json(${column})::VARCHAR`;
      case "string":
        return this.#dictionaries.has(name) ? `enum_code(${column}::VARCHAR::${quoted(`dictionary of ${name}`)})::INTEGER` : `${column}::VARCHAR`;
    }
  }

  #batch(chunks: DuckDBDataChunk[], count: number): Batch {
    const { columns, key, eventTime } = this.#options.topic;
    const built = columns.map((column, c): BatchColumn => ({ name: column.name, type: column.type, vector: this.#vector(column, chunks, c, count) }));
    const time = built.find(({ name }) => name === eventTime)?.vector;
    const keys = built.find(({ name }) => name === key)?.vector;
    return { count, columns: built, eventTime: time?.kind === "f64" ? time.values : new Float64Array(count).fill(Date.now()), keys: keys?.kind === "str" ? keys : undefined };
  }

  #vector(column: Column, chunks: DuckDBDataChunk[], c: number, count: number): Vector {
    const valid = this.#validity(column, chunks, c, count);
    const { type, name } = column;
    if (type === "integer" || type === "number" || type === "timestamp" || this.#absent.has(name)) {
      const values = joined(chunks, c, new Float64Array(count));
      if (type === "integer") requireWhole(values, column, this.#options);
      return this.#absent.has(name) && type !== "integer" && type !== "number" && type !== "timestamp" ? emptyText(count, valid) : { kind: "f64", values, valid };
    }
    if (type === "boolean") return { kind: "bool", values: Uint8Array.from(joined(chunks, c, new Int32Array(count))), valid };
    const dictionary = this.#dictionaries.get(name);
    if (dictionary) return { kind: "str", codes: joined(chunks, c, new Int32Array(count)), dictionary, valid };
    const texts = chunks.flatMap((chunk) => chunk.getColumnValues(c) as (string | null)[]);
    return { kind: "str", codes: Int32Array.from(texts.keys()), dictionary: Strings.of(texts.map((text) => text ?? "")), valid };
  }

  #validity(column: Column, chunks: DuckDBDataChunk[], c: number, count: number): Uint8Array | undefined {
    let valid: Uint8Array | undefined;
    let at = 0;
    for (const chunk of chunks) {
      const vector = chunk.getColumnVector(c) as unknown as { validity: { itemValid(i: number): boolean; data?: unknown } };
      for (let i = 0; i < chunk.rowCount; i++, at++) {
        if (vector.validity.itemValid(i)) continue;
        valid ??= new Uint8Array(count).fill(1);
        valid[at] = 0;
      }
    }
    if (valid && !column.nullable) throw nullInRequired(column, this.#options);
    return valid;
  }

  close(): void {
    this.#connection.closeSync();
  }
}

/** A relation whose `file_row_number` counts the rows in the order wanted. */
async function orderedRelation(connection: DuckDBConnection, options: FileReaderOptions): Promise<string> {
  const { paths, format, orderBy } = options;
  const single = `read_parquet(${literal(paths[0])}, file_row_number = true)`;
  const oneFile = format === "parquet" && paths.length === 1 && !/[*?[]/.test(paths[0]);
  if (oneFile && (orderBy.length === 0 || (await isOrdered(connection, single, orderBy)))) return single;
  return `read_parquet(${literal(await spool(connection, options))}, file_row_number = true)`;
}

async function isOrdered(connection: DuckDBConnection, relation: string, orderBy: string[]): Promise<boolean> {
  if (orderBy.length > 1) return false;
  const result = await connection.stream(`SELECT ${quoted(orderBy[0])} FROM ${relation}`);
  let last: unknown;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return true;
    const { items } = chunk.getColumnVector(0) as unknown as { items?: ArrayLike<number | bigint> };
    if (!items) return false;
    for (let i = 0; i < chunk.rowCount; i++) {
      if (last !== undefined && items[i] < (last as number | bigint)) return false;
      last = items[i];
    }
  }
}

/** Writes the rows in order into one file of our own; a copy that was cut short is never taken for a whole one. */
async function spool(connection: DuckDBConnection, { paths, format, orderBy, spoolFolder, stage }: FileReaderOptions): Promise<string> {
  const name = createHash("sha256").update(JSON.stringify([paths, format, orderBy, stage])).digest("hex").slice(0, 16);
  const path = join(spoolFolder, `${name}.parquet`);
  if (existsSync(path)) return path;
  const list = `[${paths.map(literal).join(", ")}]`;
  const reader = { parquet: `read_parquet(${list}, union_by_name = true)`, csv: `read_csv(${list}, union_by_name = true)`, json: `read_json(${list}, union_by_name = true)` }[format];
  const order = orderBy.length > 0 ? ` ORDER BY ${orderBy.map(quoted).join(", ")}` : "";
  rmSync(`${path}.new`, { force: true });
  await connection.run(`COPY (SELECT * FROM ${reader}${order}) TO ${literal(`${path}.new`)} (FORMAT parquet, COMPRESSION zstd)`);
  renameSync(`${path}.new`, path);
  return path;
}

async function rows(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

function joined<A extends Float64Array | Int32Array>(chunks: DuckDBDataChunk[], c: number, out: A): A {
  let at = 0;
  for (const chunk of chunks) {
    const { items } = chunk.getColumnVector(c) as unknown as { items: A };
    out.set(items.subarray(0, chunk.rowCount), at);
    at += chunk.rowCount;
  }
  return out;
}

function emptyText(count: number, valid: Uint8Array | undefined): Vector {
  return { kind: "str", codes: new Int32Array(count), dictionary: Strings.of([""]), valid };
}

function requireWhole(values: Float64Array, column: Column, options: FileReaderOptions): void {
  for (const value of values) {
    if (Number.isSafeInteger(value) || Number.isNaN(value)) continue;
    throw new MillraceError("MR-DATA-001", {
      what: `column "${column.name}" holds ${value}, which is no whole number within 2 ** 53`,
      where: `source "${options.stage}", ${options.paths.join(", ")}`,
      mend: `declare "${column.name}" as a number, or mend the file`,
    });
  }
}

function nullInRequired(column: Column, options: FileReaderOptions): MillraceError {
  return new MillraceError("MR-DATA-001", {
    what: `column "${column.name}" holds a null, but the field is required`,
    where: `source "${options.stage}", ${options.paths.join(", ")}`,
    mend: `make "${column.name}" nullable in the schema of topic "${options.topic.name}", or mend the file`,
  });
}

function unreadable({ paths, stage }: FileReaderOptions, cause: unknown): MillraceError {
  return new MillraceError("MR-DATA-001", { what: `the files cannot be read: ${(cause as Error).message}`, where: `source "${stage}", ${paths.join(", ")}`, mend: "check the path and the files", cause });
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
