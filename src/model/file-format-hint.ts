import { checkOptions, invalid } from "./option-checks.ts";

/**
 * What is said of how files are read. What is not said is found out from the files: of CSV that names its delimiter alone
 * still whether it has a header.
 */
export type FileFormatHint =
  | {
      kind: "csv";
      /** One character. */
      delimiter?: string;
      /** One character; empty where nothing is quoted. */
      quote?: string;
      /** What stands before a quote inside quotes: the quote itself, or a backslash. */
      escape?: string;
      /** Lines that begin with it are left out. */
      comment?: string;
      /** Lines before the header, or before the first row when there is none. */
      skipLines?: number;
      /** The first row holds names. Without one the columns are `column1`, `column2`, … */
      header?: boolean;
      /** Default: a point. */
      decimal?: "." | ",";
      /** Cells missing at the end of a row are null, or make the row a bad one. */
      shortRows?: "null" | "misfit";
    }
  /** `path` leads to the array of records in one document, as `["result", "items"]`; empty: the document is one record. */
  | { kind: "json"; path?: string[] }
  /** Lines by a grok pattern, whose captures are the columns. `continued`: lines that do not match belong to the one before. */
  | { kind: "log"; pattern: string; patterns?: Record<string, string>; continued?: boolean }
  /** `row`: the element that is a row. */
  | { kind: "xml"; row?: string }
  /** `range`: the cells that count, as `B3:F200` or `B3:F`. */
  | { kind: "excel"; sheet?: string; range?: string; header?: boolean }
  | { kind: "text" | "parquet" | "avro" };

const optionsOf: Record<FileFormatHint["kind"], readonly string[]> = {
  csv: ["delimiter", "quote", "escape", "comment", "skipLines", "header", "decimal", "shortRows"],
  json: ["path"],
  log: ["pattern", "patterns", "continued"],
  xml: ["row"],
  excel: ["sheet", "range", "header"],
  text: [],
  parquet: [],
  avro: [],
};

/** @throws MillraceError `MR-MODEL-001` for a format or an option of it that there is not */
export function checkFormatHint(format: unknown, where: string): FileFormatHint {
  const kind = (format as Partial<FileFormatHint> | null)?.kind;
  if (typeof kind !== "string" || !Object.hasOwn(optionsOf, kind)) throw invalid(`${JSON.stringify(format)} is no format`, where, `give { kind: … }, one of ${Object.keys(optionsOf).join(", ")}; or leave it out: files are recognised by what is in them`);
  checkOptions(format, ["kind", ...optionsOf[kind as FileFormatHint["kind"]]], where);
  const { delimiter, pattern } = format as { delimiter?: unknown; pattern?: unknown };
  if (delimiter !== undefined && (typeof delimiter !== "string" || delimiter.length !== 1)) throw invalid(`the delimiter is ${JSON.stringify(delimiter)}`, where, 'give one character, as ";"');
  if (kind === "log" && typeof pattern !== "string") throw invalid("a log has no pattern", where, 'give one, as pattern: "%{IP:client} %{GREEDYDATA:rest}"');
  return format as FileFormatHint;
}
