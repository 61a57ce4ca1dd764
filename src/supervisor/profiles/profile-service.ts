import { MillraceError } from "../../errors.ts";
import type { Table } from "../../lake/table.ts";
import { versionOf } from "../../quality/checks/checked-version.ts";
import { compareProfiles, type ProfileComparison } from "../../quality/profile/compare-profiles.ts";
import { withExactDistinct } from "../../quality/profile/exact-distinct.ts";
import type { TableProfile } from "../../quality/profile/profile.ts";
import { findRelations } from "../../quality/profile/relations.ts";
import { type Profiled, tableProfile } from "../../quality/profile/table-profile.ts";
import { measureColumns, type RunStatement, stateOf } from "../../quality/states/collect-states.ts";
import { type ProfiledColumn, profiledColumns } from "../../quality/states/profiled-column.ts";
import { tableStates } from "../../quality/states/table-states.ts";
import type { CompareRequest, DataRequest, ProfileControl, ProfileRequest } from "../../server/profile-control.ts";
import type { FilesSource, QueryResult, SqlSource } from "../../sql/query-request.ts";
import { skippedTexts } from "../../sql/skipped-text.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { tableSource } from "../../sql/table-source.ts";
import type { StateStore } from "../../state/store.ts";
import { dataFile } from "../data-file.ts";
import type { Declared, ProjectData } from "../project-data.ts";

export interface ProfileServiceParts {
  data: ProjectData;
  state: StateStore;
  /** Where data from outside lie while they are looked at. */
  folder: string;
  declared: () => Declared;
  /** Milliseconds since 1970. */
  clock?: () => number;
}

/** Of the state store: the profiles of a table that are kept, by snapshot. */
const collectionOf = (table: string): string => `profiles of ${table}`;
/** Profiles of a table that outlive their versions. */
const keptMax = 20;
/** Of one that is kept, as JSON. */
const keptBytesMax = 256 * 1024;
/** Of one profile. */
const columnsMax = 10_000;
/** Of one statement. */
const limits = { timeoutMs: 10 * 60_000, resultBytesMax: 256 * 1024 ** 2, rowsMax: 1_000_000 };
/** A version stays while it is looked at, so long at most. */
const holdMs = 60 * 60_000;

/** What data that come along are called. */
const fromOutside = "data";

/** A table and how a version of it is named. */
interface Version {
  table: Table;
  snapshotId: bigint | undefined;
}

type ResolvedName = { table: string } | { source: SqlSource };

/** Profiles of a project's datasets. */
export class ProfileService implements ProfileControl {
  readonly #parts: ProfileServiceParts;
  /** Statements of ours alone: one process runs many of them. */
  readonly #runner: SqlRunner;

  constructor(parts: ProfileServiceParts) {
    this.#parts = parts;
    this.#runner = new SqlRunner({ concurrencyMax: 2, standbyMs: 10_000, statementsPerProcess: 1_000, shared: parts.data.lakeFolders });
  }

  async profile(request: ProfileRequest, signal: AbortSignal): Promise<TableProfile> {
    const { dataset, version, partitions, exact, relations } = request;
    if (partitions !== undefined && (exact || relations)) throw new MillraceError("MR-HTTP-006", { what: "all rows are read for exact counts and for relations, not those of partitions", where: "the request", mend: "leave partitions out, or exact and relations" });
    const resolved = await this.#resolve(dataset);
    if ("source" in resolved) {
      if (version !== undefined || partitions !== undefined) throw new MillraceError("MR-LAKE-006", { what: `"${dataset}" has neither versions nor partitions: it is no table of the lake`, where: "the request", mend: "leave version and partitions out" });
      return this.#ofSource(dataset, this.#opener(dataset, resolved.source), request, signal);
    }
    const table = await this.#parts.data.lake.table(resolved.table);
    try {
      return await this.#ofTable(await this.#version(table, version), request, signal);
    } catch (error) {
      const kept = version === undefined || partitions !== undefined ? undefined : await this.#kept(table.name, version);
      if (kept !== undefined && error instanceof MillraceError && error.code === "MR-LAKE-001") return kept;
      throw error;
    }
  }

  async compare({ dataset, version, against }: CompareRequest, signal: AbortSignal): Promise<ProfileComparison> {
    const before = await this.profile({ dataset, version: against }, signal);
    return compareProfiles(before, await this.profile({ dataset, version }, signal));
  }

  profileData(request: DataRequest, signal: AbortSignal): Promise<TableProfile> {
    return dataFile(this.#parts.folder, request, (source) => this.#ofSource(fromOutside, this.#opener(fromOutside, source), {}, signal));
  }

  async #version(table: Table, version: string | undefined): Promise<Version> {
    const metadata = await table.metadata();
    return { table, snapshotId: versionOf(table.name, metadata, version)?.["snapshot-id"] };
  }

  async #ofTable({ table, snapshotId }: Version, request: ProfileRequest, signal: AbortSignal): Promise<TableProfile> {
    const { partitions } = request;
    const held = snapshotId === undefined ? undefined : await table.hold(snapshotId, holdMs);
    try {
      const states = await tableStates({ table, snapshotId, partitions, columnsMax, run: async (sql, parts) => (await this.#run(sql, parts, signal)).rows });
      const profile = await this.#finish({ dataset: table.name, partitions, ...states });
      if (partitions === undefined) await this.#keep(profile);
      if (snapshotId === undefined) return profile;
      const source = await tableSource(table, { version: String(snapshotId) });
      return await more(profile, states.columns, async (sql) => (await this.#run(sql, [source], signal)).rows, request);
    } finally {
      await held?.release();
    }
  }

  /** What passes by once is asked for anew for each statement; anything else stays as it was found. */
  #opener(dataset: string, found: SqlSource): () => Promise<SqlSource> {
    const same = found.kind === "files" ? knownOnce(found) : found;
    const passes = found.kind === "copy" || (found.kind === "topic" && found.records.kind === "stream");
    let first: SqlSource | undefined = found;
    return async () => {
      if (!passes) return same;
      const resolved = first === undefined ? await this.#resolve(dataset) : { source: first };
      first = undefined;
      if ("source" in resolved) return resolved.source;
      throw new MillraceError("MR-SQL-003", { what: `"${dataset}" became another dataset meanwhile`, where: "the request", mend: "ask again" });
    };
  }

  async #ofSource(dataset: string, open: () => Promise<SqlSource>, wanted: Wanted, signal: AbortSignal): Promise<TableProfile> {
    const described = await this.#run("select * from part0 limit 0", [await open()], signal);
    const run: RunStatement = async (sql) => (await this.#run(sql, [await open()], signal)).rows;
    const counted = await this.#run("select count(*) from part0", [await open()], signal);
    const rows = counted.rows[0][0];
    // Where data from outside lie meanwhile is nobody's business.
    const notes = skippedTexts(counted.stats.skipped, dataset !== fromOutside);
    const { columns, leftOut } = profiledColumns(described.columns, columnsMax);
    const [measured] = await measureColumns(run, columns, { parts: ["part0"], rows: Number(rows), columnar: false });
    const states = columns.map(({ kind }, i) => stateOf(kind, measured[i]));
    const profile = await this.#finish({ dataset, snapshotId: undefined, rows: Number(rows), columns, columnsLeftOut: leftOut, states, files: { all: 0, read: 0 } });
    return more(notes.length > 0 ? { ...profile, notes } : profile, columns, run, wanted);
  }

  #finish(profiled: Omit<Profiled, "at">): Promise<TableProfile> {
    return tableProfile({ ...profiled, at: new Date((this.#parts.clock ?? Date.now)()) });
  }

  /** What views read is resolved as statements of the project's own have it. */
  async #run(sql: string, parts: readonly SqlSource[], signal: AbortSignal): Promise<QueryResult> {
    const { data, declared } = this.#parts;
    const resolveProject = data.resolver({ declared: declared() });
    return this.#runner.run({
      sql,
      signal,
      limits,
      resolve: async (references, gated) => (gated.inViews ? resolveProject(references, gated) : { sources: references.map(({ name }) => parts[Number(name.slice("part".length))]), known: [] }),
    });
  }

  /** @throws MillraceError `MR-SQL-003` when nothing has the name */
  async #resolve(dataset: string): Promise<ResolvedName> {
    const { data, declared } = this.#parts;
    const [, topic] = /^topics\.(.+)$/.exec(dataset) ?? [];
    const name = topic ?? dataset;
    const namespace = topic === undefined ? undefined : "topics";
    const at = name.indexOf(".");
    const reference = namespace !== undefined || at < 0 ? { namespace, name } : { namespace: name.slice(0, at), name: name.slice(at + 1) };
    const tables: string[] = [];
    const { sources, known } = await data.resolver({ declared: declared(), onTable: (table) => tables.push(table) })([{ ...reference, parts: dataset.split("."), where: "the request" }], {});
    if (tables.length > 0) return { table: tables[0] };
    if (sources[0] !== undefined) return { source: sources[0] };
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

  async #kept(table: string, snapshot: string): Promise<TableProfile | undefined> {
    return (await this.#parts.state.get<TableProfile>(collectionOf(table), snapshot))?.value;
  }

  async close(): Promise<void> {
    await this.#runner.close();
  }
}

type Wanted = Pick<ProfileRequest, "exact" | "relations">;

/** What is asked for beside the profile, and for which rows are read again. */
async function more(profile: TableProfile, columns: readonly ProfiledColumn[], run: RunStatement, { exact, relations }: Wanted): Promise<TableProfile> {
  const counted = exact ? { ...profile, columns: await withExactDistinct(run, "part0", columns, profile.columns) } : profile;
  return relations ? { ...counted, relations: await findRelations(run, "part0", columns, counted.columns) } : counted;
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
