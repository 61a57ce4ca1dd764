import { fileURLToPath } from "node:url";
import { type BucketConnection, bucketConnection } from "../../model/bucket.ts";
import { output } from "../../model/datasets.ts";
import { declared } from "../../model/declared.ts";
import { definitionMark, type StageDefinition } from "../../model/definition.ts";
import type { Json } from "../../model/manifest.ts";
import { checkName, declarationText } from "../../model/names.ts";
import { checkOptions, invalid } from "../../model/option-checks.ts";
import { callSite } from "../../model/place.ts";
import type { FieldOf, RecordOfDataset } from "../../model/schema-types.ts";
import type { ConnectionDefinition } from "../../model/secret.ts";
import { type RunOptions, runSettings } from "../../model/stage-defaults.ts";
import type { Dataset } from "../../model/stage-types.ts";

const formats = ["parquet", "csv", "json"] as const;
type FileFormat = (typeof formats)[number];

export interface FilesOptions<O extends Dataset> extends Pick<RunOptions, "place" | "retries"> {
  /** The topic or table that takes the records; columns of the files go to its fields of the same name. */
  to: O;
  /** Files: paths from the project folder, globs, `file:` URLs, or addresses, `s3://bucket/orders/*.csv`. */
  path: string | URL | readonly (string | URL)[];
  /** How their buckets are reached: endpoint, region, keys. Default: Amazon's own store, with what Amazon's tools find in the environment. */
  connection?: ConnectionDefinition<BucketConnection>;
  /** Default: by the files' ending (`.parquet`; `.csv`, `.tsv`; `.json`, `.jsonl`, `.ndjson`; with `.gz` or `.zst` for text). */
  format?: FileFormat;
  /** Fields in whose order the records come. Default: the order in the files. */
  orderBy?: FieldOf<RecordOfDataset<O>> | readonly FieldOf<RecordOfDataset<O>>[];
  /** "max" (default) as fast as the pipeline takes them; a number replays that many times faster than event time passed. */
  speed?: "max" | number;
}

/** What the manifest says of a replay of files. */
export interface FilesSettings {
  /** With forward slashes; relative to the project folder, or absolute where they lie outside; or addresses. May hold globs. */
  paths: string[];
  /** How their buckets are reached. */
  connection?: BucketConnection;
  format: FileFormat;
  /** Empty: the order in the files. */
  orderBy: string[];
  speed: "max" | number;
}

/**
 * Declares a bounded replay of files. It ends when every file is read, and goes on where it stood after a restart.
 * @example files("history", { to: orders, path: "data/*.parquet", orderBy: "at", speed: "max" })
 * @example files("history", { to: orders, path: "s3://company/orders/*.parquet" })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function files<const O extends Dataset>(name: string, options: FilesOptions<O>): StageDefinition<never, RecordOfDataset<O>> {
  const site = callSite(files);
  checkName("stage", name, site);
  const where = declarationText("files", name, site);
  checkOptions(options, ["to", "path", "connection", "format", "orderBy", "speed", "place", "retries"], where);
  const paths = pathsOf(options.path, where);
  const connection = bucketConnection(options.connection, paths, where);
  return declared({
    [definitionMark]: "stage",
    name,
    kind: "files",
    from: [],
    to: output(options.to, where),
    ...runSettings({ place: options.place, retries: options.retries }, where),
    concurrency: 1,
    bounded: true,
    settings: { paths, ...(connection && { connection: connection as Json }), format: formatOf(options.format, paths, where), orderBy: list(options.orderBy), speed: speedOf(options.speed, where) },
    pathSettings: ["paths"],
    site,
  });
}

function list(orderBy: string | readonly string[] | undefined): string[] {
  return orderBy === undefined ? [] : typeof orderBy === "string" ? [orderBy] : [...orderBy];
}

function pathsOf(path: unknown, where: string): string[] {
  const given: unknown[] = Array.isArray(path) ? path : [path];
  const paths = given.map((each) => {
    if (each instanceof URL || (typeof each === "string" && each.startsWith("file:"))) return fileURLToPath(each);
    if (typeof each === "string" && each !== "") return each;
    throw invalid(`${JSON.stringify(each) ?? "undefined"} is no path`, `${where}, path`, 'give a path from the project folder, as "data/*.parquet", a file: URL, or "s3://bucket/orders/*.parquet"');
  });
  if (paths.length === 0) throw invalid("there are no paths", `${where}, path`, "name at least one file");
  return paths;
}

const endings: [RegExp, FileFormat][] = [
  [/\.(parquet|pq)$/i, "parquet"],
  [/\.(csv|tsv)(\.gz|\.zst)?$/i, "csv"],
  [/\.(json|jsonl|ndjson)(\.gz|\.zst)?$/i, "json"],
];

function formatOf(format: FileFormat | undefined, paths: string[], where: string): FileFormat {
  if (format !== undefined) {
    if (formats.includes(format)) return format;
    throw invalid(`there is no format ${JSON.stringify(format)}`, `${where}, format`, `use one of ${formats.join(", ")}`);
  }
  const found = new Set(paths.map((path) => endings.find(([ending]) => ending.test(path))?.[1]));
  const [only] = found;
  if (found.size === 1 && only !== undefined) return only;
  throw invalid(found.size > 1 ? "the files have several formats" : `the format of ${JSON.stringify(paths[0])} cannot be told from its name`, where, `give format: one of ${formats.join(", ")}`);
}

function speedOf(speed: unknown, where: string): "max" | number {
  if (speed === undefined || speed === "max") return "max";
  if (typeof speed === "number" && speed > 0 && Number.isFinite(speed)) return speed;
  throw invalid(`${JSON.stringify(speed)} is no speed`, `${where}, speed`, 'give "max", or how many times faster than event time, as 60');
}
