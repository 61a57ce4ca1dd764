import { MillraceError } from "../../errors.ts";
import type { ResultColumn } from "../../lake/result-schema.ts";
import type { FilesSource, FoundFile, PerFile } from "../../sql/query-request.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import type { WriteRequest, WriteResult } from "../../sql/write-request.ts";
import { fileColumn } from "../../model/onboarding/source-decl.ts";
import type { NamedFile } from "./load-mark.ts";
import type { SourceTable } from "./source-tables.ts";

export interface ReadRequest extends Pick<WriteRequest, "folder" | "signal"> {
  columns: WriteRequest["columns"] & object;
  files: readonly (NamedFile & { wanted?: string })[];
  rows: PerFile["rows"];
}

export interface ReadFiles {
  written: WriteResult;
  found: FoundFile[];
  /** Files that changed while they were read: nothing of them was written. */
  left: NamedFile[];
}

/** The task's own timeout ends it before. */
const statementMs = 24 * 3_600_000;
const spillBytesMax = 64 * 1024 ** 3;

/** The statement that gives a table's rows, or those that do not fit it. */
function statementOf({ raw, decl }: Pick<SourceTable, "raw" | "decl">, rows: PerFile["rows"] = "fitting"): string {
  const name = raw.name.split(".").map((part) => `"${part}"`).join(".");
  return `select * from ${(rows === "fitting" ? decl.rows : undefined) ?? name}`;
}

/** Files of a raw table, as a statement reads them. */
function filesSource({ raw, fetch }: Pick<SourceTable, "raw" | "fetch">, files: ReadRequest["files"], rows: PerFile["rows"], onFiles?: FilesSource["onFiles"]): FilesSource {
  const { format, columns, partitionColumns } = raw;
  return { kind: "files", dataset: raw.name, format, columns, partitionColumns, files: files.map(({ path, name, partition, wanted }) => ({ path, name, partition, version: wanted })), perFile: { fileColumn, rows }, onFiles, fetch };
}

/** What the rows of a raw table are once they are reshaped, whatever its files are: none is read for it. */
export async function describeRows(runner: Pick<SqlRunner, "run">, table: Pick<SourceTable, "raw" | "decl" | "fetch">, signal?: AbortSignal): Promise<ResultColumn[]> {
  const { rows } = await runner.run({ sql: `describe ${statementOf(table)}`, signal, resolve: async (references) => ({ sources: references.map(() => filesSource(table, [], "fitting")), known: [] }) });
  return rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
}

/** Writes the rows of files into Parquet files. One that changes meanwhile is left out, and the others are read once more. */
export async function readBatch(runner: Pick<SqlRunner, "write">, table: Pick<SourceTable, "raw" | "decl" | "fetch">, { files, rows, ...request }: ReadRequest): Promise<ReadFiles> {
  const left: NamedFile[] = [];
  for (;;) {
    let found: FoundFile[] = [];
    const source = filesSource(table, files.filter((file) => !left.includes(file)), rows, (all) => (found = all));
    try {
      const written = await runner.write({
        ...request,
        sql: statementOf(table, rows),
        limits: { timeoutMs: statementMs, spillBytesMax },
        resolve: async (references) => ({ sources: references.map(({ namespace, name }) => (`${namespace}.${name}`.toLowerCase() === table.raw.name.toLowerCase() ? source : undefined)), known: [table.raw.name] }),
      });
      return { written, found, left };
    } catch (error) {
      const changed = error instanceof MillraceError && error.code === "MR-FORMAT-004" ? files.find((file) => file.path === error.parts.where && !left.includes(file)) : undefined;
      if (changed === undefined) throw error;
      left.push(changed);
    }
  }
}
