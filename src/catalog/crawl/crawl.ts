import { randomUUID } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { CrawlerDecl } from "../../model/crawler.ts";
import type { CatalogFiles } from "../catalog-files.ts";
import type { ExternalTablePointer } from "../external-tables.ts";
import { type FileTree, isLeftOut, type LeftOut, type TreeFile } from "../file-tree.ts";
import type { CrawlReport, TableReport } from "./crawl-report.ts";
import { groupTables, type RecognisedFile } from "./group-tables.ts";
import { type KnownFile, type KnownFiles, rulesText, stillKnown, worthKeeping } from "./known-files.ts";
import { pathPattern } from "./path-pattern.ts";
import { type RecogniseFilesOptions, recogniseFiles } from "./recognise-files.ts";
import { TableMaker } from "./table-maker.ts";

/** What a crawl starts from. */
export interface CrawlRequest {
  crawler: string;
  decl: Pick<CrawlerDecl, "into" | "policy" | "tableLevel" | "combine" | "classifiers" | "exclude" | "documents">;
  /** The tables that this crawler has found so far. */
  tables: ExternalTablePointer[];
  /** Key of the `KnownFiles` of its last crawl. */
  known: string | null;
  /** Names in the database that are somebody else's. */
  taken: string[];
  dryRun: boolean;
}

/** What a crawl has prepared: files that nothing points at yet. The catalog is as it was until somebody swaps this in. */
export interface PreparedCrawl {
  crawl: string;
  /** Tables that are to stand there, of those that differ; null: the table goes. */
  tables: Record<string, ExternalTablePointer | null>;
  /** Keys of files. */
  known: string;
  report: string;
  summary: CrawlSummary;
}

export interface CrawlSummary extends Pick<CrawlReport, "crawl" | "crawler" | "location" | "into" | "startedAt" | "endedAt" | "dryRun" | "files"> {
  /** How many tables each action was taken for. */
  tables: { [action in TableReport["action"]]?: number };
  conflicts: number;
}

export interface CrawlSurroundings extends Pick<RecogniseFilesOptions, "signal" | "limits" | "guard" | "processes"> {
  tree: FileTree;
  files: CatalogFiles;
  /** Told of how far it is, now and then. */
  onProgress?(progress: { files: number; read: number }): void;
}

/** More would not be one crawl's work, and would not fit into memory. */
const filesMax = 500_000;
const listedMax = 1_000;

/**
 * Looks through a tree: recognises what is new or has changed, groups files into tables, holds these against those that were
 * there before, and writes down what is to stand in the catalog. It makes nothing visible and reads no file that is as it was.
 *
 * @throws MillraceError `MR-CRAWL-001` when the tree is not there: what was found before stays
 */
export async function crawl(request: CrawlRequest, surroundings: CrawlSurroundings): Promise<PreparedCrawl> {
  const startedAt = new Date().toISOString();
  const { tree, files } = surroundings;
  const { found, leftOut } = await walk(tree, request.decl.exclude);
  const known = await recognise(request, surroundings, found);
  const recognised = found.flatMap((file): RecognisedFile[] => {
    const recognition = known.byPath.get(file.path)?.found;
    return recognition ? [{ ...file, found: recognition }] : [];
  });
  const made = await new TableMaker(request, tree, files).make(groupTables(recognised, request.decl));
  const unreadable = found.flatMap(({ path }) => {
    const error = known.byPath.get(path)?.error;
    return error ? [{ path, error }] : [];
  });
  const report: CrawlReport = {
    ...{ crawl: randomUUID(), crawler: request.crawler, location: tree.location, into: request.decl.into, startedAt, endedAt: new Date().toISOString(), dryRun: request.dryRun },
    files: { seen: found.length, bytes: sum(found.map(({ bytes }) => bytes)), read: known.read.length, readBytes: sum(known.read.map(({ bytes }) => bytes)), unreadable: unreadable.length, leftOut: leftOut.length },
    tables: made.map(({ report }) => report).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...{ unreadable: unreadable.slice(0, listedMax), leftOut: leftOut.slice(0, listedMax) },
  };
  const kept: KnownFiles = { rules: known.rules, files: [...known.byPath.values()].filter(worthKeeping) };
  return {
    crawl: report.crawl,
    tables: Object.fromEntries(made.flatMap(({ name, pointer }) => (pointer === undefined ? [] : [[name, pointer]]))),
    known: known.read.length === 0 && request.known !== null && kept.files.length === known.before ? request.known : await files.write("known", kept),
    report: await files.write("reports", report),
    summary: summaryOf(report),
  };
}

async function walk(tree: FileTree, exclude: readonly string[]): Promise<{ found: TreeFile[]; leftOut: LeftOut[] }> {
  const [found, leftOut]: [TreeFile[], LeftOut[]] = [[], []];
  for await (const entry of tree.walk(pathPattern(exclude))) {
    if (isLeftOut(entry)) leftOut.push(entry);
    else found.push(entry);
    if (found.length > filesMax) throw new MillraceError("MR-CRAWL-003", { what: `there are more than ${filesMax.toLocaleString("en")} files`, where: tree.location, mend: "crawl folders of it, each with a crawler of its own, or leave some out with `exclude`" });
  }
  // As places sort: the order of everything that follows.
  return { found: found.sort((a, b) => (a.path < b.path ? -1 : 1)), leftOut };
}

interface Known {
  rules: string;
  byPath: Map<string, KnownFile>;
  /** Files that were looked into now. */
  read: TreeFile[];
  /** How many were known before. */
  before: number;
}

async function recognise({ decl: { classifiers, documents }, known: key }: CrawlRequest, { tree, files, signal, limits, guard, processes, onProgress }: CrawlSurroundings, found: readonly TreeFile[]): Promise<Known> {
  const options = { classifiers, documents };
  const rules = rulesText(options);
  // It saves work and nothing else: one that cannot be read is no reason to stop.
  const before = key === null ? undefined : await files.read<KnownFiles>(key).catch(() => undefined);
  const byPath = stillKnown(before, rules, found);
  const read = found.filter(({ path }) => !byPath.has(path));
  onProgress?.({ files: found.length, read: 0 });
  const results = await recogniseFiles(read, (file) => tree.open?.(file) ?? tree.address(file.path), { options, signal, limits, guard, processes, onDone: (done) => onProgress?.({ files: found.length, read: done }) });
  read.forEach(({ path, version }, i) => byPath.set(path, { path, version, ...results[i] }));
  return { rules, byPath, read, before: before?.files.length ?? 0 };
}

function summaryOf({ tables, ...report }: CrawlReport): CrawlSummary {
  const actions: CrawlSummary["tables"] = {};
  for (const { action } of tables) actions[action] = (actions[action] ?? 0) + 1;
  const { unreadable: _, leftOut: __, ...facts } = report;
  return { ...facts, tables: actions, conflicts: sum(tables.map(({ conflicts }) => conflicts.length)) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

