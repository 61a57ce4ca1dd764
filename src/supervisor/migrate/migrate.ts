import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import { lakeCargo } from "../../lake/carry/cargo.ts";
import { carryLake, verifyLake } from "../../lake/carry/carry-lake.ts";
import { movePositions, tablePositions } from "../../lake/carry/move-positions.ts";
import { moveBetween, type PositionMove } from "../../lake/carry/relocate.ts";
import { carryGroups, carryRecords, groupSpots, settleTopics, verifyRecords } from "../../log/carry-log.ts";
import type { LogDriver } from "../../log/driver.ts";
import { lockFolder } from "../../log/embedded/lock.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import { carryState, countOnInPostgres, stateRows, verifyState } from "../../state/carry-state.ts";
import { entrySchema } from "../../state/entries.ts";
import { openRunsDatabase } from "../../state/postgres-runs.ts";
import { runSchema } from "../../state/run-schema.ts";
import { shardCount } from "../../state/shard-schema.ts";
import { SqliteDatabase } from "../../state/sqlite-database.ts";
import type { StateStore } from "../../state/store.ts";
import { logFolder, scratchFolder, stateFile } from "../data-folder.ts";
import { filledProfile } from "../drivers/filled-profile.ts";
import { openLakeFiles, openSharedFiles } from "../drivers/open-files.ts";
import { openState } from "../drivers/open-state.ts";
import { openKafka } from "../drivers/open-stage-log.ts";
import { inProcessLog } from "../in-process-log.ts";
import { carryKept, countKept } from "./carry-kept.ts";
import { type Journal, placesOf, type ProfilePart, profileParts, readJournal, writeJournal } from "./migration-journal.ts";

/*
 * Carries what an embedded project holds to where its profile says: the log first, since tables hold positions in it, then
 * the files, then the state, which points to them. Each part is copied, compared, and only then said to be done. What is
 * copied stands in the new place, so that whoever ends this at any moment begins again where it was. The data folder keeps
 * all that it had.
 */

export interface MigrationOptions {
  dataFolder: string;
  /** As the configuration has it, secrets by name. */
  profile: ProfileDecl;
  /** Those that are to be carried, of those that the profile names. */
  parts: readonly ProfilePart[];
  /** Only says what would be carried. */
  dryRun?: boolean;
  /** What is under way, and how much of it is done. */
  onProgress?: (part: ProfilePart, what: string, amount: number) => void;
}

export interface PartReport {
  part: ProfilePart;
  to: string;
  /** `done before`: by an earlier call. */
  state: "would be carried" | "carried" | "done before";
  /** By what it is: topics, groups, kinds of files, kinds of rows. */
  counts: Record<string, number>;
  bytes?: number;
  /** By topic partition, lake, kind of row. */
  digests?: Record<string, string>;
}

interface Work extends MigrationOptions {
  filled: ProfileDecl;
  journal: Journal;
  /** That of the lake, and of who points to it, as they are now. */
  lake: { files: FilesDriver; state: StateStore };
  progress: (part: ProfilePart, what: string, amount: number) => void;
}

/**
 * @returns what was carried, part by part
 * @throws MillraceError `MR-LOG-001` while Millrace runs on the folder; `MR-MIGRATE-001` when the place to carry to holds
 *   what is not of this migration; `MR-MIGRATE-002` when what is there is not what was carried
 */
export async function migrate(options: MigrationOptions): Promise<PartReport[]> {
  const { dataFolder, profile, parts } = options;
  if (!existsSync(dataFolder)) throw refused("there is no data to carry", dataFolder, "name the folder with --data; a project that never ran needs no migration");
  const lock = await lockFolder(dataFolder, "control");
  const undo: (() => Promise<void>)[] = [async () => lock.release()];
  try {
    const filled = filledProfile(profile);
    const journal = await readJournal(dataFolder);
    await mkdir(scratchFolder(dataFolder), { recursive: true });
    const place = (part: ProfilePart): boolean => journal[part]?.done === true && journal[part].to === placesOf(profile)[part];
    const state = await openState(place("state") ? filled.state : undefined, dataFolder);
    undo.push(() => state.close());
    const files = await openLakeFiles(place("files") ? filled.files : undefined, { dataFolder, scratch: scratchFolder(dataFolder) });
    const work: Work = { ...options, filled, journal, lake: { files, state }, progress: options.onProgress ?? (() => undefined) };
    const reports: PartReport[] = [];
    for (const part of profileParts) if (parts.includes(part) && profile[part] !== undefined) reports.push(await carryPart(part, work));
    return reports;
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

const carriers: Record<ProfilePart, (work: Work, isBegun: boolean) => Promise<Omit<PartReport, "part" | "to" | "state">>> = { log: carryLog, files: carryFiles, state: carryStore };

async function carryPart(part: ProfilePart, work: Work): Promise<PartReport> {
  const to = placesOf(work.profile)[part] as string;
  const before = work.journal[part];
  if (before?.done && before.to === to) {
    if (part === "log" && !work.dryRun) await tellTables(work);
    return { part, to, state: "done before", counts: {} };
  }
  const report = await carriers[part](work, before?.to === to);
  if (!work.dryRun) await note(work, part, { done: true });
  if (part === "log" && !work.dryRun) await tellTables(work);
  return { part, to, state: work.dryRun ? "would be carried" : "carried", ...report };
}

async function note(work: Work, part: ProfilePart, more: object): Promise<void> {
  work.journal[part] = { ...work.journal[part], to: placesOf(work.profile)[part] as string, done: false, ...more };
  await writeJournal(work.dataFolder, work.journal);
}

/** Until it is begun nothing is there; from then on what is there is ours. */
async function begin(work: Work, part: ProfilePart, isBegun: boolean, isEmpty: () => Promise<boolean>): Promise<void> {
  const to = placesOf(work.profile)[part] as string;
  if (!isBegun && !(await isEmpty())) throw refused(`something is there already, which this migration has not brought`, to, "name a place of its own in the configuration: another prefix, schema or folder; or empty that one");
  if (!isBegun) await note(work, part, { moved: undefined, told: undefined });
}

async function carryLog(work: Work, isBegun: boolean): Promise<Omit<PartReport, "part" | "to" | "state">> {
  const from = await inProcessLog(logFolder(work.dataFolder), { name: "migrate", reads: ["*"], writes: ["*"], admin: true });
  try {
    if (work.dryRun) return await logReport(from.driver);
    const to = await openKafka(work.filled.log!);
    try {
      await begin(work, "log", isBegun, async () => (await to.topics()).length + (await to.groups()).length === 0);
      await carryRecords(from.driver, to, (topic, records) => work.progress("log", topic, records));
      const ofTables = await tablePositions(work.lake.files, work.lake.state);
      work.progress("log", "comparing", 0);
      const { partitions, move } = await verifyRecords(from.driver, to, [...(await groupSpots(from.driver)), ...ofTables]);
      await carryGroups(from.driver, to, move);
      await settleTopics(from.driver, to);
      await note(work, "log", { moved: ofTables.map((position) => ({ ...position, to: move(position) })), told: ofTables.length === 0 });
      return { ...(await logReport(from.driver)), digests: Object.fromEntries(partitions.map(({ topic, partition, digest }) => [`${topic}/${partition}`, digest])) };
    } finally {
      await to.close();
    }
  } finally {
    await from.driver.close();
    await from.close();
  }
}

async function logReport(log: LogDriver): Promise<Omit<PartReport, "part" | "to" | "state">> {
  const topics = await log.topics();
  const partitions = topics.flatMap(({ partitionInfo }) => partitionInfo);
  return {
    counts: { topics: topics.length, partitions: partitions.length, records: partitions.reduce((sum, { records }) => sum + records, 0), groups: (await log.groups()).length },
    bytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Tables that are carried themselves get their positions on the way; those that stay, where they are. */
async function tellTables(work: Work): Promise<void> {
  const { log } = work.journal;
  const filesGo = work.parts.includes("files") && work.profile.files !== undefined && work.journal.files?.done !== true;
  if (!log || log.told || filesGo) return;
  await movePositions(work.lake.files, work.lake.state, log.to, positionMove(log.moved));
  await note(work, "log", { done: true, told: true });
}

function positionMove(moved: NonNullable<Journal["log"]>["moved"] = []): PositionMove {
  const places = new Map(moved.map(({ topic, partition, offset, to }) => [`${topic}/${partition}@${offset}`, to]));
  return ({ topic, partition, offset }) => places.get(`${topic}/${partition}@${offset}`) ?? offset;
}

async function carryFiles(work: Work, isBegun: boolean): Promise<Omit<PartReport, "part" | "to" | "state">> {
  const { dataFolder, filled, lake, journal } = work;
  const to = await openLakeFiles(filled.files, { dataFolder, scratch: scratchFolder(dataFolder) });
  const cargo = await lakeCargo(lake.files, lake.state, moveBetween(lake.files, to));
  const counts = { tables: cargo.tables.length, versions: cargo.tables.reduce((sum, { snapshots }) => sum + snapshots, 0), ...Object.fromEntries([...Map.groupBy(cargo.files, ({ kind }) => (kind === "bytes" ? "files" : kind))].map(([kind, files]) => [kind, files.length])) };
  const bytes = cargo.files.reduce((sum, file) => sum + file.bytes, 0);
  Object.assign(counts, await countKept(dataFolder));
  if (work.dryRun) return { counts, bytes };
  await begin(work, "files", isBegun, () => isEmptyStore(to));
  const offsetOf = journal.log?.done && !journal.log.told ? positionMove(journal.log.moved) : undefined;
  await carryLake(cargo, lake.files, to, { offsetOf, onFile: (file) => work.progress("files", file.key, file.bytes) });
  const shared = await openSharedFiles(filled.files, scratchFolder(dataFolder));
  if (shared) await carryKept(dataFolder, shared, (key, size) => work.progress("files", key, size));
  work.progress("files", "comparing", 0);
  const digest = await verifyLake(cargo, lake.files, to, { offsetOf });
  if (offsetOf) await note(work, "log", { done: true, told: true });
  return { counts, bytes, digests: { lake: digest } };
}

async function isEmptyStore(files: FilesDriver): Promise<boolean> {
  for await (const _ of files.list("")) return false;
  return true;
}

async function carryStore(work: Work, isBegun: boolean): Promise<Omit<PartReport, "part" | "to" | "state">> {
  const from = await SqliteDatabase.open(stateFile(work.dataFolder), [entrySchema, runSchema]);
  try {
    const rows = await stateRows(from);
    const counts = Object.fromEntries(rows.map(({ table, rows: count }) => [table, count]));
    if (work.dryRun) return { counts };
    const to = await openRunsDatabase(work.filled.state!);
    try {
      await begin(work, "state", isBegun, async () => (await stateRows(to)).length === 0);
      const shards = await to.read("the shards", shardCount);
      await carryState(from, to, shards, (table, count) => work.progress("state", table, count));
      await to.write("numbers", [], countOnInPostgres);
      work.progress("state", "comparing", 0);
      const verified = await verifyState(from, to, shards);
      return { counts, digests: Object.fromEntries(verified.map(({ table, digest }) => [table, digest])) };
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

const refused = (what: string, where: string, mend: string): MillraceError => new MillraceError("MR-MIGRATE-001", { what, where, mend });
