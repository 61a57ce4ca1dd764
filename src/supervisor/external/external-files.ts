import { createHash } from "node:crypto";
import { type ListedFile, listObjects } from "../../connect/files/list-objects.ts";
import type { Classifier } from "../../formats/classifier.ts";
import { partitionColumns } from "../../formats/hive-partitions.ts";
import type { InferredField, InferredType } from "../../formats/inferred-type.ts";
import type { TableShape } from "../../formats/recognise-files.ts";
import type { ExternalFilesDecl } from "../../model/external-decl.ts";
import type { FileFormatHint } from "../../model/file-format-hint.ts";
import type { Column } from "../../model/manifest.ts";
import type { FilesSource } from "../../sql/query-request.ts";
import { isBucketAddress } from "../../model/bucket.ts";
import type { BucketFiles } from "./bucket-files.ts";
import { checkCount, listFiles } from "./list-files.ts";

/** What files were found to hold, for as long as they and what is said of them are the same. */
interface Known {
  digest: string;
  shape: TableShape;
}

/** The declared tables of files, as statements read them. */
export class ExternalFiles {
  readonly #projectFolder: string;
  readonly #buckets: BucketFiles;
  readonly #known = new Map<string, Known>();

  constructor(projectFolder: string, buckets: BucketFiles) {
    this.#projectFolder = projectFolder;
    this.#buckets = buckets;
  }

  /** The files that are there now. @throws MillraceError `MR-FORMAT-003` for too many */
  async source(name: string, decl: ExternalFilesDecl): Promise<FilesSource> {
    const files = await this.#list(decl, `table "${name}"`);
    const columns = decl.columns && fieldsOf(decl.columns);
    const digest = createHash("sha256").update(JSON.stringify([decl.format, columns, files.map(({ path, version }) => [path, version])])).digest("base64url");
    const known = this.#known.get(name);
    const shape = known?.digest === digest ? known.shape : undefined;
    return {
      kind: "files",
      format: shape?.format,
      columns: columns ?? shape?.fields,
      ...formatRules(decl.format),
      partitionColumns: partitionColumns(files.map(({ partition }) => partition)),
      files: files.map(({ path, partition }) => ({ path, partition })),
      version: digest,
      onBadRows: decl.onBadRows,
      ...this.#buckets.fetch(files, decl.connection),
      found: (found) => this.#known.set(name, { digest, shape: found }),
    };
  }

  async #list({ at, connection }: ExternalFilesDecl, where: string): Promise<ListedFile[]> {
    const [objects, paths] = [at.filter(isBucketAddress), at.filter((each) => !isBucketAddress(each))];
    const files = await listFiles(this.#projectFolder, paths, where);
    return [...files, ...(await listObjects((bucket) => this.#buckets.bucket(bucket, connection), objects, where, (count) => checkCount(files.length + count, where)))];
  }
}

/** What is said of a format, as a source of files has it. */
export function formatRules(hint: FileFormatHint | undefined): Pick<FilesSource, "classifiers" | "formatKind"> {
  const classifier = hint && classifierOf(hint);
  return { ...(hint && { formatKind: hint.kind }), ...(classifier && { classifiers: [classifier] }) };
}

/** What is said of a format, as a rule that comes before the built-in ones. */
function classifierOf(hint: FileFormatHint): Classifier | undefined {
  const name = "the declared format";
  switch (hint.kind) {
    case "csv":
    case "excel":
      return { ...hint, name };
    case "json":
      return hint.path && { kind: "json", name, path: hint.path };
    case "log":
      return { ...hint, kind: "grok", name };
    case "xml":
      return hint.row === undefined ? undefined : { kind: "xml", name, row: hint.row };
    default:
      return undefined;
  }
}

const types: Record<Column["type"], InferredType> = {
  string: { kind: "string", count: 0 },
  boolean: { kind: "boolean", count: 0 },
  integer: { kind: "long", count: 0 },
  number: { kind: "double", count: 0 },
  timestamp: { kind: "timestamptz", count: 0 },
  date: { kind: "date", count: 0 },
  // Of any kind.
  json: { kind: "choice", members: [], count: 0 },
};

/** Declared columns, as files are read by them. */
export function fieldsOf(columns: readonly Column[]): InferredField[] {
  return columns.map(({ name, type }) => ({ name, type: types[type] }));
}
