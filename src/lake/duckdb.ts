import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceError } from "../errors.ts";

export interface DuckdbSettings {
  /** Most memory for DuckDB's own buffers; it spills to disk beyond. Node's own memory comes on top. */
  memoryLimit: string;
  threads: number;
}

/** Enough for commits of some 300,000 rows in a process of less than 250 MB. A second thread costs 10 MB and gains little. */
const smallDuckdb: DuckdbSettings = { memoryLimit: "96MiB", threads: 1 };

/** A DuckDB of this process, in memory, opened when it is first asked for: the library alone costs some 40 MB. */
export class Duckdb {
  readonly #settings: DuckdbSettings;
  #instance: Promise<DuckDBInstance> | undefined;

  constructor(settings: DuckdbSettings = smallDuckdb) {
    this.#settings = settings;
  }

  async connect(): Promise<DuckDBConnection> {
    this.#instance ??= this.#open();
    const connection = await (await this.#instance).connect();
    // Bounds are read from DuckDB's printed times.
    await connection.run("set TimeZone = 'UTC'");
    return connection;
  }

  /** Lends a connection of its own to `work`: temporary tables end with it. */
  async with<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }

  async #open(): Promise<DuckDBInstance> {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    return DuckDBInstance.create(":memory:", {
      memory_limit: this.#settings.memoryLimit,
      threads: String(this.#settings.threads),
      preserve_insertion_order: "false",
      // Freed memory goes back to the system at once: kept by the allocator it is 25 MB more at the peak of a commit.
      allocator_flush_threshold: "1MB",
      allocator_bulk_deallocation_flush_threshold: "1MB",
      // Else DuckDB spills into the folder that the process happens to run in.
      temp_directory: join(tmpdir(), `millrace-spill-${process.pid}`),
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
  }

  async close(): Promise<void> {
    const instance = await this.#instance?.catch(() => undefined);
    this.#instance = undefined;
    instance?.closeSync();
  }
}

/** The small DuckDB has room for rows of so many columns. */
const columnsOfSmall = 600;
/** What a column may take while rows are read, sorted and written: some vectors of 2,048 texts. */
const kibOfColumn = 128;

/**
 * Gives the DuckDB of a connection more memory where rows are so wide that even one of them would not go through: what a
 * column needs does not depend on the number of rows.
 */
export async function makeRoom(connection: DuckDBConnection, columns: number): Promise<void> {
  if (columns <= columnsOfSmall) return;
  const [{ bytes }] = await queryJson(connection, "select value as bytes from duckdb_settings() where name = 'memory_limit'", "the lake's DuckDB");
  const needed = Math.ceil((columns * kibOfColumn) / 1_024);
  if (mebibytes(String(bytes)) < needed) await connection.run(`set memory_limit = '${needed}MiB'`);
}

/** @param text - as DuckDB prints a size */
function mebibytes(text: string): number {
  const [, number = "0", unit = ""] = /^([\d.]+) (\w*)$/.exec(text) ?? [];
  return Number(number) * ({ MiB: 1, GiB: 1_024, TiB: 1_048_576 }[unit] ?? 0);
}

/** One statement; its rows as plain JSON, 64-bit integers as text. */
export async function queryJson(connection: DuckDBConnection, sql: string, where: string): Promise<Record<string, unknown>[]> {
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } catch (error) {
    throw duckdbError(error, where);
  }
}

export function duckdbError(error: unknown, where: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const what = error instanceof Error ? error.message : String(error);
  if (/No space left|Disk quota/i.test(what)) {
    return new MillraceError("MR-FILES-002", { what, where, mend: "free some space on this disk; nothing that was acknowledged is lost", retryable: true, cause: error });
  }
  if (/Out of Memory/i.test(what)) {
    return new MillraceError("MR-FILES-002", { what, where, mend: "commit fewer rows at once, or give the lake's DuckDB more memory", retryable: true, cause: error });
  }
  if (/^(IO|Invalid Input) Error/i.test(what)) {
    return new MillraceError("MR-LAKE-004", { what, where, mend: "look at the file named; restore it, or roll the table back", cause: error });
  }
  return new MillraceError("MR-INTERNAL-001", { what, where, mend: "report this with the log lines around it", cause: error });
}

export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Files to be read, as DuckDB's functions take them. It takes a name for a pattern, and where another file fits it reads that:
 * what has a meaning in a pattern stands between brackets, where it has none.
 */
export function filesSql(paths: readonly string[]): string {
  return `[${paths.map((path) => sqlText(literalPattern(path))).join(", ")}]`;
}

/** The pattern that the file of the path fits, and no other. */
export function literalPattern(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}

export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A column, or a field inside of structs, by the names that lead to it. @param relation - that has the column */
export function pathSql([column, ...inner]: string[], relation?: string): string {
  const source = relation === undefined ? sqlName(column) : `${relation}.${sqlName(column)}`;
  return inner.reduce((struct, name) => `struct_extract(${struct}, ${sqlText(name)})`, source);
}
