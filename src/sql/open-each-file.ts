import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { asMillraceError, type MillraceError } from "../errors.ts";
import { noData } from "../formats/damage.ts";
import { withFile } from "../formats/file-source.ts";
import type { TableShape } from "../formats/recognise-files.ts";
import { type ReadFile, relationOver } from "../formats/relation-sql.ts";
import { duckdbType } from "../formats/type-mapping.ts";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import { changedFile } from "./changed-file.ts";
import type { FilesMessage } from "./messages.ts";
import { checkUnchanged, type OpenedFiles, partitionNames, partitionTypes, shapeOf } from "./open-files.ts";
import type { FoundFile, PerFile, SourceFile } from "./query-request.ts";

/** By which rows find what is said of their file. */
const pathColumn = "millrace_path";

/**
 * As `openFiles`, for whoever keeps account of files: the rows name theirs, and one that cannot be read is told of while the
 * others go on.
 *
 * @param source - with `perFile`, format and columns
 */
export async function openEachFile(connection: DuckDBConnection, source: FilesMessage, folder: string, onWritten: (bytes: number) => void): Promise<OpenedFiles> {
  const { rows } = source.perFile as PerFile;
  const shape = shapeOf(source, undefined);
  const errors = new Map<string, MillraceError>();
  const whole: SourceFile[] = [];
  for (const file of source.files) await checkBefore(file).then(() => whole.push(file), (error: unknown) => errors.set(file.path, asMillraceError(error, file.path)));
  const onDamaged = (error: MillraceError, path: string): void => void errors.set(path, error);
  const relation = await relationOver(connection, whole.map(({ path }) => path), shape.format, shape.fields, join(folder, "files"), { checked: source.checked, onWritten, onDamaged, pathColumn });
  const read = new Map(relation.files.map((file) => [file.path, file]));
  const found: FoundFile[] = [];
  for (const { path } of source.files) found.push(await foundOf(path, read.get(path), errors.get(path)));
  const misfits = relation.files.flatMap(({ quarantinePath }) => quarantinePath ?? []);
  return {
    ...(rows === "fitting" ? fittingRows(relation.sql, source, read, shape) : misfitRows(relation.quarantineSql, source, found)),
    files: found,
    opens: rows === "fitting" ? relation.opens : misfits,
    checked: { reading: relation.reading, files: relation.inPlace },
    checkUnchanged: () => checkUnchanged(relation.inPlace),
  };
}

/** A version that is looked at before the rows are is never newer than they: a file that changes meanwhile is read again. */
async function checkBefore({ path, version: wanted }: SourceFile): Promise<void> {
  await withFile(path, async ({ version, size }) => {
    if (size === 0) throw noData(path, "it is empty");
    if (wanted === undefined || wanted === version) return;
    throw changedFile(path);
  });
}

async function foundOf(path: string, read: ReadFile | undefined, error: MillraceError | undefined): Promise<FoundFile> {
  if (read && !error) return { path, version: read.version, misfits: read.quarantined };
  const version = await withFile(path, async ({ version }) => version).catch(() => undefined);
  return { path, ...(version !== undefined && { version }), misfits: 0, error: error?.toJSON() };
}

type Rows = Pick<OpenedFiles, "select" | "columns">;

/** Each row with the name and the partition of its file. */
function fittingRows(sql: string, { files, partitionColumns, perFile }: FilesMessage, read: ReadonlyMap<string, ReadFile>, shape: TableShape): Rows {
  const { fileColumn } = perFile as PerFile;
  const partitions = partitionNames(partitionColumns, shape).map((name, i) => ({ name, key: partitionColumns[i].name, type: partitionTypes[partitionColumns[i].type] }));
  const free = (name: string): string => (name.toLowerCase() === fileColumn.toLowerCase() ? `${name}_in_file` : name);
  const facts = files.flatMap((file) => {
    const readFrom = read.get(file.path)?.readFrom;
    return readFrom === undefined ? [] : [[readFrom, nameOf(file), ...partitions.map(({ key }) => file.partition?.[key] ?? null)]];
  });
  const columns = [...shape.fields.map(({ name, type }) => ({ from: `r.${sqlName(name)}`, name: free(name), type: duckdbType(type) })), ...partitions.map(({ name, type }, i) => ({ from: `CAST(f.c${i + 2} AS ${type})`, name: free(name), type }))];
  const select = [`f.c1 AS ${sqlName(fileColumn)}`, ...columns.map(({ from, name }) => `${from} AS ${sqlName(name)}`)];
  return {
    columns: [{ name: fileColumn, type: "VARCHAR" }, ...columns.map(({ name, type }) => ({ name, type }))],
    select: `SELECT ${select.join(", ")} FROM (${sql}) AS r JOIN (${textRows(facts, partitions.length + 2)}) AS f ON r.${sqlName(pathColumn)} = f.c0`,
  };
}

function misfitRows(sql: string, { files, perFile }: FilesMessage, found: readonly FoundFile[]): Rows {
  const { fileColumn } = perFile as PerFile;
  const errors = new Map(found.map(({ path, error }) => [path, error]));
  const names = files.map((file) => [file.path, nameOf(file)]);
  const damaged = files.flatMap((file) => {
    const error = errors.get(file.path);
    return error ? [[nameOf(file), error.what]] : [];
  });
  return {
    columns: [{ name: fileColumn, type: "VARCHAR" }, { name: "line", type: "BIGINT" }, { name: "raw", type: "VARCHAR" }, { name: "reason", type: "VARCHAR" }],
    select: `SELECT f.c1 AS ${sqlName(fileColumn)}, r.line, r.raw, r.reason FROM (${sql}) AS r JOIN (${textRows(names, 2)}) AS f ON r.file = f.c0 UNION ALL SELECT c0, NULL, NULL, c1 FROM (${textRows(damaged, 2)})`,
  };
}

const nameOf = ({ name, path }: SourceFile): string => name ?? path;

/** Rows of texts, with the columns `c0`, `c1`, … */
function textRows(rows: readonly (readonly (string | null)[])[], width: number): string {
  const names = Array.from({ length: width }, (_, i) => `c${i}`);
  if (rows.length === 0) return `SELECT ${names.map((name) => `CAST(NULL AS VARCHAR) AS ${name}`).join(", ")} WHERE false`;
  const values = rows.map((row) => `(${row.map((text) => (text === null ? "CAST(NULL AS VARCHAR)" : sqlText(text))).join(", ")})`);
  return `SELECT * FROM (VALUES ${values.join(", ")}) AS millrace_texts(${names.join(", ")})`;
}
