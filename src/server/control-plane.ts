import type { IcebergCatalog } from "../lake/iceberg-catalog.ts";
import type { LogDriver } from "../log/driver.ts";
import type { Reader } from "../govern/reader.ts";
import type { Column, Json, Manifest, Problem, StageKind } from "../model/manifest.ts";
import type { ExternalDecl } from "../model/external-decl.ts";
import type { ErrorJson } from "../errors.ts";
import type { AccessControl } from "./access-control.ts";
import type { CatalogControl } from "./catalog-control.ts";
import type { DetectControl } from "./detect-control.ts";
import type { InsightControl } from "./insight-control.ts";
import type { DagControl } from "./dag-control.ts";
import type { ModelControl } from "./model-control.ts";
import type { ProfileControl } from "./profile-control.ts";
import type { QualityControl } from "./quality-control.ts";
import type { QueryControl } from "./query-control.ts";
import type { SavedQueryControl } from "./saved-query-control.ts";
import type { WorkerControl } from "./worker-control.ts";

/**
 * What the server needs from the process that runs a project. The server holds no state of the project: it asks here at
 * each request. Every method may throw a MillraceError; it reaches the caller with its code.
 */
export interface ControlPlane {
  /** With the right to read and write every topic. */
  readonly log: LogDriver;
  /** DAGs, their runs, backfills and pools. */
  readonly dags: DagControl;
  /** Tables that are made by statements. */
  readonly models: ModelControl;
  /** Statements as records, with results that are kept. */
  readonly queries: QueryControl;
  /** Statements that people keep under a name. */
  readonly savedQueries: SavedQueryControl;
  /** What the values of datasets are like. */
  readonly profiles: ProfileControl;
  /** Looks for outliers. */
  readonly detections: DetectControl;
  /** What is known of all datasets, and what finds it out. */
  readonly catalog: CatalogControl;
  /** How stages have done, what they say, and what they run. */
  readonly insight: InsightControl;
  /** How datasets are judged by their checks. */
  readonly quality: QualityControl;
  /** The lake's tables, as other engines work with them. */
  readonly iceberg: IcebergCatalog;
  /** Tokens of audiences, and who holds them. */
  readonly access: AccessControl;
  /** Processes on other machines. */
  readonly workers: WorkerControl;
  /** The release that runs now. Called at each request: it must be cheap, and the same object until the release changes. */
  manifest(): Manifest;
  status(): Promise<ProjectStatus>;
  /**
   * Why an `http` source takes no records now; undefined when it does. Called for each post: it must be cheap.
   * A paused source answers 503 until it is resumed.
   */
  intakePaused(source: string): string | undefined;
  /** An `http` source has taken records, and they are on disk. */
  ingested(source: string, records: number): void;
  /** Finishes the epoch under way, then stops reading. Pausing what is paused changes the reason alone. */
  pause(stage: string, reason?: string): Promise<void>;
  /** Resuming what runs is no error. */
  resume(stage: string): Promise<void>;
  /** Overrides what the stage declares until the next release. */
  scale(stage: string, scale: ScaleRequest): Promise<void>;
  /** Drains the stage's processes and starts them anew. */
  restart(stage: string): Promise<void>;
  /** Sends dead letters of the stage through it again. Resolves when the choice is on disk, not when they are done. */
  redrive(stage: string, request: LettersRequest): Promise<RedriveResult>;
  /** Dead letters of the stage wait no longer, and go nowhere; they stand in their topic until its retention. Resolves when that is on disk. */
  discard(stage: string, request: LettersRequest): Promise<DiscardResult>;
  /** Runs a statement of a user, in a process of its own. Aborting `signal` ends that process. */
  sql(request: SqlRequest, signal: AbortSignal): Promise<SqlResult>;
  /** Of which something is known; by name. */
  tables(): Promise<TableStatus[]>;
  /** @throws MillraceError `MR-LAKE-001` when there is no such table */
  table(name: string): Promise<TableInfo>;
  /**
   * What lies in each partition of a version of a table, a page of them.
   * @throws MillraceError `MR-LAKE-001` when there is no such table or version; `MR-HTTP-006` when `after` is no page's
   */
  partitions(table: string, page: PartitionsRequest): Promise<TablePartitions>;
  /** Gives a version of a table a name. */
  tag(table: string, request: TagRequest): Promise<TableInfo>;
  /** Takes the name of a version back. */
  untag(table: string, tag: string): Promise<TableInfo>;
  /** Metrics of the project in Prometheus' text format 0.0.4; none whose name begins with `millrace_http_` or `millrace_ingest_`. */
  metrics(): Promise<string>;
  ready(): Promise<Readiness>;
  /** The results of the project's summary queries, as they stand now. */
  summary(): Promise<ProjectSummary>;
}

export interface ScaleRequest {
  /** Fewest processes, 0 or more. Absent: as it is, or lower where `max` forces it. */
  min?: number;
  /** Most processes, at least 1 and not below `min`. Absent: as it is, or higher where `min` forces it. */
  max?: number;
}

/** Which dead letters of those that wait. */
export interface LettersRequest {
  /** Most records, the oldest first. Absent: all that match. */
  limit?: number;
  filter?: { errorCode?: string };
  /** These alone, by their places in the topic of dead letters. Those that no longer wait there are passed over. */
  records?: { partition: number; offset: number }[];
  /** Only count. */
  dryRun?: boolean;
}

export interface RedriveResult {
  /** Dead letters that match the filter. */
  matched: number;
  /** Those sent again: 0 in a dry run. */
  redriven: number;
}

export interface DiscardResult {
  /** Dead letters that match the filter. */
  matched: number;
  /** Those that wait no longer: 0 in a dry run. */
  discarded: number;
}

export interface SqlRequest {
  sql: string;
  /** Most rows to answer with. */
  limit: number;
  timeoutMs: number;
  /** Who asks, as the caller says. */
  by?: string;
  /** As in `QuerySubmit`. */
  reader?: Reader;
}

export interface SqlResult {
  columns: { name: string; type: string }[];
  /** Values in the order of `columns`. A 64-bit integer or decimal that no number holds exactly is a string. */
  rows: unknown[][];
  rowCount: number;
  /** There were more rows than `limit`. */
  truncated: boolean;
  /** What the reader should know, such as a topic read in part. */
  notes?: string[];
  elapsedMs: number;
}

export interface Readiness {
  ready: boolean;
  /** Why not; empty when ready. */
  reasons: string[];
}

export interface ProjectSummary {
  results: { name: string; title: string; sql: string; columns: { name: string; type: string }[]; rows: unknown[][] }[];
}

export interface ProjectStatus {
  project: string;
  release: string;
  /** ISO 8601. */
  startedAt: string;
  /** Every bounded source has ended and every stage has read and committed all there is. */
  idle: boolean;
  /** Who runs it: one, or as many as share its state. In the order of `id`. */
  planes: PlaneStatus[];
  /** Processes of Millrace's own beside the stages. */
  services: ServiceStatus[];
  /** What stages use is charged by; null: nobody has said. */
  prices: PriceStatus | null;
  stages: StageStatus[];
  topics: TopicStatus[];
  tables: TableStatus[];
  sources: SourceStatus[];
  /** What stands outside of the lake and is read there. */
  external: ExternalStatus[];
  marts: MartStatus[];
  /** Declarations left out of the release. */
  problems: Problem[];
}

/** A control plane that lives. */
export interface PlaneStatus {
  id: string;
  /** It is the one that was asked. Figures of stages are of its own processes; what `idle`, `topics` and `tables` say is of all. */
  self: boolean;
  /** Null of one that has not said it yet. */
  machine: string | null;
  pid: number | null;
  /** ISO 8601. */
  since: string | null;
  /** ISO 8601. One that is silent for longer than its lease, ten seconds, is no more among them. */
  lastSeen: string;
  /** The release that its DAGs run. */
  release: string | null;
  /** It holds nothing as long as others work: it only looks, or cannot run the release of the others. */
  standsBack: boolean;
  /** The parts of the DAGs that it runs, from 0. */
  shards: number[];
  /** Stages that it runs, where planes share them. */
  stages: string[];
  /** What it does for all of them. */
  duties: string[];
  /** Why it cannot run what the others run. */
  problem: ErrorJson | null;
}

export interface ExternalStatus {
  /** Of a table; of a database that is mounted, its namespace. */
  name: string;
  kind: ExternalDecl["kind"];
  /** Paths of files, or the schema of a database. */
  at: string;
}

export interface MartStatus {
  name: string;
  readers: string[];
  /** How many. */
  tables: number;
  /** Tokens that open it now. */
  tokens: number;
}

export interface ServiceStatus {
  /** `door`: by it workers on other machines reach the log where that is Kafka. */
  name: "control" | "log" | "door";
  /** Null while it is being started. */
  pid: number | null;
  restarts: number;
}

/** `drained`: has read all of a bounded input and left. `stopped`: on purpose, as when Millrace goes down. */
export type StageState = "running" | "starting" | "paused" | "failed" | "drained" | "stopped";

export interface StageStatus {
  name: string;
  kind: StageKind;
  state: StageState;
  /** Why it is not running: who paused it, what failed. */
  reason?: string;
  instances: InstanceStatus[];
  scale: { min: number; max: number };
  /** Means over the last ten seconds. */
  recordsInPerSecond: number;
  recordsOutPerSecond: number;
  /**
   * Of a stage that reads topics: of the records that stand in them, those that it has committed, whichever run it was;
   * retention makes them fewer. Of a file source that is reading: rows of its files so far, earlier runs among them. Of
   * any other source: records taken in since the control plane's start. On Kafka, which counts the ends of transactions
   * too, this is at most so many; so are dead and late records, and those of a topic.
   */
  recordsIn: number;
  /** Since the control plane's start. */
  recordsOut: number;
  /** Records of its inputs not yet committed; null while unknown, which is not zero. */
  lagRecords: number | null;
  /** Dead letters that stand in its topic. */
  deadLetters: number;
  lateRecords: number;
  /** What its processes have used since midnight UTC. */
  today: StageWork;
  /** Records that break a check which lets them through, once for each check, since the control plane's start. */
  warnedRecords: number;
  lastError?: ErrorJson & { at: string };
}

export interface PriceStatus {
  /** ISO 4217. */
  currency: string;
  coreHour: number;
  gibHour: number;
}

export interface StageWork {
  /** Of processors, user and system. */
  cpuSeconds: number;
  /** Of memory held: GiB for one second. */
  memoryGibSeconds: number;
}

export interface InstanceStatus {
  pid: number;
  memoryBytes: number;
  /** Used since its start, user and system. */
  cpuSeconds: number;
  /** ISO 8601. */
  startedAt: string;
  /** Starts of this instance after the first. */
  restarts: number;
  /** Where it is, when it is a worker's. */
  machine?: string;
}

export interface TopicStatus {
  name: string;
  records: number;
  bytes: number;
  partitions: number;
  /** When the log took the newest record, ISO 8601; null while that is not known. */
  newestAt: string | null;
  /** Records that came, whoever wrote them: the mean of the last ten seconds. */
  recordsPerSecond: number;
}

export interface TableStatus {
  name: string;
  rows: number;
  /** Id of the current snapshot, as a string: it has 63 bits. Null before the first. */
  snapshot: string | null;
  files: number;
  /** When that snapshot was committed, ISO 8601. */
  newestAt: string | null;
}

export interface SourceStatus {
  name: string;
  bounded: boolean;
  /** Records of a bounded source; `total` is null where it cannot be known beforehand. */
  progress?: { done: number; total: number | null };
  ended: boolean;
}

export interface TagRequest {
  tag: string;
  /** The id of a snapshot, a tag or a branch. Default: the table as it is. */
  version?: string;
  /** A duration, counted from the version's own time, after which the tag goes. Absent: never. */
  keepFor?: string;
}

/** A name of a version. */
export interface RefInfo {
  name: string;
  kind: "tag" | "branch";
  snapshot: string;
}

export interface TableInfo extends TableStatus {
  columns: Column[];
  partitionBy: { column: string; transform: string; parameter?: number }[];
  bytes: number;
  /** The newest first; at most the last 100. */
  snapshots: SnapshotInfo[];
  /** Tags and branches, by name; the table itself is no branch of it. */
  refs: RefInfo[];
}

export interface PartitionsRequest {
  /** Most partitions of the page. */
  limit: number;
  /** Id of a snapshot, a tag or a branch; absent: the current one. */
  version?: string;
  /** `next` of the page before, which says the version too. */
  after?: string;
}

export interface TablePartitions {
  /** Fields that the table is partitioned by now; none where it is not. */
  by: { name: string; column: string; transform: string }[];
  /** Rows that were deleted since and stand in the files until they are compacted: those of all partitions together. The partitions' figures have them. */
  deletedRows: number;
  /** All that there are. */
  count: number;
  /** The greatest values first. */
  partitions: PartitionInfo[];
  /** What `after` must be for the next page, which is of the same version; null when this is the last. */
  next: string | null;
}

export interface PartitionInfo {
  /** By which of the table's specs it is one: two may have the same values by other fields of the same names. */
  spec: number;
  /** By name of the partition field, as people write it: the day of a `day`. */
  values: Record<string, string | null>;
  /** In its files, those among them that were deleted since and not yet taken out. */
  rows: number;
  files: number;
  bytes: number;
}

export interface SnapshotInfo {
  id: string;
  /** ISO 8601. */
  at: string;
  operation: string;
  rows: number;
  files: number;
  /** What the commit carried: release, input positions. */
  summary: { [key: string]: Json };
}
