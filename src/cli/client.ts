import type { IncomingMessage } from "node:http";
import { type ErrorJson, errorCodes, MillraceError } from "../errors.ts";
import type { Column, Manifest } from "../model/manifest.ts";
import type { WaitReason } from "../scheduler/explain.ts";
import type { DiscardResult, LettersRequest, ProjectStatus, ProjectSummary, RedriveResult, ScaleRequest, SqlResult, StageStatus, TableInfo, TableStatus, TagRequest } from "../server/control-plane.ts";
import type {
  AlertView, AnswerRequest, ApplyRequest, BackfillCreate, BackfillDetail, BackfillPlan, BackfillView, ClearRequest, DagDetail, DagStatus, LogPage, LogRequest, MarkRequest, PlannedRunView, PoolView, ReleasePlan, ReleaseView,
  RollbackRequest, RunDetail, RunView, TaskSet, TriggerRequest,
} from "../server/dag-control.ts";
import type { AccessEvent } from "../govern/access-audit.ts";
import type { JoinTokenJson, WorkerJson } from "../server/routes/workers.ts";
import type { ReaderToken } from "../govern/reader-tokens.ts";
import type { CatalogEntry, DatasetFacts } from "../catalog/catalog-entry.ts";
import type { CrawlSummary } from "../catalog/crawl/crawl.ts";
import type { CrawlReport } from "../catalog/crawl/crawl-report.ts";
import type { EntryVersion } from "../catalog/history.ts";
import type { NoteChange } from "../catalog/people-notes.ts";
import type { CrawlCommand, CrawlerView } from "../server/catalog-control.ts";
import type { ModelDetail, ModelPublish, ModelSelection, ModelTestRequest, ModelTestResult, ModelView } from "../server/model-control.ts";
import type { ProfileComparison } from "../quality/profile/compare-profiles.ts";
import type { Detected } from "../quality/detect/detect.ts";
import type { DetectRequest } from "../server/detect-control.ts";
import type { TableProfile } from "../quality/profile/profile.ts";
import type { CompareRequest, ProfileRequest } from "../server/profile-control.ts";
import type { Explanation } from "../quality/checks/explain-checks.ts";
import type { CheckRequest, JudgementDetail, QualityView, WatchView } from "../server/quality-control.ts";
import type { Pass } from "../server/sessions.ts";
import type { QueryView, ResultPage } from "../server/query-control.ts";
import type { RecordView } from "../server/record-view.ts";
import type { FullMappingLine } from "../wrangle/nested/generate-mapping.ts";
import { bodyText, type HttpCall, httpCall } from "./http-call.ts";
import { serverEvents } from "../client/server-events.ts";

export interface TopicSummary {
  name: string;
  records: number;
  bytes: number;
  partitions: number;
}

export interface TopicDetails {
  name: string;
  partitions: number;
  key?: string;
  eventTime?: string;
  retentionMs?: number;
  retentionBytes?: number;
  compact?: boolean;
  internal?: string;
  columns?: Column[];
  schema?: object;
  partitionInfo: { partition: number; start: number; end: number; records: number; bytes: number; eventTimeMax?: number }[];
}

export interface RecordQuery {
  partition?: number;
  offset?: number;
  /** ISO 8601. */
  time?: string;
  from?: "start" | "end";
  cursor?: string;
  limit?: number;
}

export interface RecordPage {
  topic: string;
  records: RecordView[];
  next: string;
  atEnd: boolean;
}

export interface ProducedRecord {
  value: unknown;
  key?: string;
  headers?: [string, string][];
  eventTime?: string;
}

export interface ProduceResult {
  accepted: { index: number; partition: number; offset: number }[];
  rejectedCount: number;
  rejected: { index: number; violations: { field: string; rule: string; message: string }[] }[];
}

export interface RunsQuery {
  dag?: string;
  /** With commas between several. */
  state?: string;
  backfill?: string;
  before?: string;
  limit?: number;
}

export interface AlertsQuery {
  dag?: string;
  /** With commas between several. */
  state?: string;
  before?: string;
  limit?: number;
}

export interface QueriesQuery {
  /** With commas between several. */
  state?: string;
  before?: string;
  limit?: number;
}

/** An entry of the catalog in a list: what is taken as true of it. */
export interface EntrySummary extends Pick<CatalogEntry, "kind" | "name" | "form"> {
  description: string | null;
  owner: string | null;
  tags: string[];
  columns: number;
  /** Kinds of personal data in it. */
  personal: string[];
  facts: DatasetFacts;
  found?: string[];
  corrected?: Record<string, string>;
}

/** A query in a list. */
export type QuerySummary = Omit<QueryView, "reads" | "columns" | "lineage" | "resultOf" | "resultUntil">;

/** What happens while a topic is followed. */
export type TailEvent = { type: "record"; record: RecordView; cursor: string } | { type: "gap"; partition: number; from: number; to: number };

/** The REST service of a Millrace, as the command line needs it: one method a route, nothing of its own. */
export class Client {
  readonly #url: string;
  readonly #token: string;
  readonly #signal: AbortSignal | undefined;

  /** @param signal - ends whatever call is under way */
  constructor({ url, token }: { url: string; token: string }, signal?: AbortSignal) {
    this.#url = url;
    this.#token = token;
    this.#signal = signal;
  }

  status(): Promise<ProjectStatus> {
    return this.#get("/api/v1/status");
  }

  manifest(): Promise<Manifest> {
    return this.#get("/api/v1/manifest");
  }

  summary(): Promise<ProjectSummary> {
    return this.#get("/api/v1/summary");
  }

  tables(): Promise<TableStatus[]> {
    return this.#all("/api/v1/tables", "tables");
  }

  table(name: string): Promise<TableInfo> {
    return this.#get(`/api/v1/tables/${encodeURIComponent(name)}`);
  }

  tagTable(name: string, request: TagRequest): Promise<TableInfo> {
    return this.#send("POST", `/api/v1/tables/${encodeURIComponent(name)}/tag`, request);
  }

  untagTable(name: string, tag: string): Promise<TableInfo> {
    return this.#send("POST", `/api/v1/tables/${encodeURIComponent(name)}/untag`, { tag });
  }

  topics(): Promise<TopicSummary[]> {
    return this.#all("/api/v1/topics", "topics");
  }

  topic(name: string): Promise<TopicDetails> {
    return this.#get(`/api/v1/topics/${encodeURIComponent(name)}`);
  }

  records(topic: string, query: RecordQuery): Promise<RecordPage> {
    return this.#get(`/api/v1/topics/${encodeURIComponent(topic)}/records${queryText(query)}`);
  }

  /** Records as they come, until `signal` is aborted or the service goes. With a cursor: those behind it first. */
  async *tail(topic: string, { partition, cursor }: { partition?: number; cursor?: string }, signal?: AbortSignal): AsyncGenerator<TailEvent> {
    const headers = cursor === undefined ? undefined : { "last-event-id": cursor };
    const answer = await this.#call(`/api/v1/topics/${encodeURIComponent(topic)}/tail${queryText({ partition })}`, { method: "GET", headers, signal });
    answer.setEncoding("utf8");
    try {
      for await (const { event, id, data } of serverEvents(answer as AsyncIterable<string>)) {
        if (event === "error") throw MillraceError.fromJSON((JSON.parse(data) as { error: ErrorJson }).error);
        if (event === "record") yield { type: "record", record: JSON.parse(data) as RecordView, cursor: id ?? "" };
        if (event === "gap") yield { type: "gap", ...(JSON.parse(data) as { partition: number; from: number; to: number }) };
      }
    } finally {
      answer.destroy();
    }
  }

  /** Answers also when no record was taken: then all of them are in `rejected`. */
  async produce(topic: string, records: ProducedRecord[]): Promise<ProduceResult> {
    const answer = await this.#call(`/api/v1/topics/${encodeURIComponent(topic)}/records`, { method: "POST", body: JSON.stringify({ records }) }, [200, 400]);
    const body = JSON.parse(await bodyText(answer)) as ProduceResult & { error?: ErrorJson };
    if (answer.statusCode === 200 || body.rejected) return { accepted: body.accepted, rejectedCount: body.rejectedCount, rejected: body.rejected };
    throw MillraceError.fromJSON(body.error as ErrorJson);
  }

  deadLetters(): Promise<{ stage: string; topic: string; records: number }[]> {
    return this.#all("/api/v1/dlq", "stages");
  }

  deadLetterRecords(stage: string, query: RecordQuery): Promise<RecordPage> {
    return this.#get(`/api/v1/dlq/${encodeURIComponent(stage)}/records${queryText(query)}`);
  }

  redrive(stage: string, request: LettersRequest): Promise<RedriveResult & { dryRun: boolean }> {
    return this.#send("POST", `/api/v1/dlq/${encodeURIComponent(stage)}/redrive`, request);
  }

  discard(stage: string, request: LettersRequest): Promise<DiscardResult & { dryRun: boolean }> {
    return this.#send("POST", `/api/v1/dlq/${encodeURIComponent(stage)}/discard`, request);
  }

  /** @param timeout - a duration, as "30s" */
  sql(request: { sql: string; limit?: number; timeout?: string; by?: string }): Promise<SqlResult> {
    return this.#send("POST", "/api/v1/sql", request);
  }

  /** @param request - `timeout`: a duration; `wait`: seconds to wait for its end */
  submitQuery(request: { sql: string; timeout?: string; wait?: number; by?: string }): Promise<QueryView> {
    return this.#send("POST", "/api/v1/queries", request, [200, 202]);
  }

  queries(query: QueriesQuery): Promise<{ queries: QuerySummary[]; next: string | null }> {
    return this.#get(`/api/v1/queries${queryText(query)}`);
  }

  /** @param wait - seconds to wait for its end */
  query(id: string, wait?: number): Promise<QueryView> {
    return this.#get(`/api/v1/queries/${encodeURIComponent(id)}${queryText({ wait })}`);
  }

  cancelQuery(id: string): Promise<QueryView> {
    return this.#send("POST", `/api/v1/queries/${encodeURIComponent(id)}/cancel`);
  }

  /** The whole result of a query; at least one page. */
  async *resultPages(id: string, limit: number): AsyncGenerator<ResultPage> {
    for (let page: string | null | undefined; page !== null; ) {
      const answer: ResultPage & { next: string | null } = await this.#get(`/api/v1/queries/${encodeURIComponent(id)}/results${queryText({ limit, page })}`);
      yield answer;
      page = answer.next;
    }
  }

  /** As `resultPages`: each page a stream of Arrow's IPC format. */
  async *arrowPages(id: string, limit: number): AsyncGenerator<Uint8Array> {
    for (let page: string | undefined, more = true; more; ) {
      const answer = await this.#call(`/api/v1/queries/${encodeURIComponent(id)}/results${queryText({ format: "arrow", limit, page })}`, { method: "GET" });
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part as Buffer);
      yield Buffer.concat(parts);
      page = answer.headers["millrace-next-page"] as string | undefined;
      more = page !== undefined;
    }
  }

  /** The whole result of a query as a Parquet file. */
  parquet(id: string): Promise<AsyncIterable<Uint8Array>> {
    return this.#call(`/api/v1/queries/${encodeURIComponent(id)}/results?format=parquet`, { method: "GET" });
  }

  /** The same service for a last call after the reader has pressed Ctrl-C. */
  unsignalled(): Client {
    return new Client({ url: this.#url, token: this.#token });
  }

  pause(stage: string, reason?: string): Promise<StageStatus> {
    return this.#send("POST", `/api/v1/stages/${encodeURIComponent(stage)}/pause`, reason === undefined ? {} : { reason });
  }

  resume(stage: string): Promise<StageStatus> {
    return this.#send("POST", `/api/v1/stages/${encodeURIComponent(stage)}/resume`);
  }

  scale(stage: string, scale: ScaleRequest): Promise<StageStatus> {
    return this.#send("PUT", `/api/v1/stages/${encodeURIComponent(stage)}/scale`, scale);
  }

  async models({ select = [], exclude = [] }: ModelSelection): Promise<ModelView[]> {
    const words = (list: string[]): string | undefined => (list.length > 0 ? list.join(" ") : undefined);
    const { models } = await this.#get<{ models: ModelView[] }>(`/api/v1/models${queryText({ select: words(select), exclude: words(exclude) })}`);
    return models;
  }

  model(name: string): Promise<ModelDetail> {
    return this.#get(`/api/v1/models/${encodeURIComponent(name)}`);
  }

  async publishModels(request: ModelPublish): Promise<string[]> {
    const { models } = await this.#send<{ models: string[] }>("POST", "/api/v1/models/publish", request);
    return models;
  }

  async testModels(request: ModelTestRequest): Promise<ModelTestResult[]> {
    const { results } = await this.#send<{ results: ModelTestResult[] }>("POST", "/api/v1/models/test", request);
    return results;
  }

  async watched(): Promise<WatchView[]> {
    const { datasets } = await this.#get<{ datasets: WatchView[] }>("/api/v1/watch");
    return datasets;
  }

  async quality(): Promise<QualityView[]> {
    const { datasets } = await this.#get<{ datasets: QualityView[] }>("/api/v1/quality");
    return datasets;
  }

  checkDataset(dataset: string, request: CheckRequest): Promise<JudgementDetail> {
    return this.#send("POST", `/api/v1/quality/${encodeURIComponent(dataset)}/check`, request);
  }

  explainChecks(dataset: string, request: CheckRequest): Promise<Explanation> {
    return this.#send("POST", `/api/v1/quality/${encodeURIComponent(dataset)}/explain`, request);
  }

  catalog(kind?: string): Promise<EntrySummary[]> {
    return this.#all("/api/v1/catalog", "entries", { kind });
  }

  async searchCatalog(q: string, limit: number, kind?: string): Promise<EntrySummary[]> {
    const { entries } = await this.#get<{ entries: EntrySummary[] }>(`/api/v1/catalog${queryText({ q, limit, kind })}`);
    return entries;
  }

  catalogEntry(kind: string, name: string): Promise<CatalogEntry> {
    return this.#get(`/api/v1/catalog/${kind}/${encodeURIComponent(name)}`);
  }

  noteEntry(kind: string, name: string, change: NoteChange & { by?: string }): Promise<CatalogEntry> {
    return this.#send("PUT", `/api/v1/catalog/${kind}/${encodeURIComponent(name)}/notes`, change);
  }

  async entryVersions(kind: string, name: string): Promise<EntryVersion[]> {
    const { versions } = await this.#get<{ versions: EntryVersion[] }>(`/api/v1/catalog/${kind}/${encodeURIComponent(name)}/versions`);
    return versions;
  }

  /** Answers when all that was to be measured is. */
  profile(request: ProfileRequest): Promise<TableProfile> {
    return this.#send("POST", "/api/v1/profiles", request);
  }

  /** Answers when all rows were looked at. */
  detect(request: DetectRequest): Promise<Detected> {
    return this.#send("POST", "/api/v1/detections", request);
  }

  compareProfiles(request: CompareRequest): Promise<ProfileComparison> {
    return this.#send("POST", "/api/v1/profiles/compare", request);
  }

  async crawlers(): Promise<CrawlerView[]> {
    const { crawlers } = await this.#get<{ crawlers: CrawlerView[] }>("/api/v1/crawlers");
    return crawlers;
  }

  async crawls(crawler?: string): Promise<CrawlSummary[]> {
    const { crawls } = await this.#get<{ crawls: CrawlSummary[] }>(`/api/v1/crawls${queryText({ crawler })}`);
    return crawls;
  }

  crawlReport(crawl: string): Promise<CrawlReport> {
    return this.#get(`/api/v1/crawls/${encodeURIComponent(crawl)}`);
  }

  /** Answers when the crawl has ended. */
  crawl(command: CrawlCommand): Promise<CrawlReport> {
    return this.#send("POST", "/api/v1/crawls", command);
  }

  dags(): Promise<DagStatus[]> {
    return this.#all("/api/v1/dags", "dags");
  }

  dag(name: string): Promise<DagDetail> {
    return this.#get(`/api/v1/dags/${encodeURIComponent(name)}`);
  }

  pauseDag(name: string, note?: string): Promise<DagStatus> {
    return this.#send("POST", `/api/v1/dags/${encodeURIComponent(name)}/pause`, { note });
  }

  resumeDag(name: string): Promise<DagStatus> {
    return this.#send("POST", `/api/v1/dags/${encodeURIComponent(name)}/resume`);
  }

  triggerDag(name: string, request: TriggerRequest): Promise<RunView> {
    return this.#send("POST", `/api/v1/dags/${encodeURIComponent(name)}/runs`, request);
  }

  async nextRuns(dag: string, count: number): Promise<PlannedRunView[]> {
    const { runs } = await this.#get<{ runs: PlannedRunView[] }>(`/api/v1/dags/${encodeURIComponent(dag)}/next${queryText({ count })}`);
    return runs;
  }

  runs(query: RunsQuery): Promise<{ runs: RunView[]; next: string | null }> {
    return this.#get(`/api/v1/runs${queryText(query)}`);
  }

  run(id: string): Promise<RunDetail> {
    return this.#get(`/api/v1/runs/${encodeURIComponent(id)}`);
  }

  cancelRun(id: string, note?: string): Promise<RunView> {
    return this.#send("POST", `/api/v1/runs/${encodeURIComponent(id)}/cancel`, { note });
  }

  clearTasks(run: string, request: ClearRequest): Promise<TaskSet> {
    return this.#send("POST", `/api/v1/runs/${encodeURIComponent(run)}/clear`, request);
  }

  markTasks(run: string, request: MarkRequest): Promise<TaskSet> {
    return this.#send("POST", `/api/v1/runs/${encodeURIComponent(run)}/mark`, request);
  }

  answer(run: string, request: AnswerRequest): Promise<RunDetail> {
    return this.#send("POST", `/api/v1/runs/${encodeURIComponent(run)}/answer`, request);
  }

  async explain(run: string, task: string, index?: number): Promise<WaitReason[]> {
    const { reasons } = await this.#get<{ reasons: WaitReason[] }>(`/api/v1/runs/${encodeURIComponent(run)}/tasks/${encodeURIComponent(task)}/explain${queryText({ index })}`);
    return reasons;
  }

  taskLog(run: string, { task, ...query }: LogRequest): Promise<LogPage> {
    return this.#get(`/api/v1/runs/${encodeURIComponent(run)}/tasks/${encodeURIComponent(task)}/log${queryText(query)}`);
  }

  async releases(): Promise<ReleaseView[]> {
    const { releases } = await this.#get<{ releases: ReleaseView[] }>("/api/v1/releases");
    return releases;
  }

  apply(request: ApplyRequest): Promise<ReleasePlan> {
    return this.#send("POST", "/api/v1/releases/apply", request);
  }

  rollBack(request: RollbackRequest): Promise<ReleasePlan> {
    return this.#send("POST", "/api/v1/releases/rollback", request);
  }

  createBackfill(request: BackfillCreate): Promise<BackfillPlan> {
    return this.#send("POST", "/api/v1/backfills", request);
  }

  async backfills(dag?: string): Promise<BackfillView[]> {
    const { backfills } = await this.#get<{ backfills: BackfillView[] }>(`/api/v1/backfills${queryText({ dag })}`);
    return backfills;
  }

  backfill(id: string): Promise<BackfillDetail> {
    return this.#get(`/api/v1/backfills/${encodeURIComponent(id)}`);
  }

  changeBackfill(id: string, verb: "pause" | "resume" | "cancel", note?: string): Promise<BackfillView> {
    return this.#send("POST", `/api/v1/backfills/${encodeURIComponent(id)}/${verb}`, { note });
  }

  alerts(query: AlertsQuery): Promise<{ alerts: AlertView[]; next: string | null }> {
    return this.#get(`/api/v1/alerts${queryText(query)}`);
  }

  pools(): Promise<PoolView[]> {
    return this.#all("/api/v1/pools", "pools");
  }

  setPool(name: string, slots: number, note?: string): Promise<PoolView> {
    return this.#send("PUT", `/api/v1/pools/${encodeURIComponent(name)}`, { slots, note });
  }

  /** @returns a mapping to be edited, and how SQL names what it reads */
  catalogMapping(kind: string, name: string): Promise<{ from: string; mapping: FullMappingLine[] }> {
    return this.#get(`/api/v1/catalog/${kind}/${encodeURIComponent(name)}/mapping`);
  }

  async tokens(): Promise<ReaderToken[]> {
    return (await this.#get<{ tokens: ReaderToken[] }>("/api/v1/tokens")).tokens;
  }

  /** @param request - `expires` is a duration */
  createToken(request: { audience: string; name: string; expires?: string }): Promise<{ secret: string; token: ReaderToken }> {
    return this.#send("POST", "/api/v1/tokens", request);
  }

  /** A code for the web interface: once, and within ten minutes. */
  invite(): Promise<Pass> {
    return this.#send("POST", "/api/v1/sessions/invite");
  }

  async workers(): Promise<WorkerJson[]> {
    return (await this.#get<{ workers: WorkerJson[] }>("/api/v1/workers")).workers;
  }

  async joinTokens(): Promise<JoinTokenJson[]> {
    return (await this.#get<{ tokens: JoinTokenJson[] }>("/api/v1/workers/tokens")).tokens;
  }

  createJoinToken(request: { stage?: string; pool?: string; for?: string }): Promise<{ secret: string; token: JoinTokenJson }> {
    return this.#send("POST", "/api/v1/workers/tokens", request);
  }

  revokeJoinToken(id: string): Promise<JoinTokenJson> {
    return this.#send("POST", `/api/v1/workers/tokens/${encodeURIComponent(id)}/revoke`);
  }

  revokeToken(id: string): Promise<ReaderToken> {
    return this.#send("POST", `/api/v1/tokens/${encodeURIComponent(id)}/revoke`);
  }

  tokenEvents(limit: number, before?: string): Promise<{ events: AccessEvent[]; next: string | null }> {
    return this.#get(`/api/v1/tokens/events${queryText({ limit, before })}`);
  }

  async #all<T>(path: string, field: string, query: Record<string, string | undefined> = {}): Promise<T[]> {
    const items: T[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#get<Record<string, unknown>>(`${path}${queryText({ ...query, limit: 1_000, after })}`);
      items.push(...(page[field] as T[]));
      if (typeof page.next !== "string") return items;
      after = page.next;
    }
  }

  async #get<T>(path: string): Promise<T> {
    return read(await this.#call(path, { method: "GET" }));
  }

  async #send<T>(method: string, path: string, body?: object, expected?: number[]): Promise<T> {
    return read(await this.#call(path, { method, body: body && JSON.stringify(body) }, expected));
  }

  /** @param expected - statuses that are no errors */
  async #call(path: string, call: HttpCall, expected: number[] = [200]): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${this.#token}`, accept: "application/json, text/event-stream", ...(call.body === undefined ? {} : { "content-type": "application/json" }), ...call.headers };
    const signal = call.signal && this.#signal ? AbortSignal.any([call.signal, this.#signal]) : (call.signal ?? this.#signal);
    const answer = await httpCall(this.#url + path, { ...call, headers, signal }).catch((cause: Error) => {
      throw signal?.aborted ? cause : gone(this.#url, cause);
    });
    if (expected.includes(answer.statusCode as number)) return answer;
    throw refusal(answer.statusCode as number, await bodyText(answer), `${call.method} ${path.split("?")[0]}`);
  }
}

async function read<T>(answer: IncomingMessage): Promise<T> {
  return JSON.parse(await bodyText(answer)) as T;
}

function queryText(query: Record<string, string | number | undefined> | RecordQuery | RunsQuery): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined) as [string, string | number][];
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

function gone(url: string, cause: Error): MillraceError {
  return new MillraceError("MR-CLI-002", { what: `Millrace does not answer: ${cause.message}`, where: url, mend: "see whether it still runs with `millrace doctor`, or start it with `millrace up`", cause });
}

/** The error that the service sent, or one about an answer that is none of its own. */
function refusal(status: number, body: string, where: string): MillraceError {
  try {
    const { error } = JSON.parse(body) as { error: ErrorJson };
    if (Object.hasOwn(errorCodes, error.code)) return MillraceError.fromJSON(error);
  } catch {
    // Falls through to the error below.
  }
  return new MillraceError("MR-INTERNAL-001", { what: `the service answered ${status} without saying why`, where, mend: "see the log in the data folder, and report it with the lines around it" });
}
