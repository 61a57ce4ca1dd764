import type { Classifier } from "./classifier.ts";
import { columnNames } from "./column-names.ts";
import { invalidFormat, noData } from "./damage.ts";
import type { FileFormat } from "./file-format.ts";
import { withFile } from "./file-source.ts";
import type { InferredField } from "./inferred-type.ts";
import { isAllText } from "./read-rows.ts";
import { type Recognition, recogniseFile } from "./recognise.ts";
import { widened } from "./verify.ts";

/** How all files of a table are read, and what they hold. */
export interface TableShape {
  format: FileFormat;
  fields: InferredField[];
}

export interface RecogniseFilesOptions {
  /** What they are called together. */
  dataset?: string;
  /** Rules that come before the built-in ones. */
  classifiers?: readonly Classifier[];
  /** What each must be found to be. */
  formatKind?: FileFormat["kind"];
}

/** Files that are looked into, at most: of more, so many from the first to the last. */
const recognisedMax = 100;

/**
 * What files are that are to be one table: the format is that of the first, and the fields are as wide as the samples of all
 * that are looked into need.
 *
 * @throws MillraceError `MR-FORMAT-001` to `-007` for the first file that cannot be recognised
 */
export async function recogniseFiles(paths: readonly string[], { dataset = "the files", classifiers = [], formatKind }: RecogniseFilesOptions): Promise<TableShape> {
  let shape: TableShape | undefined;
  for (const path of chosen(paths)) {
    const found = await withFile(path, async (source) => (source.size === 0 ? undefined : recogniseFile(source, { classifiers })));
    if (found && formatKind !== undefined && found.format.kind !== formatKind) throw invalidFormat(path, `the file is no ${formatKind}: it was found to be ${found.format.kind}`, "mend the declared format, or let the table's paths leave the file out");
    if (found) shape = shape ? merged(shape, found) : { format: found.format, fields: found.fields };
  }
  if (!shape) throw noData(dataset, paths.length === 0 ? "there are no files" : "all its files are empty");
  return { ...shape, fields: legal(shape.fields) };
}

function chosen(paths: readonly string[]): readonly string[] {
  if (paths.length <= recognisedMax) return paths;
  const places = Array.from({ length: recognisedMax }, (_, i) => Math.round((i * (paths.length - 1)) / (recognisedMax - 1)));
  return places.map((place) => paths[place]);
}

/** A file in which nothing is quoted says nothing of quotes: another decides. */
function merged({ format, fields }: TableShape, next: Recognition): TableShape {
  const more = next.format;
  const quotes = format.kind === "csv" && more.kind === "csv" && format.quote === "" ? { quote: more.quote, escape: more.escape } : {};
  return { format: { ...format, ...quotes } as FileFormat, fields: widened(fields, next.fields, isAllText(format.kind)) };
}

/** Names that differ in case alone may come from several files. */
function legal(fields: readonly InferredField[]): InferredField[] {
  const names = columnNames(fields.map(({ name }) => name));
  return fields.map((field, i) => (names[i] === field.name ? field : { ...field, name: names[i], source: field.source ?? field.name }));
}
