import { acceptGaps } from "../engine/gap.ts";
import { keepsState, stageAccess, stagePlan, taskCount } from "../engine/stage-plan.ts";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { IcebergCatalog } from "../lake/iceberg-catalog.ts";
import type { Lake } from "../lake/lake.ts";
import type { Table } from "../lake/table.ts";
import type { Grant } from "../log/embedded/access.ts";
import type { GroupInfo, LogDriver, TopicInfo } from "../log/driver.ts";
import type { Manifest, Problem, StageDecl } from "../model/manifest.ts";
import type { SummaryQuery } from "../model/project.ts";
import type { ProfileDecl } from "../model/profile.ts";
import { projectMetrics } from "../observe/project-metrics.ts";
import type {
  ControlPlane, InstanceStatus, PartitionsRequest, ProjectStatus, ProjectSummary, Readiness, DiscardResult, LettersRequest, RedriveResult, ScaleRequest, SqlRequest, SqlResult, StageStatus, TableInfo, TablePartitions, TableStatus, TagRequest,
} from "../server/control-plane.ts";
import { redriveGroup } from "../model/redrive-group.ts";
import type { AccessControl } from "../server/access-control.ts";
import type { CatalogControl } from "../server/catalog-control.ts";
import type { QualityControl } from "../server/quality-control.ts";
import type { WorkerControl } from "../server/worker-control.ts";
import type { StateStore } from "../state/store.ts";
import type { SharedStage } from "./workers/stage-duty.ts";
import { probeFile, profileInputsFolder } from "./data-folder.ts";
import { SavedQueries } from "./queries/saved-queries.ts";
import type { QueryService } from "./queries/query-service.ts";
import { isCaughtUp } from "./caught-up.ts";
import { ProjectModels } from "./models/project-models.ts";
import { DetectService } from "./detections/detect-service.ts";
import { ProfileService } from "./profiles/profile-service.ts";
import type { Orchestrator } from "./orchestrator.ts";
import type { BucketFiles } from "./external/bucket-files.ts";
import type { ProjectData } from "./project-data.ts";
import { feedersOf } from "./table-feeders.ts";
import { runToEnd } from "./run-to-end.ts";
import { type Settled, settleLetters } from "./settle-letters.ts";
import { DeadMembers } from "./dead-members.ts";
import { decideScale, type ScaleMemory } from "./scaler.ts";
import { StageControl, type StageWishes } from "./stage-control.ts";
import { sharesPlanes } from "./shares-planes.ts";
import { stageKind } from "./stage-leases.ts";
import type { StageLife } from "./stage-process.ts";
import { Arrivals } from "./figures/arrivals.ts";
import { StageInsight } from "./figures/stage-insight.ts";
import { toldTo } from "./figures/told-to.ts";
import type { ParsedLine } from "./parsed-line.ts";
import { filledProfile } from "./drivers/filled-profile.ts";
import { stageSecrets } from "./secrets/stage-secrets.ts";
import type { LogAccess } from "./drivers/open-stage-log.ts";
import type { StageSettings } from "./stage-protocol.ts";
import { externalStatuses, martStatuses } from "./outer-status.ts";
import { unknownName } from "../server/unknown-name.ts";
import { tablePartitions } from "./table-partitions.ts";
import { tableInfo, tableStatus, unreadableTables } from "./table-status.ts";
import { TablesKnown } from "./tables-known.ts";
import { tagTable, untagTable } from "./table-tags.ts";

export interface ProjectControlOptions {
  manifest: Manifest;
  summary: SummaryQuery[];
  prices?: ProjectStatus["prices"];
  projectFolder: string;
  /** Where the sources of the manifest's release lie, as they were when it was kept. */
  filesFolder: string;
  /** Where the code of a release lies. */
  codeFolder: (release: string) => string;
  dataFolder: string;
  data: ProjectData;
  state: StateStore;
  dags: Orchestrator;
  queries: QueryService;
  catalog: CatalogControl & Pick<Catalog, "personalMarks">;
  quality: QualityControl;
  access: AccessControl;
  workers: WorkerControl;
  /** Stages that run on workers alone; `true`: all. */
  elsewhere: true | readonly string[];
  /** What a stage needs to reach the log with no more than its rights. */
  logAccess: (grant: Grant, keepsState: boolean) => LogAccess;
  /** What stands under it. */
  profile: ProfileDecl;
  /** Processes of ours that others run. */
  services: () => ProjectStatus["services"];
  /** Starts a stage, in a process of its own or in this one. `onLine` is called with each line that it says. */
  start: (settings: StageSettings, onLine: (line: ParsedLine) => void) => StageLife;
  logger: ConstructorParameters<typeof StageControl>[0]["log"];
}

const wishesCollection = "stages";
const watchMs = 1_000;
/** As far as dates of JavaScript go either way. */
const allTimeMs = 8_640_000_000_000_000;

/** Runs a project: its stages' lives, its topics and tables, and what people ask of them. */
export class ProjectControl implements ControlPlane {
  readonly log: LogDriver;
  readonly dags: Orchestrator;
  readonly models: ProjectModels;
  readonly queries: QueryService;
  readonly savedQueries: SavedQueries;
  readonly profiles: ProfileService;
  readonly detections: DetectService;
  readonly catalog: CatalogControl;
  readonly insight: StageInsight;
  readonly quality: QualityControl;
  readonly iceberg: IcebergCatalog;
  readonly access: AccessControl;
  readonly workers: WorkerControl;
  readonly #options: ProjectControlOptions;
  readonly #lake: Lake;
  readonly #tables: TablesKnown<TableStatus>;
  readonly #buckets: BucketFiles;
  readonly #startedAt = new Date();
  readonly #stages = new Map<string, StageControl>();
  readonly #dead: DeadMembers;
  readonly #scaling = new Map<string, ScaleMemory>();
  readonly #settling = new Map<string, Promise<unknown>>();
  /** Of datasets that could not be made. */
  readonly #problems: Problem[] = [];
  /** Tables of which the DAGs know that all of them is there. */
  readonly #whole = new Set<string>();
  #watch: NodeJS.Timeout | undefined;
  #lastGroups = new Map<string, GroupInfo>();
  readonly #arrivals: Arrivals;

  constructor(options: ProjectControlOptions) {
    this.#options = options;
    this.log = options.data.log;
    this.#dead = new DeadMembers(this.log, options.logger);
    this.dags = options.dags;
    this.models = new ProjectModels(options.data, () => this.manifest(), options.codeFolder);
    this.queries = options.queries;
    this.savedQueries = new SavedQueries(options.state);
    this.profiles = new ProfileService({ data: options.data, state: options.state, folder: profileInputsFolder(options.dataFolder), declared: () => this.manifest(), personal: (kind, name) => options.catalog.personalMarks(kind, name) });
    this.detections = new DetectService({ data: options.data, folder: profileInputsFolder(options.dataFolder), declared: () => this.manifest(), personal: (kind, name) => options.catalog.personalMarks(kind, name) });
    this.catalog = options.catalog;
    this.quality = options.quality;
    this.insight = new StageInsight({ manifest: options.manifest, filesFolder: options.filesFolder, state: options.state });
    this.#arrivals = new Arrivals(options.data.log);
    this.access = options.access;
    this.workers = options.workers;
    this.#lake = options.data.lake;
    this.#tables = new TablesKnown(this.#lake, tableStatus);
    this.#buckets = options.data.buckets;
    this.iceberg = this.#lake.catalog;
  }

  /** Makes topics and tables, then starts the stages (all, none, or those named). A stage whose datasets cannot be had is left out. */
  async up(stages: boolean | readonly string[]): Promise<void> {
    const { manifest, state } = this.#options;
    const broken = await this.#makeDatasets(manifest);
    await this.insight.begin(Date.now());
    const wishes = new Map((await state.list<StageWishes>(wishesCollection)).map(({ key, value }) => [key, value]));
    for (const decl of Object.values(manifest.stages)) {
      const { reads, writes } = stageAccess(decl);
      if ([...reads, ...writes, decl.table ?? ""].some((name) => broken.has(name))) continue;
      this.#stages.set(decl.name, this.#stageControl(decl, wishes.get(decl.name) ?? {}, typeof stages === "object" ? stages : undefined));
    }
    if (stages === false) return;
    await this.#begin([...this.#stages.values()].filter(({ decl }) => stages === true || stages.includes(decl.name)));
    this.#watch = setInterval(() => void this.#look().catch((error: unknown) => this.#options.logger.warn({ err: error }, "the project could not be looked over")), watchMs);
  }

  /** On a log that several control planes share each stage is one plane's; the doors of the server are open at each. */
  async #begin(stages: StageControl[]): Promise<void> {
    const shared = sharesPlanes(this.#options.profile) ? stages.filter(({ decl }) => decl.kind !== "http") : [];
    for (const stage of stages.filter((each) => !shared.includes(each))) {
      this.#dead.goneBefore(stage.decl.name);
      stage.up();
    }
    if (shared.length === 0) return;
    const { state } = this.#options;
    await this.dags.keep(stageKind(shared, { wishOf: (stage) => state.get<StageWishes>(wishesCollection, stage), onTaken: (stage) => this.#dead.goneBefore(stage) }));
  }

  /** What people have asked of stages at other control planes. */
  async #heedWishes(): Promise<void> {
    const wishes = await this.#options.state.list<StageWishes>(wishesCollection);
    await Promise.all(wishes.map(({ key, value, version }) => this.#stages.get(key)?.heed(value, version)));
  }

  async #makeDatasets(manifest: Manifest): Promise<Set<string>> {
    const broken = new Set<string>();
    const attempt = async (name: string, file: string | undefined, make: () => Promise<unknown>): Promise<void> => {
      try {
        await make();
      } catch (error) {
        broken.add(name);
        this.#problems.push({ ...asMillraceError(error, `"${name}"`).toJSON(), file: file ?? "" });
      }
    };
    for (const decl of Object.values(manifest.topics)) {
      const { name, partitions, key, retentionMs, retentionBytes, compact } = decl;
      await attempt(name, decl.declaredAt, () => this.log.ensureTopic({ name, partitions, key, retentionMs, retentionBytes, compact, decl }));
    }
    // The columns of models are what their statements give; those of loaded tables what their files hold.
    for (const decl of Object.values(manifest.tables)) if (decl.model === undefined && decl.loadedBy === undefined) await attempt(decl.name, decl.declaredAt, () => this.#lake.createTable(decl));
    return broken;
  }

  /** @param named - stages that were asked for by name: they run here, wherever they do else */
  #stageControl(decl: StageDecl, wishes: StageWishes, named: readonly string[] | undefined): StageControl {
    const { manifest, projectFolder, dataFolder, logAccess, start, state, logger, elsewhere } = this.#options;
    const log = logAccess({ name: decl.name, ...stageAccess(decl) }, keepsState(decl));
    const plan = stagePlan(manifest, decl.name);
    const lines = this.insight.linesOf(decl.name);
    const lake = (): StageSettings["lake"] => (decl.kind === "table" ? filledProfile(this.#options.profile) : undefined);
    return new StageControl({
      decl,
      wishes,
      elsewhere: named === undefined && (elsewhere === true || elsewhere.includes(decl.name)),
      start: ({ careful, skip, probeFile }) => {
        const member = this.#dead.newOwn(decl.name);
        let pid: number | undefined;
        const life = start({ plan, member, projectFolder, dataFolder, log, lake: lake(), secrets: stageSecrets(decl), careful, skip, probeFile }, ({ level, message, fields: { stage: _stage, pid: _pid, ...fields } }) => lines.add(new Date(), level, message, fields, pid));
        pid = life.pid;
        void life.ended.then(() => this.#dead.gone(decl.name, member));
        return life;
      },
      save: (next) => state.put(wishesCollection, decl.name, next),
      probeFile: (slot) => probeFile(dataFolder, decl.name, slot),
      log: toldTo(lines, logger),
    });
  }

  /**
   * A table is whole when its bounded sources have ended and all of them is in it: whoever waits for any interval of it may go
   * on. As with watermarks, sources that never end hold nothing back while they bring nothing.
   */
  async #tellWholeTables(): Promise<void> {
    const { manifest } = this.#options;
    const open = Object.keys(manifest.tables).filter((table) => !this.#whole.has(table));
    const candidates = open.flatMap((table) => {
      const feeders = feedersOf(manifest, table).map((name) => this.#stages.get(name));
      const bounded = feeders.filter((stage) => stage?.decl.bounded);
      return bounded.length > 0 && feeders.every(Boolean) && bounded.every((stage) => stage?.state === "drained") ? [{ table, feeders: feeders as StageControl[] }] : [];
    });
    if (candidates.length === 0) return;
    const groups = new Map((await this.log.groups()).map((group) => [group.group, group]));
    const topics = new Map((await this.log.topics()).map((topic) => [topic.name, topic]));
    for (const { table, feeders } of candidates) {
      if (!isCaughtUp(feeders, groups, topics)) continue;
      this.#whole.add(table);
      await this.dags.updated(table, { start: -allTimeMs, end: allTimeMs }, "all sources of it have ended");
    }
  }

  /** Once a second: rates, and how many processes each stage should have. */
  async #look(): Promise<void> {
    if (sharesPlanes(this.#options.profile)) await this.#heedWishes();
    await this.#tellWholeTables();
    const groups = await this.log.groups();
    this.#lastGroups = new Map(groups.map((group) => [group.group, group]));
    const topics = new Map((await this.log.topics()).map((topic) => [topic.name, topic]));
    await this.#arrivals.note(Date.now(), [...topics.values()]);
    const now = performance.now();
    for (const [name, stage] of this.#stages) {
      this.insight.note(Date.now(), stage, this.#lagOf(stage.decl, this.#lastGroups.get(name), topics));
      const { recordsIn, recordsOut } = stage.counts;
      stage.rates.in.sample(now, recordsIn);
      stage.rates.out.sample(now, recordsOut);
      const { min, max } = stage.scale;
      if (max <= 1 || stage.elsewhere || stage.state !== "running") continue;
      const group = this.#lastGroups.get(name);
      const unread = group?.lag.filter(({ records }) => records > 0) ?? [];
      const sample = { nowMs: now, instances: stage.instances, guests: stage.workingGuests, lag: group && sumOf(unread.map(({ records }) => records)), partitionsWithLag: unread.length, rate: stage.rates.in.perSecond };
      const decided = decideScale({ ...stage.decl.scale, min, max: Math.min(max, taskCount(this.#options.manifest, stage.decl)) }, sample, this.#scaling.get(name) ?? {});
      this.#scaling.set(name, decided.memory);
      if (decided.instances === stage.instances) continue;
      this.#options.logger.info({ stage: name, from: stage.instances, to: decided.instances, onWorkers: sample.guests, lag: sample.lag, rate: Math.round(sample.rate) }, "the stage is scaled");
      stage.setInstances(decided.instances);
    }
    await this.insight.keep(Date.now());
  }

  manifest(): Manifest {
    return this.dags.manifest;
  }

  async status(): Promise<ProjectStatus> {
    const { project, release, problems } = this.dags.manifest;
    // Groups before topics: a record written in between makes a group look behind, never caught up.
    const groups = new Map((await this.log.groups()).map((group) => [group.group, group]));
    const topics = new Map((await this.log.topics()).map((topic) => [topic.name, topic]));
    const stages = [...this.#stages.values()].map((stage) => this.#stageStatus(stage, groups, topics));
    const planes = await this.dags.planes();
    const tables = await this.#tables.now();
    const sources = stages.filter(({ kind }) => kind === "files" || kind === "source" || kind === "http").map(({ name }) => this.#sourceStatus(name));
    return {
      project,
      release,
      startedAt: this.#startedAt.toISOString(),
      idle: isCaughtUp([...this.#stages.values()], groups, topics) && (await this.dags.idle()),
      planes,
      services: [{ name: "control", pid: process.pid, restarts: 0 }, ...this.#options.services()],
      prices: this.#options.prices ?? null,
      stages,
      topics: [...topics.values()].map(({ name, partitions, partitionInfo }) => ({ name, partitions, records: sumOf(partitionInfo.map(({ records }) => records)), bytes: sumOf(partitionInfo.map(({ bytes }) => bytes)), newestAt: isoOrNull(this.#arrivals.of(name)), recordsPerSecond: this.#arrivals.perSecond(name) })),
      tables: [...tables.known.values()],
      external: externalStatuses(this.manifest()),
      marts: martStatuses(this.manifest(), this.access.tokens()),
      sources,
      problems: [...problems, ...this.#problems, ...this.#storeProblem(), ...unreadableTables(tables), ...planes.flatMap(({ self, problem }) => (self && problem ? [{ ...problem, file: "" }] : []))],
    };
  }

  #stageStatus(stage: StageControl, groups: Map<string, GroupInfo>, topics: Map<string, TopicInfo>): StageStatus {
    const { decl, counts, scale, reason, lastError, lives } = stage;
    const group = groups.get(decl.name);
    const lag = this.#lagOf(decl, group, topics);
    const standing = sumOf(stageAccess(decl).reads.map((topic) => recordsIn(topics.get(topic))));
    return {
      name: decl.name,
      kind: decl.kind,
      state: stage.state,
      reason,
      instances: lives.map(({ life, restarts }): InstanceStatus => ({ pid: life.pid, memoryBytes: life.report?.memoryBytes ?? 0, cpuSeconds: life.report?.cpuSeconds ?? 0, startedAt: life.startedAt.toISOString(), restarts })).concat(guestInstances(stage)),
      scale,
      recordsInPerSecond: stage.rates.in.perSecond,
      recordsOutPerSecond: stage.rates.out.perSecond,
      recordsIn: decl.from.length > 0 ? Math.max(0, standing - (lag ?? standing)) : (stage.progress?.done ?? counts.recordsIn),
      recordsOut: counts.recordsOut,
      lagRecords: lag,
      deadLetters: decl.dlq === undefined ? 0 : unreadOf([decl.dlq], groups.get(redriveGroup(decl.name)), topics),
      warnedRecords: counts.warned,
      lateRecords: decl.late === undefined ? 0 : recordsIn(topics.get(decl.late)),
      today: this.insight.workOf(decl.name),
      lastError,
    };
  }

  /** Null while unknown. */
  #lagOf(decl: StageDecl, group: GroupInfo | undefined, topics: Map<string, TopicInfo>): number | null {
    if (decl.from.length === 0) return 0;
    return group ? unreadOf(stageAccess(decl).reads, group, topics) : null;
  }

  #sourceStatus(name: string): ProjectStatus["sources"][number] {
    const stage = this.#stages.get(name) as StageControl;
    return { name, bounded: stage.decl.bounded === true, progress: stage.progress, ended: stage.state === "drained" };
  }

  intakePaused(source: string): string | undefined {
    const stage = this.#stages.get(source);
    return stage ? stage.wishes.paused?.reason : "it was left out: a dataset of it could not be made; see the problems in `millrace status`";
  }

  ingested(source: string, records: number): void {
    this.#stages.get(source)?.ingested(records);
  }

  async pause(stage: string, reason = "paused by request"): Promise<void> {
    await this.#stage(stage).pause(reason);
  }

  /** A stage that has paused before a gap goes on behind it: resuming is how the gap is accepted. */
  async resume(stage: string): Promise<void> {
    const control = this.#stage(stage);
    if (control.wishes.paused?.error?.code === "MR-LOG-005") {
      const gaps = await acceptGaps(this.log, stage);
      this.#options.logger.warn({ stage, gaps }, "the stage goes on behind records that retention has removed");
    }
    await control.resume();
  }

  async scale(stage: string, { min, max }: ScaleRequest): Promise<void> {
    const control = this.#stage(stage);
    const next = { min: min ?? Math.min(control.scale.min, max ?? Infinity), max: max ?? Math.max(control.scale.max, min ?? 0) };
    if (next.min > next.max || next.max < 1) throw new MillraceError("MR-HTTP-006", { what: `from ${next.min} to ${next.max} processes is no range`, where: `stage "${stage}"`, mend: "give max at least 1, and min no larger than max" });
    await control.rescale(next);
  }

  /**
   * A stage as a worker on another machine is given it.
   * @throws MillraceError `MR-ENGINE-005` for none, `MR-WORKER-003` for one that cannot go to another machine
   */
  sharedStage(name: string): SharedStage {
    const control = this.#stage(name);
    const { manifest, profile } = this.#options;
    const cannot = (what: string, mend: string) => new MillraceError("MR-WORKER-003", { what, where: `stage "${name}"`, mend });
    if (control.decl.kind === "http") throw cannot("an HTTP source is a door of the control plane, and has no process", "let workers run the stages behind it");
    const { log, files } = profile;
    const shared: SharedStage = { control, plan: stagePlan(manifest, name), gone: (member) => this.#dead.gone(name, member) };
    if (control.decl.kind !== "table") return { ...shared, ...(log && keepsState(control.decl) && { files }) };
    if (!files) throw cannot("the stage writes a table, whose files are in a folder of the control plane's machine", "put the lake into a bucket: profile: { files: s3Files({ … }) }; or run the stage beside the control plane");
    return { ...shared, files };
  }

  /** For tasks that are a bounded run of a stage. */
  runToEnd(stage: string, signal: AbortSignal): Promise<{ records: number }> {
    return runToEnd(this.log, this.#stage(stage), signal);
  }

  async restart(stage: string): Promise<void> {
    await this.#stage(stage).restart();
  }

  #stage(name: string): StageControl {
    const stage = this.#stages.get(name);
    if (stage) return stage;
    throw new MillraceError("MR-ENGINE-005", { what: `stage "${name}" does not exist`, where: `project "${this.#options.manifest.project}"`, mend: `use one of ${[...this.#stages.keys()].map((known) => `"${known}"`).join(", ")}` });
  }

  async redrive(stage: string, request: LettersRequest): Promise<RedriveResult> {
    const { dlq, redrive: back } = this.#stage(stage).decl;
    if (dlq !== undefined && back === undefined) throw new MillraceError("MR-ENGINE-005", { what: `the dead letters of "${stage}" cannot be read as they are, and would come back`, where: `stage "${stage}"`, mend: "mend what writes the records, write them again, and discard the dead letters" });
    const { matched, settled } = await this.#settle(stage, request, back);
    return { matched, redriven: settled };
  }

  async discard(stage: string, request: LettersRequest): Promise<DiscardResult> {
    const { matched, settled } = await this.#settle(stage, request);
    return { matched, discarded: settled };
  }

  async #settle(stage: string, request: LettersRequest, back?: string): Promise<Settled> {
    const { dlq } = this.#stage(stage).decl;
    if (dlq === undefined) throw new MillraceError("MR-ENGINE-005", { what: `stage "${stage}" has no dead letters`, where: `stage "${stage}"`, mend: "name a stage that reads topics with code of yours" });
    const { partitions } = this.#options.manifest.topics[dlq];
    // Two at once would each hold some of the partitions and wait for the others.
    const before = this.#settling.get(stage) ?? Promise.resolve();
    const done = before.then(() => settleLetters({ ...request, log: this.log, stage, dlq, redrive: back, partitions }));
    this.#settling.set(stage, done.catch(() => undefined));
    return done;
  }

  sql(request: SqlRequest, signal: AbortSignal): Promise<SqlResult> {
    return this.queries.sql(request, signal);
  }

  async tables(): Promise<TableStatus[]> {
    return [...(await this.#tables.now()).known.values()];
  }

  async table(name: string): Promise<TableInfo> {
    return this.#infoOf(await this.#table(name));
  }

  async #infoOf(table: Table): Promise<TableInfo> {
    return tableInfo(table.name, await table.metadata(), this.dags.manifest.tables[table.name]);
  }

  async partitions(name: string, page: PartitionsRequest): Promise<TablePartitions> {
    return tablePartitions(await this.#table(name), page);
  }

  async #table(name: string): Promise<Table> {
    const names = await this.#lake.tables();
    if (!names.includes(name)) throw unknownName("MR-LAKE-001", "table", name, names, "the address");
    return this.#lake.table(name);
  }

  async tag(name: string, request: TagRequest): Promise<TableInfo> {
    return this.#infoOf(await tagTable(this.#lake, name, request));
  }

  async untag(name: string, tag: string): Promise<TableInfo> {
    return this.#infoOf(await untagTable(this.#lake, name, tag));
  }

  async metrics(): Promise<string> {
    return projectMetrics({ ...(await this.status()), ...this.dags.figures(), workers: this.workers.list() });
  }

  #storeProblem(): Problem[] {
    const { trouble } = this.dags;
    return trouble ? [{ ...trouble.toJSON(), file: "" }] : [];
  }

  async ready(): Promise<Readiness> {
    const reasons: string[] = this.#storeProblem().map(({ what }) => `DAGs wait: ${what}`);
    await this.log.positions("readyz").catch((error: Error) => reasons.push(error.message.split("\n")[0]));
    for (const [name, stage] of this.#stages) if (stage.state === "failed") reasons.push(`stage "${name}" fails: ${stage.reason ?? "see its log"}`);
    return { ready: reasons.length === 0, reasons };
  }

  async summary(): Promise<ProjectSummary> {
    const results = await Promise.all(
      this.#summaryQueries().map(async ({ name, title, sql }) => {
        const { columns, rows } = await this.sql({ sql, limit: 1_000, timeoutMs: 60_000 }, new AbortController().signal);
        return { name, title, sql, columns, rows };
      }),
    );
    return { results };
  }

  #summaryQueries(): SummaryQuery[] {
    const { summary, manifest } = this.#options;
    if (summary.length > 0) return summary;
    const tables = Object.keys(manifest.tables);
    if (tables.length === 0) return [];
    const quoted = (name: string): string => name.split(".").map((part) => `"${part}"`).join(".");
    return [{ name: "tables", title: "Rows", sql: tables.map((name) => `SELECT '${name}' AS "table", count(*) AS rows FROM ${quoted(name)}`).join(" UNION ALL ") }];
  }

  /** Ends the stages after their epoch under way, then everything else. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    await this.insight.keep(Date.now(), { atOnce: true });
    this.#dead.close();
    await this.dags.close();
    await Promise.all([...this.#stages.values()].map((stage) => stage.down()));
    await Promise.all([this.queries.close(), this.models.close(), this.profiles.close(), this.detections.close()]);
    this.#buckets.close();
    await this.#lake.close();
  }
}

function guestInstances({ guests }: StageControl): InstanceStatus[] {
  return guests.flatMap(({ machine, news }) => {
    if (!news?.instance) return [];
    const { member: _, ...instance } = news.instance;
    return [{ ...instance, machine }];
  });
}

const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());
const sumOf = (values: number[]): number => values.reduce((total, value) => total + value, 0);
const recordsIn = (topic: TopicInfo | undefined): number => sumOf(topic?.partitionInfo.map(({ records }) => records) ?? []);

/** Records that the group has not committed; of a partition that it has never committed, all. */
function unreadOf(names: string[], group: GroupInfo | undefined, topics: Map<string, TopicInfo>): number {
  const lag = new Map(group?.lag.map(({ topic, partition, records }) => [`${topic}/${partition}`, records]));
  return sumOf(names.flatMap((name) => topics.get(name)?.partitionInfo.map(({ partition, records }) => lag.get(`${name}/${partition}`) ?? records) ?? []));
}
