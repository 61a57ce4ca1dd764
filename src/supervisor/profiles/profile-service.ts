import { MillraceError } from "../../errors.ts";
import type { Table } from "../../lake/table.ts";
import { versionOf } from "../../quality/checks/checked-version.ts";
import { compareProfiles, type ProfileComparison } from "../../quality/profile/compare-profiles.ts";
import { withExactDistinct } from "../../quality/profile/exact-distinct.ts";
import type { Relations, TableProfile } from "../../quality/profile/profile.ts";
import { findReferences, referenceCandidates, type StatedTable } from "../../quality/profile/references.ts";
import { findRelations } from "../../quality/profile/relations.ts";
import { type Profiled, tableProfile } from "../../quality/profile/table-profile.ts";
import { measureColumns, type RunStatement, stateOf } from "../../quality/states/collect-states.ts";
import type { ProfiledColumn } from "../../quality/states/profiled-column.ts";
import { spokenColumns } from "../../quality/states/spoken-columns.ts";
import { valuesMaxOf } from "../../quality/states/state-sql.ts";
import { type PersonalMarks, personalKind } from "../../quality/states/personal-values.ts";
import { withheld } from "../../quality/states/column-state.ts";
import { type TableStates, tableStates } from "../../quality/states/table-states.ts";
import type { CompareRequest, DataRequest, ProfileControl, ProfileRequest } from "../../server/profile-control.ts";
import { datasetReference } from "../../sql/dataset-reference.ts";
import type { FilesSource, QueryRequest, QueryResult, SqlSource, TableSource } from "../../sql/query-request.ts";
import { skippedTexts } from "../../sql/skipped-text.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { tableSource } from "../../sql/table-source.ts";
import type { StateStore } from "../../state/store.ts";
import { dataFile } from "../data-file.ts";
import { KnownAnswers } from "../known-answers.ts";
import { type MarksOf, marksOfDataset } from "../marks-of-dataset.ts";
import { partSources } from "../part-sources.ts";
import type { Declared, ProjectData } from "../project-data.ts";
import { contentOf } from "../source-state.ts";

export interface ProfileServiceParts {
  data: ProjectData;
  state: StateStore;
  /** Where data from outside lie while they are looked at. */
  folder: string;
  declared: () => Declared;
  personal: MarksOf;
  /** Milliseconds since 1970. */
  clock?: () => number;
}

/** Of the state store: the profiles of a table that are kept, by snapshot. */
const collectionOf = (table: string): string => `profiles of ${table}`;
/** Profiles of a table that outlive their versions. */
const keptMax = 20;
/** Of one that is kept, as JSON. */
const keptBytesMax = 256 * 1024;
/** Profiles in memory, as JSON together. */
const knownBytesMax = 24 * 1024 ** 2;
/** Of one profile. */
const columnsMax = 10_000;
/** Of one statement. */
const limits = { timeoutMs: 10 * 60_000, resultBytesMax: 256 * 1024 ** 2, rowsMax: 1_000_000 };
/** Tables that are looked at for what columns refer to. */
const othersMax = 100;
/** A version stays while it is looked at, so long at most. */
const holdMs = 60 * 60_000;

/** What data that come along are called. */
const fromOutside = "data";

/** A table and how a version of it is named. */
interface Version {
  table: Table;
  snapshotId: bigint | undefined;
}

type Resolve = QueryRequest["resolve"];

/** Profiles of a project's datasets. */
export class ProfileService implements ProfileControl {
  readonly #parts: ProfileServiceParts;
  /** Statements of ours alone: one process runs many of them. */
  readonly #runner: SqlRunner;
  readonly #known = new KnownAnswers<TableProfile>(knownBytesMax, (profile) => JSON.stringify(profile).length, contentOf);

  constructor(parts: ProfileServiceParts) {
    this.#parts = parts;
    this.#runner = new SqlRunner({ concurrencyMax: 2, standbyMs: 10_000, statementsPerProcess: 1_000, shared: parts.data.lakeFolders });
  }

  async profile(request: ProfileRequest, signal: AbortSignal): Promise<TableProfile> {
    const { dataset, version, partitions, exact, relations } = request;
    if (partitions !== undefined && (exact || relations)) throw new MillraceError("MR-HTTP-006", { what: "all rows are read for exact counts and for relations, not those of partitions", where: "the request", mend: "leave partitions out, or exact and relations" });
    const resolve = this.#resolver();
    const source = await this.#source(dataset, resolve);
    if (source.kind === "table") return this.#ofVersion(await this.#parts.data.lake.table(source.dataset ?? dataset), request, signal);
    if (version !== undefined || partitions !== undefined) throw new MillraceError("MR-LAKE-006", { what: `"${dataset}" has neither versions nor partitions: it is no table of the lake`, where: "the request", mend: "leave version and partitions out" });
    const marks = await this.#marksOf(dataset);
    return this.#once(request, [...(marks ?? [])], resolve, async (noted) => {
      const again = (): Promise<SqlSource> => this.#source(dataset, noted);
      return this.#ofSource({ dataset, open: this.#opener(await again(), again), resolve: noted }, request, signal);
    });
  }

  async #ofVersion(table: Table, request: ProfileRequest, signal: AbortSignal): Promise<TableProfile> {
    const { version, partitions } = request;
    try {
      const { snapshotId } = await this.#version(table, version);
      const { fields } = await table.schema(snapshotId);
      const state = [String(snapshotId), fields, [...(await this.#parts.personal("table", table.name))]];
      return await this.#once(request, state, this.#resolver(), () => this.#ofTable({ table, snapshotId }, request, signal));
    } catch (error) {
      const kept = version === undefined || partitions !== undefined ? undefined : await this.#kept(table.name, version);
      if (kept !== undefined && error instanceof MillraceError && error.code === "MR-LAKE-001") return kept;
      throw error;
    }
  }

  /** Nothing is worked out again of what is as it was. Relations say something of other tables too. */
  async #once(request: ProfileRequest, state: unknown, resolve: Resolve, work: (resolve: Resolve) => Promise<TableProfile>): Promise<TableProfile> {
    if (request.relations) return work(resolve);
    const { answer, isKnown } = await this.#known.answer({ key: JSON.stringify(request), state: JSON.stringify(state), resolve }, work);
    return isKnown ? { ...answer, at: this.#now().toISOString(), files: { ...answer.files, read: 0 } } : answer;
  }

  async compare({ dataset, version, against }: CompareRequest, signal: AbortSignal): Promise<ProfileComparison> {
    const before = await this.profile({ dataset, version: against }, signal);
    return compareProfiles(before, await this.profile({ dataset, version }, signal));
  }

  profileData(request: DataRequest, signal: AbortSignal): Promise<TableProfile> {
    return dataFile(this.#parts.folder, request, (source) => this.#ofSource({ dataset: fromOutside, open: this.#opener(source, async () => source), resolve: this.#resolver() }, {}, signal));
  }

  async #version(table: Table, version: string | undefined): Promise<Version> {
    const metadata = await table.metadata();
    return { table, snapshotId: versionOf(table.name, metadata, version)?.["snapshot-id"] };
  }

  async #ofTable({ table, snapshotId }: Version, request: ProfileRequest, signal: AbortSignal): Promise<TableProfile> {
    const { partitions } = request;
    const held = snapshotId === undefined ? undefined : await table.hold(snapshotId, holdMs);
    try {
      const states = await this.#states(table, snapshotId, partitions, signal);
      const profile = await this.#finish({ dataset: table.name, partitions, ...states });
      if (partitions === undefined) await this.#keep(profile);
      if (snapshotId === undefined) return profile;
      const source = await tableSource(table, { version: String(snapshotId) });
      const told = await more(profile, "part0", states.columns, async (sql) => (await this.#run(sql, [source], signal)).rows, request);
      if (told.relations === undefined) return told;
      return { ...told, relations: { ...told.relations, ...(await this.#references({ name: table.name, ...states }, source, signal)) } };
    } finally {
      await held?.release();
    }
  }

  /** Of other tables the states are taken as they are kept; what is new in them is measured. */
  async #references(table: StatedTable, source: TableSource, signal: AbortSignal): Promise<Pick<Relations, "references">> {
    const { lake } = this.#parts.data;
    const sources = new Map<string, TableSource>();
    const others: StatedTable[] = [];
    for (const name of (await lake.tables()).filter((other) => other !== table.name).slice(0, othersMax)) {
      const other = await lake.table(name);
      const snapshot = await other.currentSnapshot();
      if (snapshot === undefined) continue;
      sources.set(name, await tableSource(other, { version: String(snapshot["snapshot-id"]) }));
      others.push({ name, ...(await this.#states(other, snapshot["snapshot-id"], undefined, signal)) });
    }
    const holds = async (sql: string, other: string): Promise<boolean> => (await this.#run(sql, [source, sources.get(other) as TableSource], signal)).rows[0][0] === true;
    return { references: await findReferences(referenceCandidates(table, others), holds) };
  }

  async #states(table: Table, snapshotId: bigint | undefined, partitions: string[] | undefined, signal: AbortSignal): Promise<TableStates> {
    return tableStates({ table, snapshotId, partitions, columnsMax, personal: await this.#parts.personal("table", table.name), run: async (sql, parts) => (await this.#run(sql, parts, signal)).rows });
  }

  /** What passes by once is asked for anew for each statement; anything else stays as it was found. */
  #opener(found: SqlSource, again: () => Promise<SqlSource>): () => Promise<SqlSource> {
    const same = found.kind === "files" ? knownOnce(found) : found;
    const passes = found.kind === "copy" || (found.kind === "topic" && found.records.kind === "stream");
    let first: SqlSource | undefined = found;
    return async () => {
      if (!passes) return same;
      const source = first ?? (await again());
      first = undefined;
      if (source.kind !== "table") return source;
      throw new MillraceError("MR-SQL-003", { what: `"${found.dataset}" became another dataset meanwhile`, where: "the request", mend: "ask again" });
    };
  }

  async #ofSource({ dataset, open, resolve }: OpenedSource, wanted: Wanted, signal: AbortSignal): Promise<TableProfile> {
    const read = async (sql: string): Promise<QueryResult> => this.#run(sql, [await open()], signal, resolve);
    const run: RunStatement = async (sql) => (await read(sql)).rows;
    const described = await read("select * from part0 limit 0");
    const counted = await read("select count(*) from part0");
    const rows = counted.rows[0][0];
    // Where data from outside lie meanwhile is nobody's business.
    const notes = skippedTexts(counted.stats.skipped, dataset !== fromOutside);
    const { from, columns, leftOut } = spokenColumns("part0", described.columns, columnsMax);
    const [measured] = await measureColumns(run, columns, { parts: [from], rows: Number(rows), columnar: false, valuesMax: valuesMaxOf(columns.length) });
    const marks = await this.#marksOf(dataset);
    const states = columns.map((column, i) => {
      const state = stateOf(column.kind, measured[i]);
      const personal = marks && personalKind(marks, column, () => state);
      return personal === undefined ? state : withheld(state, personal);
    });
    const profile = await this.#finish({ dataset, snapshotId: undefined, rows: Number(rows), columns, columnsLeftOut: leftOut, states, files: { all: 0, read: 0 } });
    return more(notes.length > 0 ? { ...profile, notes } : profile, from, columns, run, wanted);
  }

  /** Data that somebody brings are his own, and nothing of them is kept. */
  async #marksOf(dataset: string): Promise<PersonalMarks | undefined> {
    return dataset === fromOutside ? undefined : marksOfDataset(this.#parts.personal, dataset);
  }

  #finish(profiled: Omit<Profiled, "at">): Promise<TableProfile> {
    return tableProfile({ ...profiled, at: this.#now() });
  }

  #now(): Date {
    return new Date((this.#parts.clock ?? Date.now)());
  }

  #resolver(): Resolve {
    return this.#parts.data.resolver({ declared: this.#parts.declared() });
  }

  /** What views read is resolved as statements of the project's own have it. */
  async #run(sql: string, parts: readonly SqlSource[], signal: AbortSignal, resolve = this.#resolver()): Promise<QueryResult> {
    return this.#runner.run({ sql, signal, limits, resolve: async (references, gated) => (gated.inViews ? resolve(references, gated) : partSources(references, parts)) });
  }

  /** @throws MillraceError `MR-SQL-003` when nothing has the name */
  async #source(dataset: string, resolve: Resolve): Promise<SqlSource> {
    const { sources, known } = await resolve([datasetReference(dataset, "the request")], {});
    if (sources[0] !== undefined) return sources[0];
    throw new MillraceError("MR-SQL-003", { what: `"${dataset}" does not exist`, where: "the request", mend: known.length === 0 ? "there are no datasets yet" : `name one that is there, such as ${known.slice(0, 3).join(", ")}` });
  }

  async #keep(profile: TableProfile): Promise<void> {
    const { state } = this.#parts;
    if (profile.snapshot === null || JSON.stringify(profile).length > keptBytesMax) return;
    const collection = collectionOf(profile.dataset);
    await state.put(collection, profile.snapshot, profile);
    const kept = (await state.list<TableProfile>(collection)).sort((a, b) => (a.value.at < b.value.at ? 1 : -1));
    for (const { key } of kept.slice(keptMax)) await state.delete(collection, key);
  }

  /** Nothing of what was known of a dataset's values stays: it is measured again when somebody asks. */
  async forget(kind: string, name: string): Promise<void> {
    const { data, state } = this.#parts;
    this.#known.forget();
    if (kind !== "table") return;
    for (const { key } of await state.list(collectionOf(name))) await state.delete(collectionOf(name), key);
    if ((await data.lake.tables()).includes(name)) await (await data.lake.table(name)).removeAllFileStates();
  }

  async #kept(table: string, snapshot: string): Promise<TableProfile | undefined> {
    return (await this.#parts.state.get<TableProfile>(collectionOf(table), snapshot))?.value;
  }

  async close(): Promise<void> {
    await this.#runner.close();
  }
}

/** What is no table of the lake. */
interface OpenedSource {
  dataset: string;
  /** For each statement. */
  open(): Promise<SqlSource>;
  /** What views of it read. */
  resolve: Resolve;
}

type Wanted = Pick<ProfileRequest, "exact" | "relations">;

/** What is asked for beside the profile, and for which rows are read again. */
async function more(profile: TableProfile, from: string, columns: readonly ProfiledColumn[], run: RunStatement, { exact, relations }: Wanted): Promise<TableProfile> {
  const counted = exact ? { ...profile, columns: await withExactDistinct(run, from, columns, profile.columns) } : profile;
  return relations ? { ...counted, relations: await findRelations(run, from, columns, counted.columns) } : counted;
}

/** What the first statement finds out of files, the others need not find out again. */
function knownOnce(source: FilesSource): FilesSource {
  const known: FilesSource = {
    ...source,
    found(shape) {
      source.found?.(shape);
      Object.assign(known, { format: shape.format, columns: shape.fields });
    },
  };
  return known;
}
