import { randomUUID } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { PersonalColumn } from "../../formats/personal-data/find-personal-data.ts";
import type { CrawlerDecl } from "../../model/crawler.ts";
import type { CatalogFiles } from "../catalog-files.ts";
import type { CrawledTable, ExternalFile } from "../external-table.ts";
import type { ExternalTablePointer } from "../external-tables.ts";
import { type FileTree, isLeftOut, type LeftOut, type TreeFile } from "../file-tree.ts";
import type { CrawlReport, TableReport } from "./crawl-report.ts";
import { groupTables, type RecognisedFile, type TableDraft } from "./group-tables.ts";
import { type KnownFile, type KnownFiles, rulesText, stillKnown, worthKeeping } from "./known-files.ts";
import { partitioningOf } from "./partition-values.ts";
import { pathPattern } from "./path-pattern.ts";
import { type RecogniseFilesOptions, recogniseFiles } from "./recognise-files.ts";
import { columnsOf } from "./table-columns.ts";
import { shapeChange, shapeText, tableText } from "./table-change.ts";
import { nameTables } from "./table-names.ts";

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

export interface CrawlSurroundings extends Pick<RecogniseFilesOptions, "signal" | "limits" | "processes"> {
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
  const made = await makeTables(request, tree, files, groupTables(recognised, request.decl));
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

async function recognise({ decl: { classifiers, documents }, known: key }: CrawlRequest, { tree, files, signal, limits, processes, onProgress }: CrawlSurroundings, found: readonly TreeFile[]): Promise<Known> {
  const options = { classifiers, documents };
  const rules = rulesText(options);
  // It saves work and nothing else: one that cannot be read is no reason to stop.
  const before = key === null ? undefined : await files.read<KnownFiles>(key).catch(() => undefined);
  const byPath = stillKnown(before, rules, found);
  const read = found.filter(({ path }) => !byPath.has(path));
  onProgress?.({ files: found.length, read: 0 });
  const results = await recogniseFiles(read.map(({ path }) => tree.address(path)), { options, signal, limits, processes, onDone: (done) => onProgress?.({ files: found.length, read: done }) });
  read.forEach(({ path, version }, i) => byPath.set(path, { path, version, ...results[i] }));
  return { rules, byPath, read, before: before?.files.length ?? 0 };
}

interface MadeTable {
  name: string;
  /** What is to stand there; undefined: what stands there already. */
  pointer?: ExternalTablePointer | null;
  report: TableReport;
}

async function makeTables(request: CrawlRequest, tree: FileTree, files: CatalogFiles, drafts: readonly TableDraft[]): Promise<MadeTable[]> {
  const { crawler, decl, tables, taken } = request;
  const before = new Map(drafts.map(({ place }) => [place, tableAt(place, tables)]));
  const names = new Namer(decl.into, [...taken, ...tables.map(({ name }) => name)], tree.location);
  const fresh = names.give(drafts.filter(({ place }) => before.get(place) === undefined));
  const made: MadeTable[] = [];
  for (const draft of drafts) {
    const old = before.get(draft.place);
    const table = tableOf(old?.name ?? (fresh.get(draft.place) as string), tree, draft);
    if (old) made.push(...(await changedTable(request, files, old, table, draft, names)));
    else made.push(await newTable(crawler, files, table, draft));
  }
  const found = new Set([...before.values()].map((table) => table?.name));
  for (const old of tables) if (!found.has(old.name) && !old.deprecated) made.push(await goneTable(decl.policy.deleted, files, old));
  return made;
}

/**
 * The table that was found at a place before: the one that is there, or one that was gone. A folder is the same whether the
 * files below it belong to its table or those directly in it alone.
 */
function tableAt(place: string, tables: readonly ExternalTablePointer[]): ExternalTablePointer | undefined {
  const other = /^\*$|\/\*$/.test(place) ? place.slice(0, -1) || "/" : place === "/" ? "*" : place.endsWith("/") ? `${place}*` : place;
  const there = (at: string, gone: boolean) => tables.find((table) => table.place === at && (gone ? table.deprecated?.why === "gone" : !table.deprecated));
  return there(place, false) ?? there(other, false) ?? there(place, true);
}

/** Gives names to tables that have none; those that have one keep it. */
class Namer {
  readonly #into: string;
  readonly #taken: Set<string>;
  readonly #ofTree: string;

  constructor(into: string, taken: readonly string[], location: string) {
    this.#into = into;
    this.#taken = new Set(taken.map((name) => name.toLowerCase()));
    this.#ofTree = location.split(/[/\\]/).findLast((name) => name !== "") ?? into;
  }

  give(drafts: readonly TableDraft[]): Map<string, string> {
    const names = nameTables(drafts, this.#ofTree, (name) => this.#taken.has(`${this.#into}.${name}`.toLowerCase()));
    for (const name of names) this.#taken.add(`${this.#into}.${name}`.toLowerCase());
    return new Map(drafts.map(({ place }, i) => [place, `${this.#into}.${names[i]}`]));
  }
}

interface FoundTable extends CrawledTable {
  conflicts: TableReport["conflicts"];
}

function tableOf(name: string, tree: FileTree, draft: TableDraft): FoundTable {
  const { columns, conflicts } = columnsOf(draft);
  const isFile = draft.files.length === 1 && draft.files[0].path === draft.base;
  const paths = draft.files.map(({ path }) => (isFile ? "" : path.slice(draft.base.length)));
  const partitioning = partitioningOf(paths, columns.map((column) => column.name));
  const files = draft.files.map(({ path, bytes, modifiedAt, found }, i): ExternalFile => ({ path: tree.address(path), bytes, modifiedAt, partition: partitioning.values[i], ...(found.rows !== undefined && { rows: found.rows }) }));
  return { name, location: tree.address(draft.base.replace(/\/$/, "")), format: draft.format, columns, partitionColumns: partitioning.columns, files, personal: personalOf(draft.files), conflicts };
}

/** The surest finding of each kind in each place, over all files. */
function personalOf(files: readonly RecognisedFile[]): PersonalColumn[] {
  const surest = new Map<string, PersonalColumn>();
  for (const finding of files.flatMap(({ found }) => found.personal)) {
    const key = JSON.stringify([finding.path, finding.kind]);
    const other = surest.get(key);
    const sum = { matched: finding.matched + (other?.matched ?? 0), sampled: finding.sampled + (other?.sampled ?? 0) };
    surest.set(key, { ...(other && other.confidence >= finding.confidence ? other : finding), ...sum });
  }
  return [...surest.values()];
}

async function newTable(crawler: string, files: CatalogFiles, found: FoundTable, draft: TableDraft, why: readonly string[] = []): Promise<MadeTable> {
  const pointer = await written(crawler, files, found, draft.place);
  return { name: found.name, pointer, report: { ...reported(found, draft), action: "new", why: [...draft.why, ...why], changes: [], filesAdded: found.files.length, filesChanged: 0, filesGone: 0 } };
}

const noFileChanges = { filesAdded: 0, filesChanged: 0, filesGone: 0 };

/** A table that was there before: what of it is to be changed is up to the policy. */
async function changedTable(request: CrawlRequest, files: CatalogFiles, old: ExternalTablePointer, found: FoundTable, draft: TableDraft, names: Namer): Promise<MadeTable[]> {
  // Most are as they were: then what is kept of them need not be read.
  if (isSame(old, found, draft)) return [{ name: old.name, report: { ...reported(found, draft), action: "unchanged", changes: [], ...noFileChanges } }];
  const before = await files.read<CrawledTable>(old.file);
  const { act, columns, changes } = shapeChange(before, found, request.decl.policy);
  if (act === "replace") return replacedTable(request.crawler, files, { old, before, found, changes }, draft, names);
  const table = { ...found, columns };
  const report = { ...reported(table, draft), changes: old.deprecated ? ["it is there again", ...changes] : changes, ...fileChanges(before.files, table.files) };
  if (isSame(old, table, draft)) return [{ name: old.name, report: { ...report, action: "unchanged" } }];
  return [{ name: old.name, pointer: await written(request.crawler, files, table, draft.place), report: { ...report, action: old.deprecated || act === "change" ? "changed" : "updated" } }];
}

const isSame = (old: ExternalTablePointer, table: CrawledTable, { place }: TableDraft): boolean => !old.deprecated && old.place === place && old.digest === tableText(table);

/** The one that was there keeps its name, its shape and its files, for those who name it. */
async function replacedTable(crawler: string, files: CatalogFiles, { old, before, found, changes }: { old: ExternalTablePointer; before: CrawledTable; found: FoundTable; changes: string[] }, draft: TableDraft, names: Namer): Promise<MadeTable[]> {
  const by = names.give([draft]).get(draft.place) as string;
  const made = await newTable(crawler, files, { ...found, name: by }, draft, [`by policy it takes the place of ${old.name}, whose shape it does not have`, ...changes]);
  const report = { ...reported({ ...before, conflicts: [] }, { ...draft, why: [`its files have another shape: see ${by}`], files: [] }), changes, ...noFileChanges };
  return [{ name: old.name, pointer: { ...old, deprecated: { at: new Date().toISOString(), why: "replaced", by } }, report: { ...report, action: "deprecated" } }, made];
}

async function goneTable(policy: CrawlerDecl["policy"]["deleted"], files: CatalogFiles, old: ExternalTablePointer): Promise<MadeTable> {
  const before = await files.read<CrawledTable>(old.file);
  const report = { ...reported({ ...before, conflicts: [] }, { place: old.place, why: ["nothing of it is there any more"], files: [] }), changes: [], filesAdded: 0, filesChanged: 0, filesGone: before.files.length };
  if (policy === "ignore") return { name: old.name, report: { ...report, action: "kept" } };
  if (policy === "remove") return { name: old.name, pointer: null, report: { ...report, action: "removed" } };
  const pointer = await written(old.crawler, files, { ...before, files: [] }, old.place);
  return { name: old.name, pointer: { ...pointer, deprecated: { at: new Date().toISOString(), why: "gone" } }, report: { ...report, action: "deprecated" } };
}

async function written(crawler: string, files: CatalogFiles, found: CrawledTable, place: string): Promise<ExternalTablePointer> {
  const { name, location, format, columns, partitionColumns, files: list, personal } = found;
  const table: CrawledTable = { name, location, format, columns, partitionColumns, files: list, personal };
  return { name, crawler, place, file: await files.write("tables", table), shape: shapeText(table), digest: tableText(table), files: list.length, bytes: sum(list.map(({ bytes }) => bytes)), rows: rowsOf(list) };
}

function fileChanges(before: readonly ExternalFile[], now: readonly ExternalFile[]): Pick<TableReport, "filesAdded" | "filesChanged" | "filesGone"> {
  const old = new Map(before.map((file) => [file.path, file]));
  const changed = now.filter((file) => {
    const was = old.get(file.path);
    return was !== undefined && (was.bytes !== file.bytes || was.modifiedAt !== file.modifiedAt);
  });
  const kept = now.filter(({ path }) => old.has(path)).length;
  return { filesAdded: now.length - kept, filesChanged: changed.length, filesGone: before.length - kept };
}

function reported(table: Omit<FoundTable, "files"> & { files: readonly ExternalFile[] }, draft: Pick<TableDraft, "place" | "why"> & { files: readonly RecognisedFile[] }): Omit<TableReport, "action" | "changes" | "filesAdded" | "filesChanged" | "filesGone"> {
  const { format, files, personal, conflicts } = table;
  const warnings = new Map<string, number>();
  for (const text of draft.files.flatMap(({ found }) => found.warnings)) warnings.set(text, (warnings.get(text) ?? 0) + 1);
  return {
    ...{ name: table.name, place: draft.place, why: draft.why, format: format.kind + (format.compression === "none" ? "" : ` in ${format.compression}`), files: files.length, bytes: sum(files.map(({ bytes }) => bytes)), rows: rowsOf(files) },
    ...{ columns: table.columns.length, partitionColumns: table.partitionColumns.map(({ name, type }) => `${name}: ${type}`), conflicts },
    personal: personal.map(({ path, kind, confidence }) => ({ column: path.join("."), kind, confidence })),
    warnings: [...warnings].slice(0, 100).map(([text, count]) => (count === 1 ? text : `${text} (${count} files)`)),
  };
}

function summaryOf({ tables, ...report }: CrawlReport): CrawlSummary {
  const actions: CrawlSummary["tables"] = {};
  for (const { action } of tables) actions[action] = (actions[action] ?? 0) + 1;
  const { unreadable: _, leftOut: __, ...facts } = report;
  return { ...facts, tables: actions, conflicts: sum(tables.map(({ conflicts }) => conflicts.length)) };
}

function rowsOf(files: readonly ExternalFile[]): number | null {
  return files.every(({ rows }) => rows !== undefined) ? sum(files.map(({ rows = 0 }) => rows)) : null;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

