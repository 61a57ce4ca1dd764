import { createHash } from "node:crypto";
import { shapeText } from "../../catalog/crawl/table-change.ts";
import type { CrawledTable } from "../../catalog/external-table.ts";
import type { ExternalTables } from "../../catalog/external-tables.ts";
import { MillraceError } from "../../errors.ts";
import type { Lake } from "../../lake/lake.ts";
import { bookmarkKey } from "../../lake/summary-keys.ts";
import type { SourceDecl, SourceTableDecl, VanishedPolicy } from "../../model/onboarding/source-decl.ts";
import type { FilesSource } from "../../sql/query-request.ts";
import type { BucketFiles } from "../external/bucket-files.ts";
import { type FileChanges, fileChanges, type LoadMark, type NamedFile } from "./load-mark.ts";
import { type SourcePlace, sourcePlace } from "./source-place.ts";

/** A table of a source folder: its files, what it is loaded into, and what is to be loaded. */
export interface SourceTable {
  raw: CrawledTable;
  /** Name of the table that it is loaded into. */
  into: string;
  decl: SourceTableDecl;
  /** Differs whenever a row that did not fit may fit now. */
  shape: string;
  reading: string;
  mark: LoadMark | undefined;
  /** Address of the bookmark that holds the mark: what is to be loaded is so upon this one and no other. */
  upon: string | undefined;
  files: NamedFile[];
  /** How these are brought here where they lie in a bucket. */
  fetch?: FilesSource["fetch"];
  changes: FileChanges;
  /** Names of files whose rows are to go: they are gone, or belong to another table now. */
  gone: string[];
}

export interface SourceParts {
  lake: Pick<Lake, "table" | "tables">;
  projectFolder: string;
  buckets: BucketFiles;
}

/** The tables that a source folder's last crawl has found, by name; not those that others have taken the place of. */
export async function crawledTables(tables: ExternalTables, source: string): Promise<CrawledTable[]> {
  const own = (await tables.list()).filter(({ value }) => value.crawler === source && value.deprecated?.why !== "replaced");
  const found = await Promise.all(own.map(({ value }) => tables.table(value.name)));
  return found.filter((table) => table !== undefined);
}

/** What there is to load of each table. */
export async function sourceTables(parts: SourceParts, decl: SourceDecl, crawled: readonly CrawledTable[]): Promise<SourceTable[]> {
  return Promise.all(crawled.map((raw) => sourceTable(parts, decl, raw, async () => crawled)));
}

/**
 * What there is to load of one table.
 * @param all - all tables that the crawl has found; asked for when files are missing, which may be in another one now
 * @throws MillraceError `MR-CRAWL-004` when rows of somebody else stand where it is loaded
 */
export async function sourceTable(parts: SourceParts, source: SourceDecl, raw: CrawledTable, all: () => Promise<readonly CrawledTable[]>): Promise<SourceTable> {
  const name = raw.name.slice(raw.name.indexOf(".") + 1);
  const decl = Object.hasOwn(source.tables, name) ? source.tables[name] : {};
  const into = `${source.processed}.${name}`;
  const place = sourcePlace(parts, source);
  const files = raw.files.map((file): NamedFile => ({ ...file, name: place.nameOf(file.path) }));
  const { mark, upon } = await markOf(parts.lake, into);
  const reading = digest([{ ...raw.format, compression: undefined }, raw.partitionColumns.map((column) => column.name), decl.rows]);
  const shape = shapeText(raw);
  const changes = fileChanges(files, mark, { reading, shape });
  const fetch = parts.buckets.fetch(raw.files, raw.connection);
  return { raw, into, decl, shape, reading, mark, upon, files, ...fetch, changes, gone: changes.missing.length === 0 ? [] : await goneOf(changes.missing, { place, mark, elsewhere: filesOf(await all(), raw.name), vanished: decl.vanished ?? source.vanished }) };
}

/** Both of one snapshot: another load may publish at any moment. */
async function markOf(lake: SourceParts["lake"], name: string): Promise<Pick<SourceTable, "mark" | "upon">> {
  const none = { mark: undefined, upon: undefined };
  if (!(await lake.tables()).includes(name)) return none;
  const table = await lake.table(name);
  const snapshot = await table.currentSnapshot();
  if (snapshot === undefined) return none;
  const mark = (await table.bookmark(snapshot)) as LoadMark | undefined;
  if (mark === undefined) throw somebodyElses(name);
  return { mark, upon: snapshot.summary[bookmarkKey] };
}

export function somebodyElses(name: string): MillraceError {
  return new MillraceError("MR-CRAWL-004", { what: `table "${name}" is there already, and no source folder has loaded it`, where: `table "${name}"`, mend: "give the source folder another database: processed: \"…\"; or let the table go, if nobody needs it" });
}

/** Versions of the files of all tables but one, by path. */
function filesOf(tables: readonly CrawledTable[], but: string): Map<string, string> {
  return new Map(tables.flatMap(({ name, files }) => (name === but ? [] : files.map(({ path, version }) => [path, version] as const))));
}

/**
 * A file that is as it was and belongs to another table now takes its rows there. One that is another file now, or belongs to no
 * table, may be broken: its rows stay.
 */
async function goneOf(missing: readonly string[], { place, mark, elsewhere, vanished }: { place: SourcePlace; mark: LoadMark | undefined; elsewhere: ReadonlyMap<string, string>; vanished: VanishedPolicy }): Promise<string[]> {
  const gone: string[] = [];
  for (const name of missing) {
    const path = place.pathOf(name);
    const hasMoved = elsewhere.has(path) && elsewhere.get(path) === mark?.files[name].rows;
    if (hasMoved || (vanished === "delete" && !(await place.isThere(name)))) gone.push(name);
  }
  return gone;
}

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
