import { MillraceError } from "../errors.ts";
import type { KeptFiles } from "../files/shared-files.ts";
import { typeText } from "../formats/inferred-type.ts";
import { nearest } from "../model/names.ts";
import type { StateStore } from "../state/store.ts";
import { type CatalogEntry, type Dataset, entryOf } from "./catalog-entry.ts";
import { CatalogFiles } from "./catalog-files.ts";
import type { Claim, ColumnClaim, PersonalClaim } from "./claim.ts";
import { Crawls } from "./crawls.ts";
import type { CrawledTable } from "./external-table.ts";
import { type ExternalTablePointer, ExternalTables } from "./external-tables.ts";
import { CatalogHistory, type EntryVersion } from "./history.ts";
import { KnownClaims } from "./known-claims.ts";
import { type NoteChange, PeopleNotes } from "./people-notes.ts";
import { type SearchHit, searchEntries } from "./search-entries.ts";

export interface CatalogParts {
  state: StateStore;
  /** Where reports and lists of files are kept. */
  files: KeptFiles;
  /** Versions that are kept of each entry. */
  keepVersions?: number;
  /** The datasets of the project, as it declares them and as they stand in lake and log. */
  datasets(): Promise<Dataset[]>;
}

/** Claims of crawled tables that are kept in memory. */
const claimsMax = 10_000;
/** A reader may hold a file that was just replaced, and a crawl may be about to point at one. */
const sweepAgeMs = 3_600_000;

/** Every dataset with what is known of it: by declaration, by what stands there, by crawlers, by people. */
export class Catalog {
  readonly tables: ExternalTables;
  readonly crawls: Crawls;
  readonly files: CatalogFiles;
  readonly #parts: CatalogParts;
  readonly #history: CatalogHistory;
  readonly #notes: PeopleNotes;
  readonly #heard: KnownClaims;
  /** By key of the file that they were read from, which never changes. */
  readonly #crawled = new Map<string, Claim>();

  constructor(parts: CatalogParts) {
    const { state, files, keepVersions } = parts;
    this.#parts = parts;
    this.files = new CatalogFiles(files);
    this.tables = new ExternalTables(state, this.files);
    this.#history = new CatalogHistory(state, keepVersions);
    this.crawls = new Crawls({ state, files: this.files, tables: this.tables, history: this.#history });
    this.#notes = new PeopleNotes(state, this.#history);
    this.#heard = new KnownClaims(state, this.#history);
  }

  /** By kind and name. */
  async entries(): Promise<CatalogEntry[]> {
    const notes = await this.#notes.all();
    const datasets = await this.#datasets();
    return datasets.map((dataset) => entryOf(withNotes(dataset, notes.get(keyOf(dataset)))));
  }

  async search(text: string): Promise<SearchHit[]> {
    return searchEntries(await this.entries(), text);
  }

  /** @throws MillraceError `MR-CATALOG-001` */
  async entry(kind: string, name: string): Promise<CatalogEntry> {
    const dataset = await this.#dataset(kind, name);
    return entryOf(withNotes(dataset, await this.#notes.of(keyOf(dataset))));
  }

  /**
   * Kinds of personal data by column, or by the path of a place within one, as crawlers and people say; `none` where somebody says that
   * it is none. People have the last word. Of what there is not, nothing.
   */
  async personalMarks(kind: string, name: string): Promise<Map<string, string>> {
    const notes = await this.#notes.of(`${kind}:${name}`);
    const crawled = kind === "table" ? await this.tables.table(name) : undefined;
    const claims = [...(crawled ? [crawledClaim("", crawled)] : []), ...(notes ? [notes] : [])];
    return new Map(claims.flatMap(({ columns = [] }) => columns.flatMap((column): [string, string][] => (column.personal ? [[column.name, column.personal.kind]] : []))));
  }

  /** The newest first; also of an entry that is there no more. */
  async versions(kind: string, name: string): Promise<EntryVersion[]> {
    await this.hear();
    const versions = await this.#history.of(`${kind}:${name}`);
    if (versions.length === 0) await this.#dataset(kind, name);
    return versions;
  }

  /**
   * Changes what people say of an entry.
   *
   * @param person - who says it, where that is known
   * @throws MillraceError `MR-CATALOG-001`; `MR-CATALOG-003` when others change it all the time
   */
  async note(kind: string, name: string, change: NoteChange, person: string | undefined): Promise<CatalogEntry> {
    const dataset = await this.#dataset(kind, name);
    const columns = entryOf(dataset).columns.map((column) => column.name);
    const known = new Set(columns);
    for (const column of Object.keys(change.columns ?? {})) if (!outerNames(column).some((name) => known.has(name))) throw missing(`column ${JSON.stringify(column)}`, column, columns, keyOf(dataset));
    // What was said before comes before it in the history.
    await this.hear();
    await this.#notes.change(keyOf(dataset), change, person);
    await this.#history.trim(keyOf(dataset));
    return this.entry(kind, name);
  }

  /** Notes what the project and the lake say by now. */
  async hear(): Promise<void> {
    await this.#heard.hear(await this.#parts.datasets());
  }

  /** Removes what is kept no more. */
  tidy(ageMs = sweepAgeMs): Promise<void> {
    return this.crawls.tidy(ageMs);
  }

  async #dataset(kind: string, name: string): Promise<Dataset> {
    const datasets = await this.#datasets();
    const found = datasets.find((each) => each.kind === kind && each.name === name);
    if (found) return found;
    throw missingEntry(kind, name, datasets.filter((each) => each.kind === kind).map((each) => each.name));
  }

  async #datasets(): Promise<Dataset[]> {
    const own = await this.#parts.datasets();
    const names = new Set(own.filter(({ kind }) => kind === "table").map(({ name }) => name));
    const crawled = (await this.tables.list()).filter(({ value }) => !names.has(value.name));
    const external = await Promise.all(crawled.map(({ value }) => this.#external(value)));
    const all = [...own, ...external];
    return [...all, ...databasesOf(all)].sort((a, b) => (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind < b.kind ? -1 : 1));
  }

  async #external(pointer: ExternalTablePointer): Promise<Dataset> {
    const { name, file, files, bytes, rows, crawler, deprecated, location, format, partitionColumns } = pointer;
    const why = deprecated && (deprecated.why === "gone" ? "nothing of it is there any more" : `its files have another shape: see ${deprecated.by}`);
    return { kind: "table", name, form: "external", claims: [await this.#claimOf(pointer.crawler, file)], facts: { location, format, partitionColumns, files, bytes, rows, crawler, ...(why !== undefined && { deprecated: why }) } };
  }

  async #claimOf(crawler: string, file: string): Promise<Claim> {
    const known = this.#crawled.get(file);
    if (known) return known;
    const claim = crawledClaim(crawler, await this.files.read<CrawledTable>(file));
    if (this.#crawled.size >= claimsMax) this.#crawled.clear();
    this.#crawled.set(file, claim);
    return claim;
  }
}

const keyOf = ({ kind, name }: Pick<Dataset, "kind" | "name">): string => `${kind}:${name}`;

function withNotes(dataset: Dataset, notes: Claim | undefined): Dataset {
  return notes ? { ...dataset, claims: [...dataset.claims, notes] } : dataset;
}

/** Those that tables stand in, beside those that are declared. */
function databasesOf(datasets: readonly Dataset[]): Dataset[] {
  const declared = new Set(datasets.filter(({ kind }) => kind === "database").map(({ name }) => name));
  const names = new Set(datasets.filter(({ kind, name }) => kind === "table" && name.includes(".")).map(({ name }) => name.slice(0, name.lastIndexOf("."))));
  return [...names].filter((name) => !declared.has(name)).map((name) => ({ kind: "database", name, form: "declared", claims: [], facts: {} }));
}

/** Columns with their types, and places within them that hold personal data, the surest kind of each. */
function crawledClaim(crawler: string, { columns, partitionColumns, personal }: CrawledTable): Claim {
  const found = new Map<string, PersonalClaim>();
  for (const { path, kind, confidence } of [...personal].sort((a, b) => b.confidence - a.confidence)) {
    const place = path.join(".");
    if (!found.has(place)) found.set(place, { kind, confidence });
  }
  const claims: ColumnClaim[] = [...columns.map(({ name, type }) => ({ name, type: typeText(type) })), ...partitionColumns];
  const named = claims.map((column) => ({ ...column, ...(found.has(column.name) && { personal: found.get(column.name) as PersonalClaim }) }));
  const inner = [...found].filter(([place]) => !claims.some(({ name }) => name === place)).map(([name, claim]) => ({ name, personal: claim }));
  return { by: { kind: "crawler", name: crawler }, columns: [...named, ...inner] };
}

/** @param known - names of that kind */
export function missingEntry(kind: string, name: string, known: readonly string[]): MillraceError {
  return missing(`${kind} ${JSON.stringify(name)}`, name, known, "the catalog");
}

/** `a.b.c`, `a.b` and `a`: a name may have dots in it, or be that of a field inside of a column. */
const outerNames = (name: string): string[] => name.split(".").map((_part, i, parts) => parts.slice(0, i + 1).join("."));

function missing(what: string, name: string, known: readonly string[], where: string): MillraceError {
  const near = nearest(name, known);
  return new MillraceError("MR-CATALOG-001", { what: `there is no ${what}`, where, mend: near === undefined ? "look at `millrace catalog list`, or search for it" : `did you mean ${JSON.stringify(near)}?` });
}
