import type { CsvFormat, ExcelFormat, FileFormat } from "./file-format.ts";

/**
 * A rule for files that the built-in ones would not know, or would read in another way. Classifiers come first, in their
 * order; the first whose form fits the beginning of the file decides.
 */
export type Classifier =
  | { kind: "grok"; name: string; pattern: string; /** More patterns, by name. */ patterns?: Record<string, string>; continued?: boolean }
  | ({ kind: "csv"; name: string } & Partial<Omit<CsvFormat, "kind">>)
  /** `path` leads to the array of records: `["result", "items"]`. Empty: the document is one record. */
  | { kind: "json"; name: string; path: string[] }
  | { kind: "xml"; name: string; row: string }
  | ({ kind: "excel"; name: string } & Partial<Omit<ExcelFormat, "kind">>)
  /** Says what the format is, or nothing where it does not know the file. */
  | { kind: "code"; name: string; classify(file: { name: string; head: Buffer; text: string | undefined }): FileFormat | undefined };
