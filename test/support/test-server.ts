import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import type { CatalogControl } from "../../src/server/catalog-control.ts";
import type { ProfileControl } from "../../src/server/profile-control.ts";
import type { DetectControl } from "../../src/server/detect-control.ts";
import type { QualityControl } from "../../src/server/quality-control.ts";
import type { ModelControl } from "../../src/server/model-control.ts";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { MillraceError } from "../../src/errors.ts";
import type { Lake } from "../../src/lake/lake.ts";
import type { Table } from "../../src/lake/table.ts";
import type { Entry, LogDriver } from "../../src/log/driver.ts";
import { EmbeddedLog } from "../../src/log/embedded/embedded-log.ts";
import { directPort } from "../../src/log/embedded/port.ts";
import { LogService } from "../../src/log/embedded/service.ts";
import type { SqlRunner } from "../../src/sql/sql-runner.ts";
import type { StateStore } from "../../src/state/store.ts";
import { sqliteState } from "../../src/state/sqlite.ts";
import type { Manifest, StageDecl, TopicDecl } from "../../src/model/manifest.ts";
import type { ControlPlane, PartitionsRequest, LettersRequest, SqlRequest, StageStatus, TableInfo, TableStatus, TagRequest } from "../../src/server/control-plane.ts";
import { createServer, type ServerOptions } from "../../src/server/create-server.ts";
import { unknownName } from "../../src/server/unknown-name.ts";
import { daily, TestDags } from "./test-dags.ts";
import { ProjectAccess } from "../../src/supervisor/project-access.ts";
import { StageInsight } from "../../src/supervisor/figures/stage-insight.ts";
import { ProjectData } from "../../src/supervisor/project-data.ts";
import { openQueries } from "../../src/supervisor/queries/open-queries.ts";
import { SavedQueries } from "../../src/supervisor/queries/saved-queries.ts";
import type { QueryService } from "../../src/supervisor/queries/query-service.ts";
import { tablePartitions } from "../../src/supervisor/table-partitions.ts";
import { tableInfo } from "../../src/supervisor/table-status.ts";
import { tagTable, untagTable } from "../../src/supervisor/table-tags.ts";
import { folderFiles } from "../../src/files/folder.ts";
import type { WorkerControl } from "../../src/server/worker-control.ts";
import { ProjectWorkers } from "../../src/supervisor/workers/project-workers.ts";

/** A server with a real log under it, reached over real HTTP. What a stage process would do is left out. */
export interface TestServer {
  app: FastifyInstance;
  log: LogDriver;
  control: TestControl;
  /** Where the tables' pointers stand. */
  state: StateStore;
  url: string;
  token: string;
  /** Lines that the server wrote to its log. */
  logged: string[];
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Sends an address as it is, which `fetch` would tidy up first. */
  raw: (method: string, path: string, headers?: Record<string, string>, body?: string) => Promise<Answer>;
  /** All entries of a partition. */
  entries: (topic: string, partition: number) => Promise<Entry[]>;
  close: () => Promise<void>;
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: any;
}

const ordersTopic: TopicDecl = {
  name: "orders",
  schema: {
    type: "object",
    properties: { id: { type: "string" }, customer: { type: "string" }, amount: { type: "number" }, quantity: { type: "integer" }, at: { type: "string", format: "date-time" }, note: { type: "string" }, extra: {} },
    required: ["id", "customer", "amount", "at"],
    additionalProperties: false,
  },
  columns: [
    { name: "id", type: "string", nullable: false },
    { name: "customer", type: "string", nullable: false },
    { name: "amount", type: "number", nullable: false },
    { name: "quantity", type: "integer", nullable: true, optional: true },
    { name: "at", type: "timestamp", nullable: false },
    { name: "note", type: "string", nullable: true, optional: true },
    { name: "extra", type: "json", nullable: true, optional: true },
  ],
  key: "customer",
  eventTime: "at",
  partitions: 4,
};

const eventsTopic: TopicDecl = {
  name: "events",
  schema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false },
  columns: [{ name: "n", type: "integer", nullable: false }],
  partitions: 3,
};

/** Names that a careless check of addresses would take for its public ones. */
export const trickyNames = ["health", "ready", "readyz", "livez", "configs", "login", "metrics"];

const stage = (name: string, kind: StageDecl["kind"], more: Partial<StageDecl>): StageDecl => ({
  name,
  kind,
  from: [],
  to: {},
  scale: { min: 1, max: 1, targetDrainSeconds: 10 },
  place: {},
  retries: { attempts: 1, backoffMs: 100 },
  failureLimit: { ratio: 0.2, window: 1_000 },
  ...more,
});

function testManifest(): Manifest {
  const dlq: TopicDecl = { ...ordersTopic, name: "branch.dlq", internal: "dlq" };
  const topics = [ordersTopic, eventsTopic, dlq, ...trickyNames.map((name) => ({ ...eventsTopic, name }))];
  const stages = [
    stage("orders-intake", "http", { to: { out: "orders" } }),
    stage("events-intake", "http", { to: { out: "events" } }),
    stage("small-intake", "http", { to: { out: "events" }, settings: { recordBytesMax: 64, requestBytesMax: 256 } }),
    stage("branch", "record", { from: ["orders"], to: { out: "events" }, dlq: "branch.dlq", scale: { min: 1, max: 4, targetDrainSeconds: 10 } }),
    ...trickyNames.map((name) => stage(name, "record", { from: ["events"], to: {} })),
  ];
  return {
    manifestVersion: 1,
    project: "shop",
    release: "r1",
    topics: Object.fromEntries(topics.map((each) => [each.name, each])),
    tables: { "sales.daily": { name: "sales.daily", columns: ordersTopic.columns, partitionBy: [], from: "orders", commitEveryMs: 1_000 } },
    stages: Object.fromEntries(stages.map((each) => [each.name, each])),
    dags: { daily },
    problems: [],
  };
}

const nothing = (what: string) => async (): Promise<never> => {
  throw new MillraceError("MR-CATALOG-001", { what: `there is no ${what}`, where: "the catalog", mend: "declare one" });
};
const emptyCatalog: CatalogControl = { entries: async () => [], search: async () => [], entry: nothing("entry"), versions: nothing("entry"), note: nothing("entry"), crawlers: async () => [], crawl: nothing("crawler"), crawls: async () => [], report: nothing("crawl") };

/** The control plane of a project whose stages are names only: it keeps what it is told, and reads the log for the rest. */
class TestControl implements ControlPlane {
  readonly log: LogDriver;
  readonly lake: Lake;
  readonly dags = new TestDags();
  readonly quality: QualityControl = { list: async () => [], watched: async () => [], measured: async () => [], validate: async () => [], check: () => Promise.reject(new Error("there are no checks")), explain: () => Promise.reject(new Error("there are no checks")), history: async () => [] };
  readonly models: ModelControl = { list: async () => [], show: () => Promise.reject(new Error("there are no models")), publish: async () => [], test: async () => [] };
  readonly catalog = emptyCatalog;
  readonly profiles: ProfileControl = { profile: nothing("dataset"), compare: nothing("dataset"), profileData: nothing("data") };
  readonly detections: DetectControl = { detect: nothing("dataset") };
  readonly insight: StageInsight;
  readonly queries: QueryService;
  readonly savedQueries: SavedQueries;
  readonly access: ProjectAccess;
  readonly workers: WorkerControl;
  current = testManifest();
  readonly paused = new Map<string, string>();
  readonly restarted: string[] = [];
  readonly redriven: [string, LettersRequest][] = [];
  readonly discarded: [string, LettersRequest][] = [];
  readonly scales = new Map<string, { min: number; max: number }>();
  /** Settles when `wait` has begun, and when its signal has been aborted. */
  readonly sqlStarted = Promise.withResolvers<void>();
  readonly sqlAborted = Promise.withResolvers<void>();
  fault: Error | undefined;
  reasons: string[] = [];

  constructor(log: LogDriver, queries: QueryService, state: StateStore, lake: Lake, access: ProjectAccess, workers: WorkerControl) {
    this.insight = new StageInsight({ manifest: this.current, filesFolder: import.meta.dirname, state });
    this.access = access;
    this.workers = workers;
    this.queries = queries;
    this.savedQueries = new SavedQueries(state);
    this.log = log;
    this.lake = lake;
  }

  get iceberg() {
    return this.lake.catalog;
  }

  manifest(): Manifest {
    return this.current;
  }

  async status() {
    if (this.fault) throw this.fault;
    const topics = (await this.log.topics()).map(({ name, partitions, partitionInfo }) => ({
      name,
      partitions,
      records: partitionInfo.reduce((sum, { records }) => sum + records, 0),
      bytes: partitionInfo.reduce((sum, { bytes }) => sum + bytes, 0),
      newestAt: null,
      recordsPerSecond: 0,
    }));
    const records = (name: string | undefined): number => topics.find((topic) => topic.name === name)?.records ?? 0;
    const stages = Object.values(this.current.stages).map((decl): StageStatus => this.#stage(decl, records(decl.dlq)));
    return { project: "shop", release: "r1", startedAt: "2026-01-01T00:00:00.000Z", idle: true, planes: [], services: [{ name: "control" as const, pid: process.pid, restarts: 0 }], prices: null, stages, topics, tables: await this.tables(), sources: [{ name: "orders-intake", bounded: false, ended: false }], external: [], marts: [], problems: [] };
  }

  #stage({ name, kind, scale }: StageDecl, deadLetters: number): StageStatus {
    const { min, max } = this.scales.get(name) ?? scale;
    const reason = this.paused.get(name);
    const counts = { recordsInPerSecond: 0, recordsOutPerSecond: 0, recordsIn: 0, recordsOut: 0, today: { cpuSeconds: 0, memoryGibSeconds: 0 }, lagRecords: null, lateRecords: 0, warnedRecords: 0 };
    return { name, kind, state: reason === undefined ? "running" : "paused", reason, instances: [], scale: { min, max }, ...counts, deadLetters };
  }

  intakePaused(source: string): string | undefined {
    return this.paused.get(source);
  }

  readonly taken = new Map<string, number>();

  ingested(source: string, records: number): void {
    this.taken.set(source, (this.taken.get(source) ?? 0) + records);
  }

  async pause(name: string, reason = "paused by hand"): Promise<void> {
    this.paused.set(name, reason);
  }

  async resume(name: string): Promise<void> {
    this.paused.delete(name);
  }

  async scale(name: string, { min, max }: { min?: number; max?: number }): Promise<void> {
    const { scale } = this.current.stages[name];
    this.scales.set(name, { min: min ?? scale.min, max: max ?? scale.max });
  }

  async restart(name: string): Promise<void> {
    this.restarted.push(name);
  }

  async redrive(name: string, request: LettersRequest) {
    this.redriven.push([name, request]);
    const { matched, settled } = await this.#settled(name, request);
    return { matched, redriven: settled };
  }

  async discard(name: string, request: LettersRequest) {
    this.discarded.push([name, request]);
    const { matched, settled } = await this.#settled(name, request);
    return { matched, discarded: settled };
  }

  async #settled(name: string, request: LettersRequest) {
    const { partitionInfo } = await this.log.topic(this.current.stages[name].dlq as string);
    const matched = partitionInfo.reduce((sum, { records }) => sum + records, 0);
    return { matched, settled: request.dryRun ? 0 : Math.min(matched, request.limit ?? matched) };
  }

  /** Knows `count <topic>` and `wait`, which ends by its signal alone. */
  async sql({ sql, limit }: SqlRequest, signal: AbortSignal) {
    if (sql === "wait") await this.#untilAborted(signal);
    const [, name] = /^count (\S+)$/.exec(sql) ?? [];
    if (name === undefined) throw new MillraceError("MR-SQL-001", { what: "this is no statement", where: "line 1, column 1", mend: "write `count <topic>`" });
    const { partitionInfo } = await this.log.topic(name);
    return { columns: [{ name: "__proto__", type: "BIGINT" }], rows: [[partitionInfo.reduce((sum, { records }) => sum + records, 0)]].slice(0, limit), rowCount: 1, truncated: false, elapsedMs: 0.1 };
  }

  #untilAborted(signal: AbortSignal): Promise<never> {
    this.sqlStarted.resolve();
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        this.sqlAborted.resolve();
        reject(new MillraceError("MR-SQL-004", { what: "the caller has gone", where: "the statement", mend: "ask again" }));
      });
    });
  }

  async tables(): Promise<TableStatus[]> {
    return [{ name: "sales.daily", rows: 0, snapshot: null, files: 0, newestAt: null }];
  }

  async table(name: string): Promise<TableInfo> {
    const tables = await this.tables();
    const table = tables.find((each) => each.name === name);
    if (table === undefined) throw unknownName("MR-LAKE-001", "table", name, tables.map((each) => each.name), "the address");
    return { ...table, columns: this.current.tables["sales.daily"].columns, partitionBy: [], bytes: 0, snapshots: [], refs: [] };
  }

  async partitions(name: string, page: PartitionsRequest) {
    return tablePartitions(await this.lake.table(name), page);
  }

  async tag(name: string, request: TagRequest) {
    return this.#infoOf(await tagTable(this.lake, name, request));
  }

  async untag(name: string, tag: string) {
    return this.#infoOf(await untagTable(this.lake, name, tag));
  }

  async #infoOf(table: Table) {
    return tableInfo(table.name, await table.metadata(), undefined);
  }

  async metrics(): Promise<string> {
    return "# TYPE millrace_test_total counter\nmillrace_test_total 1\n";
  }

  async ready() {
    return { ready: this.reasons.length === 0, reasons: this.reasons };
  }

  async summary() {
    return { results: [{ name: "orders", title: "Orders", sql: "count orders", columns: [{ name: "n", type: "BIGINT" }], rows: [["1"]] }] };
  }
}

export interface TestServerOptions extends Partial<Omit<ServerOptions, "control">> {
  /** Puts something before the log. */
  wrapLog?: (log: LogDriver) => LogDriver;
  folder?: string;
  /** Runs statements. Default: each in a process of its own. */
  runner?: SqlRunner;
}

export async function startTestServer({ wrapLog = (log) => log, folder, runner, ...options }: TestServerOptions = {}): Promise<TestServer> {
  const dataFolder = folder ?? (await mkdtemp(join(tmpdir(), "millrace-server-")));
  const service = new LogService({ folder: dataFolder });
  const plain = new EmbeddedLog(directPort(service, { name: "control", reads: ["*"], writes: ["*"], admin: true }));
  const log = wrapLog(plain);
  const state = await sqliteState(join(dataFolder, "state.db"));
  const data = new ProjectData({ log, state, dataFolder, projectFolder: dataFolder });
  const queries = await openQueries({ data, state, dataFolder, runner, logger: { warn: () => undefined }, declared: () => control.manifest() });
  const access = await ProjectAccess.open(state, { warn: () => undefined }, () => control.manifest());
  const nowhere = (): never => {
    throw new MillraceError("MR-WORKER-003", { what: "nothing here goes to another machine", where: "the test's server", mend: "bring a project up" });
  };
  const workers = await ProjectWorkers.open({ state, version: "0.0.0", stage: nowhere, tasks: nowhere, keeping: { dataFolder, results: folderFiles(dataFolder) }, log: undefined, brokers: undefined, pack: nowhere, logger: { info: () => undefined, warn: () => undefined } });
  const control: TestControl = new TestControl(log, queries, state, data.lake, access, workers);
  await control.insight.begin(Date.now());
  for (const decl of Object.values(control.current.topics)) await log.ensureTopic({ name: decl.name, partitions: decl.partitions, key: decl.key, decl });
  const logged: string[] = [];
  const token = randomBytes(32).toString("base64url");
  const logger = pino({ level: "debug" }, { write: (line: string) => void logged.push(line) });
  const app = createServer({ control, token, logger, version: "0.0.0", uiFolder: join(dataFolder, "no-ui"), ...options });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    app,
    log,
    control,
    state,
    url,
    token,
    logged,
    call: (method, path, body, headers) => call(url, token, method, path, body, headers),
    raw: (method, path, headers = {}, body) => raw(port, method, path, { authorization: `Bearer ${token}`, ...headers }, body),
    entries: (topic, partition) => entriesOf(plain, topic, partition),
    close: async () => {
      await app.close();
      await queries.close();
      await access.close();
      await plain.close();
      await service.close();
      await data.lake.close();
      await state.close();
      if (folder === undefined) rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

async function call(url: string, token: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const isBytes = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : isBytes ? (body as string) : JSON.stringify(body),
  });
  return answerOf(response.status, response.headers, await response.text());
}

function raw(port: number, method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: "127.0.0.1", port, method, path, headers, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve(answerOf(response.statusCode ?? 0, new Headers(response.headers as Record<string, string>), text));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  const isJson = headers.get("content-type")?.includes("json") ?? false;
  return { status, headers, text, body: isJson && text !== "" ? JSON.parse(text) : undefined };
}

async function entriesOf(log: LogDriver, topic: string, partition: number): Promise<Entry[]> {
  const { entries } = await log.fetch({ partitions: [{ topic, partition, offset: 0 }], bytesMax: 2 ** 30, waitMs: 0 });
  return entries;
}

/** An order that keeps the schema. */
export const order = (id: string, more: object = {}): object => ({ id, customer: `c-${id}`, amount: 12.5, at: "2026-01-02T03:04:05.000Z", ...more });
