import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import { fileVersion } from "../formats/file-source.ts";
import type { PartitionColumn } from "../formats/hive-partitions.ts";
import type { InferredField } from "../formats/inferred-type.ts";
import { isAllText } from "../formats/read-rows.ts";
import { recogniseFiles, type TableShape } from "../formats/recognise-files.ts";
import { type CheckedFile, type CheckedFiles, type Relation, relationOver } from "../formats/relation-sql.ts";
import { duckdbType } from "../formats/type-mapping.ts";
import { digestOfFile } from "../lake/data-file.ts";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import type { FilesMessage } from "./messages.ts";
import type { FoundFile, SkippedRows, SourceFile } from "./query-request.ts";

/** Files, ready to be read by a statement. */
export interface OpenedFiles {
  /** The statement that gives their rows. */
  select: string;
  columns: { name: string; type: string }[];
  /** What it opens. */
  opens: string[];
  /** What was found out of the files, where it was not known before. */
  shape?: TableShape;
  skipped?: Omit<SkippedRows, "dataset">;
  /** What was found of each file, where each counts. */
  files?: FoundFile[];
  /** Files whose rows were found to fit, and which the engine reads where they are. */
  checked: CheckedFiles;
  /** @throws MillraceError `MR-FORMAT-004` when a file is no longer what its rows were checked in */
  checkUnchanged(): Promise<void>;
}

/**
 * Makes files readable: those that the engine reads by itself where they are, once all their rows are known to fit; of others
 * the rows are written down first.
 *
 * @param folder - of the process that runs the statement
 * @param onWritten - called with the bytes that come to stand there; what it throws ends the work
 * @throws MillraceError `MR-FORMAT-001` to `-008`
 */
export async function openFiles(connection: DuckDBConnection, source: FilesMessage, folder: string, onWritten: (bytes: number) => void): Promise<OpenedFiles> {
  const paths = source.files.map(({ path }) => path);
  for (const file of source.files) await checkContent(file);
  const found = isKnown(source) ? undefined : await recogniseFiles(paths, source);
  const shape = shapeOf(source, found);
  const skipping = new Skipping(source.onBadRows ?? "fail");
  const relations: { sql: string; relation: Relation }[] = [];
  const names = partitionNames(source.partitionColumns, shape);
  for (const { partition, files } of byPartition(source)) {
    const relation = await relationOver(connection, files, shape.format, shape.fields, join(folder, "files"), { ...skipping.options, checked: source.checked, onWritten });
    await skipping.take(connection, relation);
    relations.push({ sql: withPartition(relation.sql, source.partitionColumns, names, partition), relation });
  }
  const files = relations.flatMap(({ relation }) => relation.inPlace);
  return {
    select: relations.map(({ sql }) => sql).join("\nUNION ALL\n"),
    columns: [...shape.fields.map(({ name, type }) => ({ name, type: duckdbType(type) })), ...source.partitionColumns.map(({ type }, i) => ({ name: names[i], type: partitionTypes[type] }))],
    opens: relations.flatMap(({ relation }) => relation.opens),
    ...(found && { shape: found }),
    ...(skipping.skipped && { skipped: skipping.skipped }),
    checked: { reading: relations[0].relation.reading, files },
    checkUnchanged: () => checkUnchanged(files),
  };
}

/** Of no files, only the columns count. */
function isKnown({ format, columns, files }: FilesMessage): boolean {
  return columns !== undefined && (format !== undefined || files.length === 0);
}

export function shapeOf(source: FilesMessage, found: TableShape | undefined): TableShape {
  const format = source.format ?? found?.format ?? { kind: "parquet", compression: "none" };
  const fields = (source.columns ?? found?.fields) as InferredField[];
  // A value of any kind is a text where there is nothing but text.
  return { format, fields: isAllText(format.kind) ? fields.map((field) => (field.type.kind === "choice" ? { ...field, type: { kind: "string", count: 0 } } : field)) : fields };
}

/** Without files there is one partition, of no files: it gives the columns. */
function byPartition({ files, partitionColumns }: FilesMessage): { partition: Record<string, string | null>; files: string[] }[] {
  const valuesOf = ({ partition = {} }: SourceFile): string => JSON.stringify(partitionColumns.map(({ name }) => partition[name] ?? null));
  const groups = [...Map.groupBy(files, valuesOf).values()];
  if (groups.length === 0) return [{ partition: {}, files: [] }];
  return groups.map((group) => ({ partition: group[0].partition ?? {}, files: group.map(({ path }) => path) }));
}

export const partitionTypes = { long: "BIGINT", date: "DATE", string: "VARCHAR" } as const;

export function partitionNames(columns: readonly PartitionColumn[], { fields }: TableShape): string[] {
  const used = new Set(fields.map(({ name }) => name.toLowerCase()));
  return columns.map(({ name }) => {
    let free = name;
    while (used.has(free.toLowerCase())) free = `${free}_partition`;
    used.add(free.toLowerCase());
    return free;
  });
}

/** The engine passes over the files of a partition that a statement's conditions leave out: its value is a constant. */
function withPartition(sql: string, columns: readonly PartitionColumn[], names: readonly string[], partition: Record<string, string | null>): string {
  if (columns.length === 0) return sql;
  const values = columns.map(({ name, type }, i) => {
    const value = partition[name] ?? null;
    return `CAST(${value === null ? "NULL" : sqlText(value)} AS ${partitionTypes[type]}) AS ${sqlName(names[i])}`;
  });
  return `SELECT *, ${values.join(", ")} FROM (${sql})`;
}

/** Keeps account of what is left out; or lets nothing be left out. */
class Skipping {
  readonly #policy: "fail" | "skip-and-tell";
  readonly options: { onDamaged?: (error: MillraceError, path: string) => void };
  skipped: Omit<SkippedRows, "dataset"> | undefined;

  constructor(policy: "fail" | "skip-and-tell") {
    this.#policy = policy;
    const onDamaged = (error: MillraceError, file: string): void => this.#add({ rows: 0, files: 1, first: { file, reason: error.parts.what } });
    this.options = policy === "fail" ? {} : { onDamaged };
  }

  async take(connection: DuckDBConnection, { quarantined, quarantineSql }: Relation): Promise<void> {
    if (quarantined === 0) return;
    const [[file, line, reason]] = await (await connection.run(`SELECT file, line, reason FROM (${quarantineSql}) ORDER BY file, line LIMIT 1`)).getRows();
    const first = { file: String(file), line: Number(line), reason: String(reason) };
    if (this.#policy === "fail") throw badRows(quarantined, first);
    this.#add({ rows: quarantined, files: 0, first });
  }

  #add({ rows, files, first }: Omit<SkippedRows, "dataset">): void {
    const { skipped } = this;
    this.skipped = { rows: (skipped?.rows ?? 0) + rows, files: (skipped?.files ?? 0) + files, first: skipped?.first ?? first };
  }
}

function badRows(rows: number, { file, line, reason }: { file: string; line: number; reason: string }): MillraceError {
  return new MillraceError("MR-FORMAT-008", {
    what: rows === 1 ? `a row does not fit the columns of its table: ${reason}` : `${rows} rows do not fit the columns of their table; the first: ${reason}`,
    where: `${file}, line or record ${line}`,
    mend: 'mend the file, or declare the table with a schema that its rows fit; with onBadRows: "skip-and-tell" they are left out and counted',
  });
}

async function checkContent({ path, sha256 }: SourceFile): Promise<void> {
  if (sha256 === undefined) return;
  const found = await digestOfFile(path).catch((cause: Error) => {
    throw new MillraceError("MR-FORMAT-005", { what: `the file cannot be read: ${cause.message}`, where: path, mend: "put it back, or take what reads it out of the project", cause });
  });
  if (found === sha256) return;
  throw new MillraceError("MR-FORMAT-004", { what: "the file is another one than when the project was read", where: path, mend: "apply the project again, so that a release is made of the file as it is now", retryable: true });
}

export async function checkUnchanged(files: readonly CheckedFile[]): Promise<void> {
  for (const { path, version } of files) {
    if ((await fileVersion(path)) === version) continue;
    throw new MillraceError("MR-FORMAT-004", { what: "the file changed while it was read", where: path, mend: "run the statement again when its writer is done; writers that rename a finished file into its place are safe", retryable: true });
  }
}
