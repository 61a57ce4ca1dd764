import type { CsvFormat, FileFormat } from "../../formats/file-format.ts";

/**
 * The one format that reads files of both, or nothing where there is none. A file in which nothing is quoted says nothing
 * about quotes, and one without short rows nothing about these: the other decides. How each is packed its readers see by themselves.
 */
export function mergeFormats(first: FileFormat, second: FileFormat): FileFormat | undefined {
  const isMixed = first.compression !== second.compression;
  const [a, b] = isMixed ? [unpacked(first), unpacked(second)] : [first, second];
  if (a.kind === "csv" && b.kind === "csv") return mergeCsv(a, b);
  return canonical(a) === canonical(b) ? a : undefined;
}

const unpacked = (format: FileFormat): FileFormat => ({ ...format, compression: "none" }) as FileFormat;

function mergeCsv(a: CsvFormat & FileFormat, b: CsvFormat & FileFormat): FileFormat | undefined {
  const quoted = a.quote === "" ? b : a;
  const merged = { ...a, quote: quoted.quote, escape: quoted.escape, shortRows: a.shortRows === "null" ? a.shortRows : b.shortRows };
  const other = { ...b, quote: b.quote === "" ? merged.quote : b.quote, escape: b.quote === "" ? merged.escape : b.escape, shortRows: merged.shortRows };
  return canonical(merged) === canonical(other) ? merged : undefined;
}

const canonical = (format: FileFormat): string => JSON.stringify(Object.entries(format).sort(([x], [y]) => (x < y ? -1 : 1)));
