import { literalPattern } from "../lake/duckdb.ts";
import { mkdir } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import { noData } from "./damage.ts";
import { columnNames } from "./column-names.ts";
import { CsvParser } from "./csv/csv-parser.ts";
import { type CsvFormat, type FileFormat, type FormatLimits, formatLimits } from "./file-format.ts";
import { type FileSource, fileVersion, withFile } from "./file-source.ts";
import type { InferredField } from "./inferred-type.ts";
import { isNative, nativeRelation, type RelationFile } from "./native-relation.ts";
import { basePath, type PreparedFile, prepareFile, preparedRelation, quarantineRelation, readingText, remembered } from "./prepare-file.ts";
import { packedAs, takeSample } from "./sample.ts";
import { checkPageSums } from "./parquet/page-sums.ts";
import { unpack } from "./unpack.ts";
import { checkDelimited, checkedColumnsMax, checkParquet, verifyFile } from "./verify.ts";

export interface Relation {
  /** A `SELECT` of the fields over all rows that fit. */
  sql: string;
  /** A `SELECT` of `file`, `line`, `raw`, `reason` over the rows that do not. */
  quarantineSql: string;
  quarantined: number;
  /** Files that the statement opens, and the patterns that it finds them by where they have such names. */
  opens: string[];
  /** Of those, the ones that stand where somebody else writes: they are as they were when their rows were found to fit. */
  inPlace: CheckedFile[];
  /** What their rows were found to fit. */
  reading: string;
  /** Those that can be read. */
  files: ReadFile[];
}

/** A file as a relation reads it. */
export interface ReadFile {
  path: string;
  version: string;
  /** Where its rows are read from: itself, or what was prepared of it. */
  readFrom: string;
  /** Where those of its rows are that do not fit; absent where all do. */
  quarantinePath?: string;
  quarantined: number;
}

/** Files, all of whose rows were found to fit one way of reading them. */
export interface CheckedFiles {
  reading: string;
  files: readonly CheckedFile[];
}

/** A file as it was when all its rows were found to fit. */
export interface CheckedFile extends RelationFile {
  version: string;
  compression: FileFormat["compression"];
}

export interface RelationOptions {
  limits?: FormatLimits;
  /** Files that are not looked at once more, as long as they are the same and are read the same way. */
  checked?: CheckedFiles;
  /** Called as rows are written down, with the bytes since the last call; what it throws ends the work. */
  onWritten?(bytes: number): void;
  /** Called with a file that cannot be read, which is left out then. Default: the error is thrown. */
  onDamaged?(error: MillraceError, path: string): void;
  /** A column of the rows with the `readFrom` of their file. Default: none. */
  pathColumn?: string;
}

/**
 * A relation over files of one format with given fields, each packed as it says itself. Files that DuckDB reads by itself, and whose rows all fit, it reads
 * where they are; others are prepared in `folder` first. What was found out of a file is kept there too, so that the second
 * time costs next to nothing. Rows in are rows out and rows in quarantine, always.
 *
 * @param connection - of a DuckDB that may read the files and the folder; its process should be one that may die
 */
export async function relationOver(connection: DuckDBConnection, paths: readonly string[], format: FileFormat, fields: readonly InferredField[], folder: string, { limits = formatLimits, checked, onWritten, onDamaged, pathColumn }: RelationOptions = {}): Promise<Relation> {
  const reading = readingText(format, fields);
  const before = new Map((checked?.reading === reading ? checked.files : []).map((file) => [file.path, file]));
  const native: CheckedFile[] = [];
  const prepared: (PreparedFile & { version: string })[] = [];
  await mkdir(folder, { recursive: true });
  for (const path of paths) {
    const known = before.get(path);
    // One that is gone, or changed, is looked at like any other.
    if (known && (await fileVersion(path).catch(() => undefined)) === known.version) {
      native.push(known);
      continue;
    }
    const take = withFile(path, async (source) => {
      const packed = await packedAs(format, source);
      const check = (): Promise<Fit> => fitOf(connection, source, packed, fields, limits);
      const { fits, columns, stored } = isNative(packed, fields) ? await remembered(`${basePath(source, packed, fields, folder)}.fit.json`, check) : { fits: false };
      if (fits) native.push({ path, bytes: source.size, version: source.version, compression: packed.compression, ...(columns && { columns }), ...(stored !== undefined && { stored }) });
      else prepared.push({ ...(await prepareFile(source, packed, fields, folder, limits, onWritten)), version: source.version });
    });
    await take.catch((error: unknown) => {
      if (!onDamaged || !(error instanceof MillraceError) || !error.code.startsWith("MR-FORMAT")) throw error;
      onDamaged(error, path);
    });
  }
  const alike = [...Map.groupBy(native, ({ compression }) => compression).values()];
  const parts = [...alike.map((files) => nativeRelation(files, { ...format, compression: files[0].compression } as FileFormat, fields, pathColumn)), ...(prepared.length > 0 || native.length === 0 ? [preparedRelation(prepared, fields, pathColumn)] : [])];
  return {
    sql: parts.join("\nUNION ALL\n"),
    quarantineSql: quarantineRelation(prepared),
    quarantined: prepared.reduce((sum, file) => sum + file.quarantined, 0),
    opens: [...new Set(native.flatMap(({ path }) => [path, literalPattern(path)])), ...prepared.filter(({ rows }) => rows > 0).map(({ rowsPath }) => rowsPath)],
    inPlace: native,
    reading,
    files: [
      ...native.map(({ path, version }): ReadFile => ({ path, version, readFrom: path, quarantined: 0 })),
      ...prepared.map(({ file, version, rowsPath, quarantined, quarantinePath }): ReadFile => ({ path: file, version, readFrom: rowsPath, quarantined, ...(quarantined > 0 && { quarantinePath }) })),
    ],
  };
}

/** Whether all rows of a file fit, and what its own columns are, as `RelationFile` has them. */
interface Fit {
  fits: boolean;
  columns?: readonly string[];
  stored?: string;
}

async function fitOf(connection: DuckDBConnection, source: FileSource, format: FileFormat, fields: readonly InferredField[], limits: FormatLimits): Promise<Fit> {
  const path = source.path as string;
  if (format.kind === "parquet") {
    await checkPageSums(source);
    return { fits: true, ...(await checkParquet(connection, path, fields)) };
  }
  const columns = format.kind === "csv" ? await columnsOf(source, format, limits) : undefined;
  if (format.kind !== "csv" || fields.length > checkedColumnsMax) return { fits: (await verifyFile(source, format, fields, limits)).misfits === 0, ...(columns && { columns }) };
  if (!columns) return { fits: false };
  await checkPacking(source, format, limits);
  const { misfits } = await checkDelimited(connection, [{ path, columns, bytes: source.size }], format, fields);
  await source.checkUnchanged();
  return { fits: misfits === 0, columns };
}

/** DuckDB takes a packed file that was cut short as one that ends there. @throws MillraceError `MR-FORMAT-006`, `-003` */
async function checkPacking(source: FileSource, format: FileFormat, limits: FormatLimits): Promise<void> {
  if (format.compression === "none") return;
  let bytes = 0;
  for await (const piece of unpack(source, format, limits)) bytes += piece.length;
  if (bytes === 0) throw noData(source.name, "nothing is packed in it");
}

const headBytes = 64 << 10;

/** The names of the columns in a file of delimited text; nothing where its first row is no whole row within the limits. */
async function columnsOf(source: FileSource, format: CsvFormat & FileFormat, limits: FormatLimits): Promise<string[] | undefined> {
  for (let bytes = headBytes; bytes <= limits.recordBytesMax; bytes *= 16) {
    const { text = "", whole } = await takeSample(source, limits, bytes);
    const parser = new CsvParser(format, limits.recordBytesMax);
    const rows = [...parser.push(text), ...(whole ? parser.end() : [])];
    const first = rows.find(({ cells }) => cells)?.cells as (string | null)[] | undefined;
    if (first) return columnNames(format.header ? first : first.map(() => null));
    if (whole) return undefined;
  }
  return undefined;
}
