import type { FileFormat } from "../../formats/file-format.ts";
import type { PersonalColumn } from "../../formats/personal-data/find-personal-data.ts";
import type { CatalogFiles } from "../catalog-files.ts";
import type { CrawledTable, ExternalFile } from "../external-table.ts";
import type { ExternalTablePointer } from "../external-tables.ts";
import type { FileTree } from "../file-tree.ts";
import type { CrawlRequest } from "./crawl.ts";
import type { TableReport } from "./crawl-report.ts";
import type { RecognisedFile, TableDraft } from "./group-tables.ts";
import { partitioningOf } from "./partition-values.ts";
import { shapeChange, shapeText, tableText } from "./table-change.ts";
import { columnsOf } from "./table-columns.ts";
import { nameTables } from "./table-names.ts";

/** A table of a crawl: what is to stand in the catalog, and what is said of it. */
export interface MadeTable {
  name: string;
  /** Null: it goes. Undefined: what stands there already stays. */
  pointer?: ExternalTablePointer | null;
  report: TableReport;
}

interface FoundTable extends CrawledTable {
  conflicts: TableReport["conflicts"];
}

type FileCounts = Pick<TableReport, "filesAdded" | "filesChanged" | "filesGone">;
const noFileChanges: FileCounts = { filesAdded: 0, filesChanged: 0, filesGone: 0 };

/** Makes tables of what a crawl has grouped, each held against what the catalog has at its place. */
export class TableMaker {
  readonly #request: CrawlRequest;
  readonly #tree: FileTree;
  readonly #files: CatalogFiles;
  /** Names that no new table may have, in small letters. */
  readonly #taken: Set<string>;

  constructor(request: CrawlRequest, tree: FileTree, files: CatalogFiles) {
    this.#request = request;
    this.#tree = tree;
    this.#files = files;
    this.#taken = new Set([...request.taken, ...request.tables.map(({ name }) => name)].map((name) => name.toLowerCase()));
  }

  async make(drafts: readonly TableDraft[]): Promise<MadeTable[]> {
    const { tables } = this.#request;
    const before = new Map(drafts.map(({ place }) => [place, tableAt(place, tables)]));
    const fresh = this.#names(drafts.filter(({ place }) => before.get(place) === undefined));
    const made: MadeTable[] = [];
    for (const draft of drafts) {
      const old = before.get(draft.place);
      const found = tableOf(old?.name ?? (fresh.get(draft.place) as string), this.#tree, draft);
      made.push(...(old ? await this.#changed(old, found, draft) : [await this.#fresh(found, draft)]));
    }
    const there = new Set([...before.values()].map((table) => table?.name));
    for (const old of tables) if (!there.has(old.name) && !old.deprecated) made.push(...(await this.#gone(old)));
    return made;
  }

  /** By place, with the database before them. */
  #names(drafts: readonly TableDraft[]): Map<string, string> {
    const { into } = this.#request.decl;
    const ofTree = this.#tree.location.split(/[/\\]/).findLast((name) => name !== "") ?? into;
    const names = nameTables(drafts, ofTree, (name) => this.#taken.has(`${into}.${name}`.toLowerCase())).map((name) => `${into}.${name}`);
    for (const name of names) this.#taken.add(name.toLowerCase());
    return new Map(drafts.map(({ place }, i) => [place, names[i]]));
  }

  async #fresh(found: FoundTable, draft: TableDraft, why: readonly string[] = []): Promise<MadeTable> {
    return { name: found.name, pointer: await this.#written(found, draft.place), report: { ...reported(found, draft), action: "new", why: [...draft.why, ...why], changes: [], ...noFileChanges, filesAdded: found.files.length } };
  }

  /** A table that was there before: what of it is to be changed is up to the policy. */
  async #changed(old: ExternalTablePointer, found: FoundTable, draft: TableDraft): Promise<MadeTable[]> {
    // Most are as they were: then what is kept of them need not be read.
    const isKept = await this.#files.has(old.file);
    if (isKept && isSame(old, found, draft)) return [{ name: old.name, report: { ...reported(found, draft), action: "unchanged", changes: [], ...noFileChanges } }];
    const before = isKept ? await this.#files.read<CrawledTable>(old.file) : { ...found, columns: [], files: [] };
    const { act, columns, changes } = shapeChange(before, found, this.#request.decl.policy);
    if (act === "replace") return this.#replaced(old, before, found, changes, draft);
    const table = { ...found, columns };
    const report = { ...reported(table, draft), changes: old.deprecated ? ["it is there again", ...changes] : changes, ...fileChanges(before.files, table.files) };
    if (isKept && isSame(old, table, draft)) return [{ name: old.name, report: { ...report, action: "unchanged" } }];
    return [{ name: old.name, pointer: await this.#written(table, draft.place), report: { ...report, action: old.deprecated || act === "change" ? "changed" : "updated" } }];
  }

  /** The one that was there keeps its name, its shape and its files, for those who name it. */
  async #replaced(old: ExternalTablePointer, before: CrawledTable, found: FoundTable, changes: string[], draft: TableDraft): Promise<MadeTable[]> {
    const by = this.#names([draft]).get(draft.place) as string;
    const made = await this.#fresh({ ...found, name: by }, draft, [`by policy it takes the place of ${old.name}, whose shape it does not have`, ...changes]);
    const report = { ...reported({ ...before, conflicts: [] }, { ...draft, why: [`its files have another shape: see ${by}`], files: [] }), changes, ...noFileChanges };
    return [{ name: old.name, pointer: { ...old, deprecated: { at: new Date().toISOString(), why: "replaced", by } }, report: { ...report, action: "deprecated" } }, made];
  }

  /** One that is known by its pointer alone stays until its files are there again. */
  async #gone(old: ExternalTablePointer): Promise<MadeTable[]> {
    const { deleted } = this.#request.decl.policy;
    if (!(await this.#files.has(old.file))) return [];
    const before = await this.#files.read<CrawledTable>(old.file);
    const report = { ...reported({ ...before, conflicts: [] }, { place: old.place, why: ["nothing of it is there any more"], files: [] }), changes: [], ...noFileChanges, filesGone: before.files.length };
    if (deleted === "ignore") return [{ name: old.name, report: { ...report, action: "kept" } }];
    if (deleted === "remove") return [{ name: old.name, pointer: null, report: { ...report, action: "removed" } }];
    const pointer = await this.#written({ ...before, files: [] }, old.place);
    return [{ name: old.name, pointer: { ...pointer, deprecated: { at: new Date().toISOString(), why: "gone" } }, report: { ...report, action: "deprecated" } }];
  }

  async #written(found: CrawledTable, place: string): Promise<ExternalTablePointer> {
    const { crawler, dryRun } = this.#request;
    const { name, location, format, columns, partitionColumns, files, personal, connection } = found;
    const table: CrawledTable = { name, location, format, columns, partitionColumns, files, personal, ...(connection && { connection }) };
    return { name, crawler, place, file: dryRun ? "" : await this.#files.write("tables", table), location, format: formatText(format), partitionColumns, shape: shapeText(table), digest: tableText(table), files: files.length, bytes: sum(files.map(({ bytes }) => bytes)), rows: rowsOf(files) };
  }
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

function tableOf(name: string, tree: FileTree, draft: TableDraft): FoundTable {
  const { columns, conflicts } = columnsOf(draft);
  const isFile = draft.files.length === 1 && draft.files[0].path === draft.base;
  const paths = draft.files.map(({ path }) => (isFile ? "" : path.slice(draft.base.length)));
  const partitioning = partitioningOf(paths, columns.map((column) => column.name));
  const files = draft.files.map(({ path, bytes, modifiedAt, version, found }, i): ExternalFile => ({ path: tree.address(path), bytes, modifiedAt, version, partition: partitioning.values[i], ...(found.rows !== undefined && { rows: found.rows }) }));
  return { name, location: tree.address(draft.base.replace(/\/$/, "")), format: draft.format, columns, partitionColumns: partitioning.columns, files, personal: personalOf(draft.files), conflicts, ...(tree.connection && { connection: tree.connection }) };
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

const isSame = (old: ExternalTablePointer, table: CrawledTable, { place }: TableDraft): boolean => !old.deprecated && old.place === place && old.digest === tableText(table);

function fileChanges(before: readonly ExternalFile[], now: readonly ExternalFile[]): FileCounts {
  const old = new Map(before.map((file) => [file.path, file]));
  const changed = now.filter((file) => {
    const was = old.get(file.path);
    return was !== undefined && was.version !== file.version;
  });
  const kept = now.filter(({ path }) => old.has(path)).length;
  return { filesAdded: now.length - kept, filesChanged: changed.length, filesGone: before.length - kept };
}

function reported(table: FoundTable, draft: Pick<TableDraft, "place" | "why"> & { files: readonly RecognisedFile[] }): Omit<TableReport, "action" | "changes" | keyof FileCounts> {
  const { format, files, personal, conflicts } = table;
  const warnings = new Map<string, number>();
  for (const text of draft.files.flatMap(({ found }) => found.warnings)) warnings.set(text, (warnings.get(text) ?? 0) + 1);
  return {
    ...{ name: table.name, place: draft.place, why: draft.why, format: formatText(format), files: files.length, bytes: sum(files.map(({ bytes }) => bytes)), rows: rowsOf(files) },
    ...{ columns: table.columns.length, partitionColumns: table.partitionColumns.map(({ name, type }) => `${name}: ${type}`), conflicts },
    personal: personal.map(({ path, kind, confidence }) => ({ column: path.join("."), kind, confidence })),
    warnings: [...warnings].slice(0, 100).map(([text, count]) => (count === 1 ? text : `${text} (${count} files)`)),
  };
}

const formatText = ({ kind, compression }: FileFormat): string => (compression === "none" ? kind : `${kind} in ${compression}`);

function rowsOf(files: readonly ExternalFile[]): number | null {
  return files.every(({ rows }) => rows !== undefined) ? sum(files.map(({ rows = 0 }) => rows)) : null;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
