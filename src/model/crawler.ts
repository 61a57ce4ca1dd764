import { type BucketConnection, bucketConnection } from "./bucket.ts";
import type { DagOptions } from "./dags/dag-options.ts";
import { defineDag } from "./dags/dag.ts";
import { oneOf } from "./dags/task-options.ts";
import { declared } from "./declared.ts";
import type { DagDefinition } from "./definition.ts";
import type { Json } from "./manifest.ts";
import { checkName, declarationText } from "./names.ts";
import { checkNumber, checkOptions, invalid } from "./option-checks.ts";
import { callSite } from "./place.ts";
import type { ConnectionDefinition } from "./secret.ts";

/**
 * What is done with a table when a crawl finds another shape than it has.
 * - `add`: new columns are added, types are widened. Nothing is narrowed, and no column goes. The default.
 * - `version`: the table takes on what was found, whatever that is; the shape before it stays in the history.
 * - `ignore`: the table stays as it is; the difference stands in the report. New files are read as the table is.
 * - `deprecate`: the table stays as it is and is marked as deprecated; what was found becomes a table of another name.
 */
export type ShapePolicy = "add" | "version" | "ignore" | "deprecate";

/**
 * What is done with a table of which nothing is there any more.
 * - `deprecate`: it is kept without files, and marked. The default.
 * - `remove`: it goes; its history stays.
 * - `ignore`: it stays as it was.
 */
export type DeletedPolicy = "deprecate" | "remove" | "ignore";

export interface CrawlPolicy {
  newColumns: ShapePolicy;
  changedTypes: ShapePolicy;
  deleted: DeletedPolicy;
}

/** A rule for files that comes before the built-in ones: see docs/catalog.md. */
export type ClassifierOption =
  | { kind: "grok"; name: string; pattern: string; patterns?: Record<string, string>; continued?: boolean }
  | { kind: "csv"; name: string; delimiter?: string; quote?: string; escape?: string; comment?: string; skipLines?: number; header?: boolean; decimal?: "." | ","; shortRows?: "null" | "misfit"; encoding?: string }
  | { kind: "json"; name: string; path: string[] }
  | { kind: "xml"; name: string; row: string }
  | { kind: "excel"; name: string; sheet?: string; range?: string; header?: boolean };

/** A crawler as plain JSON: the settings of its task. */
export interface CrawlerDecl {
  /** Relative to the project folder, or absolute; or an address, `s3://…`. */
  at: string;
  /** How that bucket is reached. */
  connection?: BucketConnection;
  /** The database of its tables. */
  into: string;
  policy: CrawlPolicy;
  tableLevel?: number;
  combine: boolean;
  classifiers: ClassifierOption[];
  exclude: string[];
  documents: "whole" | "records";
}

export interface CrawlerOptions extends Omit<DagOptions, "params" | "defaults" | "runState" | "maxActiveTasks"> {
  /** The folder, relative to the project's; or one in a bucket, `s3://bucket/folder`. */
  at: string;
  /** How the bucket is reached: endpoint, region, keys. Default: Amazon's own store, with what Amazon's tools find in the environment. */
  connection?: ConnectionDefinition<BucketConnection>;
  /** The database that its tables come into. Default: the crawler's name. */
  into?: string;
  /** What is done when something has changed. */
  policy?: Partial<CrawlPolicy>;
  /** Folders at this level are tables, whatever is in them; the folder that is crawled is level 1. Default: found by similarity. */
  tableLevel?: number;
  /** Everything that can be read as one table is one, however little its schemas agree. Default false. */
  combine?: boolean;
  /** Rules for files that come before the built-in ones, in their order. */
  classifiers?: readonly ClassifierOption[];
  /** Patterns of paths that are left out: `*.tmp`, `archive/`, `2019/**`. */
  exclude?: readonly string[];
  /** How a JSON document that holds an array of objects is read: as one row, or as these. Default `whole`. */
  documents?: "whole" | "records";
}

const ownNames = ["at", "connection", "into", "policy", "tableLevel", "combine", "classifiers", "exclude", "documents"] as const;

/**
 * Declares a crawler: a DAG of one task that looks through a folder of raw files, on this machine or in a bucket, and keeps the tables found in it in the
 * catalog, to be read where the files are. Without a schedule it runs when somebody asks: `millrace crawl <name>`.
 *
 * @example crawler("raw-jira", { at: "data/raw/jira", into: "jira", schedule: every("1h") })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function crawler(name: string, options: CrawlerOptions): DagDefinition {
  const site = callSite(crawler);
  checkName("dag", name, site);
  const where = declarationText("crawler", name, site);
  const decl = crawlerDecl(name, options, where);
  const ofDag = Object.fromEntries(Object.entries(options).filter(([option]) => !(ownNames as readonly string[]).includes(option))) as DagOptions;
  const task = { name: "crawl", kind: "crawl", inputs: undefined, options: { concurrency: { key: `crawler:${name}`, max: 1 } }, ownTimeout: false, read: () => ({ settings: decl as unknown as Json }), site } as const;
  return declared(defineDag(name, ofDag, (builder) => void builder.add({ prefix: "" }, task), site));
}

/**
 * A crawler's settings, each checked, with every default filled in.
 * @throws MillraceError `MR-MODEL-001`
 */
export function crawlerDecl(name: string, options: CrawlerOptions, where: string): CrawlerDecl {
  if (typeof options !== "object" || options === null) throw invalid("the options are missing", where, 'give an object with at: "data/raw/…"');
  const { at, into = name.toLowerCase().replace(/[^a-z0-9_]+/g, "_"), policy = {}, tableLevel, combine = false, classifiers = [], exclude = [], documents = "whole" } = options;
  if (typeof at !== "string" || at === "") throw invalid("it does not say where", where, 'give at: "data/raw/…", a folder relative to the project\'s, or "s3://bucket/folder"');
  const connection = bucketConnection(options.connection, [at], where);
  if (typeof into !== "string" || !/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(into)) throw invalid(`${JSON.stringify(into)} is no name for a database`, where, "use 1 to 64 letters, digits, hyphens and underscores in `into`");
  if (!Array.isArray(exclude) || !exclude.every((pattern) => typeof pattern === "string" && pattern !== "")) throw invalid("`exclude` is no list of patterns", where, 'write exclude: ["*.tmp", "archive/"]');
  return {
    ...{ at, ...(connection && { connection }), into, policy: policyOf(policy, `${where}, policy`) },
    ...(tableLevel !== undefined && { tableLevel: checkNumber(tableLevel, { name: "tableLevel", min: 1, max: 64, fallback: 1, whole: true }, where) }),
    ...{ combine: combine === true, classifiers: classifiersOf(classifiers, where), exclude: [...exclude], documents: oneOf(documents, ["whole", "records"], "documents", where) },
  };
}

const shapes = ["add", "version", "ignore", "deprecate"] as const;

function policyOf(policy: Partial<CrawlPolicy>, where: string): CrawlPolicy {
  checkOptions(policy, ["newColumns", "changedTypes", "deleted"], where);
  const { newColumns = "add", changedTypes = "add", deleted = "deprecate" } = policy;
  return { newColumns: oneOf(newColumns, shapes, "newColumns", where), changedTypes: oneOf(changedTypes, shapes, "changedTypes", where), deleted: oneOf(deleted, ["deprecate", "remove", "ignore"], "deleted", where) };
}

const classifierNames: Record<ClassifierOption["kind"], readonly string[]> = {
  grok: ["pattern", "patterns", "continued"],
  csv: ["delimiter", "quote", "escape", "comment", "skipLines", "header", "decimal", "shortRows", "encoding"],
  json: ["path"],
  xml: ["row"],
  excel: ["sheet", "range", "header"],
};
const needed: Partial<Record<ClassifierOption["kind"], string>> = { grok: "pattern", json: "path", xml: "row" };

function classifiersOf(given: readonly ClassifierOption[], where: string): ClassifierOption[] {
  if (!Array.isArray(given)) throw invalid("`classifiers` is no list", where, 'write classifiers: [{ kind: "grok", name: "app", pattern: "…" }]');
  return given.map((classifier: ClassifierOption, i) => {
    const here = `${where}, classifiers[${i}]`;
    const kind = oneOf((classifier as ClassifierOption | undefined)?.kind, Object.keys(classifierNames) as ClassifierOption["kind"][], "kind", here);
    checkOptions(classifier, ["kind", "name", ...classifierNames[kind]], here);
    const need = needed[kind];
    if (typeof classifier.name !== "string" || (need !== undefined && !(need in classifier))) throw invalid(`a classifier of kind "${kind}" has no ${typeof classifier.name === "string" ? need : "name"}`, here, "give it");
    return { ...classifier };
  });
}
