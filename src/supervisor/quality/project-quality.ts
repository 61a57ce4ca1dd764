import { createHash, randomBytes } from "node:crypto";
import type { QualityFact } from "../../catalog/catalog-entry.ts";
import type { Manifest, TableDecl } from "../../model/manifest.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import { checksOf, datasetsWithChecks } from "../../model/quality/checks-of.ts";
import { canonical } from "../../model/release.ts";
import type { CheckResult } from "../../quality/checks/check-result.ts";
import type { Explanation } from "../../quality/checks/explain-checks.ts";
import { scoreOf } from "../../quality/checks/score.ts";
import type { MeasureParts } from "../../quality/watch/added-columns.ts";
import type { CheckRequest, Judgement, JudgementDetail, JudgementPage, KeptResult, QualityControl, QualityView, MeasuredVersion, WatchView } from "../../server/quality-control.ts";
import type { DataRequest } from "../../server/profile-control.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { AlertRow } from "../../state/run-store.ts";
import type { StateStore } from "../../state/store.ts";
import type { QualityConfig } from "../definitions/project-config.ts";
import { dataFile } from "../data-file.ts";
import { partSources } from "../part-sources.ts";
import type { Duty } from "../duties.ts";
import type { ProjectData } from "../project-data.ts";
import { Rounds } from "../rounds.ts";
import { checkAlerts, isBroken, newsOf } from "./check-alerts.ts";
import { DatasetWatch } from "./dataset-watch.ts";
import { withoutPersonalValues } from "../../quality/checks/personal-sample.ts";
import { type MarksOf, marksOfDataset } from "../marks-of-dataset.ts";
import { DatasetJudge, type JudgeRequest } from "./dataset-judge.ts";
import { JudgementStore, type Standing } from "./judgement-store.ts";

export interface ProjectQualityOptions {
  data: ProjectData;
  state: StateStore;
  manifest: () => Manifest;
  /** Where the code of a release lies. */
  codeFolder: (release: string) => string;
  /** Where data from outside lie while they are judged. */
  inputsFolder: string;
  config: QualityConfig;
  /** What is said of columns of a dataset: see `Catalog.personalMarks`. */
  personal: MarksOf;
  /** Writes alerts down, to be sent. */
  tell(rows: AlertRow[]): Promise<void>;
  logger: { warn(fields: object, text: string): void };
}

/** A version that somebody else has judged, before it was published. */
export interface JudgedVersion {
  dataset: string;
  version: string | null;
  results: readonly CheckResult[];
  keptBack: boolean;
}

/** Of one statement over what came with a version. */
const measureMs = 60_000;
/** It has little to do between versions. */
const measurerStandbyMs = 10_000;
const keysMax = 5;
/** A check of freshness can fail when nothing happens. */
const freshnessEveryMs = 60_000;
/** After a dataset could not be judged; twice as long each time. */
const againMs = 10_000;
const againMsMax = 3_600_000;

/**
 * Judges the project's tables by their checks: each new version, or the last of several that came within a moment, and whatever
 * somebody asks for. Judgements are kept, and who is to be told of checks that turn is told.
 */
export class ProjectQuality implements QualityControl, Duty {
  readonly #options: ProjectQualityOptions;
  readonly #runner: SqlRunner;
  /** Of the watch: what it measures of a large table keeps no judgement waiting. */
  readonly #measurer: SqlRunner;
  readonly #judge: DatasetJudge;
  readonly #store: JudgementStore;
  readonly #watch: DatasetWatch;
  /** The end of what is being kept, by dataset: one after the other. */
  readonly #keeping = new Map<string, Promise<unknown>>();
  readonly #stop = new AbortController();
  readonly #freshAt = new Map<string, number>();
  /** Datasets that could not be judged: a statement that is too large for its time is not asked every few seconds. */
  readonly #tiredOf = new Map<string, { waitMs: number; until: number }>();
  readonly #rounds: Rounds;
  /** Ends what is being measured and judged by itself. */
  #round = new AbortController();

  constructor(options: ProjectQualityOptions) {
    this.#options = options;
    this.#runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 200, shared: options.data.lakeFolders });
    this.#measurer = new SqlRunner({ concurrencyMax: 1, standbyMs: measurerStandbyMs, statementsPerProcess: 200, shared: options.data.lakeFolders });
    this.#judge = new DatasetJudge(options.data, options.manifest, this.#runner, options.codeFolder);
    this.#store = new JudgementStore(options.state, options.config.keep);
    const { data, state, tell, logger, config } = options;
    const measure: MeasureParts = async (sql, parts) => (await this.#measurer.run({ sql, resolve: async (references) => partSources(references, parts), signal: this.#round.signal, limits: { timeoutMs: measureMs } })).rows;
    this.#watch = new DatasetWatch({ data, state, tell, logger, measure, personal: (table) => options.personal("table", table), alerts: config.alerts, everyMs: config.watchMs, release: () => options.manifest().release });
    const { everyMs } = config;
    this.#rounds = new Rounds({ firstMs: everyMs, everyMs, round: () => this.sweep().catch((error: unknown) => logger.warn({ err: error }, "tables could not be judged; it is tried again")) });
  }

  /** From now on new versions are judged as they come. */
  begin(): void {
    this.#round = new AbortController();
    this.#rounds.begin();
    if (this.#options.config.watchMs !== undefined) this.#watch.begin();
  }

  /** What is being judged by itself is broken off: whoever begins next judges it. */
  async rest(): Promise<void> {
    this.#round.abort();
    await Promise.all([this.#rounds.rest(), this.#watch.rest()]);
  }

  /** What is being judged for somebody is broken off, too. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.rest();
    await Promise.all(this.#keeping.values());
    await Promise.all([this.#runner.close(), this.#measurer.close()]);
  }

  /** Judges every table whose current version is not judged. */
  async sweep(): Promise<void> {
    const { manifest, data, logger } = this.#options;
    const { tables } = manifest();
    const written = new Set(await data.lake.tables());
    for (const name of datasetsWithChecks(manifest())) {
      if (this.#round.signal.aborted) return;
      if (!Object.hasOwn(tables, name) || !written.has(name) || (this.#tiredOf.get(name)?.until ?? 0) > Date.now()) continue;
      try {
        await this.#look(tables[name], checksOf(manifest(), name));
        this.#tiredOf.delete(name);
      } catch (error) {
        if (this.#round.signal.aborted) return;
        const waitMs = Math.min(againMsMax, 2 * (this.#tiredOf.get(name)?.waitMs ?? againMs / 2));
        this.#tiredOf.set(name, { waitMs, until: Date.now() + waitMs });
        logger.warn({ err: error, dataset: name, waitMs }, "a table could not be judged; it is tried again");
      }
    }
  }

  async #look({ name, model }: TableDecl, checks: readonly CheckDecl[]): Promise<void> {
    const snapshot = await (await this.#options.data.lake.table(name)).currentSnapshot();
    if (snapshot === undefined) return;
    const standing = await this.#standing(name);
    const request = { signal: this.#round.signal };
    // What a model had before is not looked at again while the version that was judged last is on its way.
    const isKnown = standing?.version === String(snapshot["snapshot-id"]) || (model !== undefined && standing !== undefined && snapshot["timestamp-ms"] <= standing.at);
    if (!isKnown || standing.digest !== digestOf(checks)) return void (await this.#judgeAndKeep(name, request));
    if (!checks.some(({ kind }) => kind === "freshness") || Date.now() - (this.#freshAt.get(name) ?? standing.at) < freshnessEveryMs) return;
    this.#freshAt.set(name, Date.now());
    if (await this.#hasTurned(name, standing)) await this.#judgeAndKeep(name, request);
  }

  /** Tells first what an earlier process has not come to tell. */
  async #standing(name: string): Promise<Standing | undefined> {
    const standing = (await this.#store.standing(name))?.value;
    const last = standing?.untold && (await this.#store.last(name));
    if (standing && last) await this.#tell(last, standing);
    return standing;
  }

  /** Whether time alone has changed what is true of it. */
  async #hasTurned(name: string, { told }: Standing): Promise<boolean> {
    const { results } = await this.#judge.judge(name, { signal: this.#round.signal, sampleMax: 0, kinds: ["freshness"] });
    return results.some((result) => isBroken(result) !== told.includes(result.name));
  }

  async list(): Promise<QualityView[]> {
    const manifest = this.#options.manifest();
    const names = datasetsWithChecks(manifest).sort();
    return Promise.all(names.map(async (dataset) => ({ dataset, checks: checksOf(manifest, dataset).map(({ name }) => name), last: (await this.#store.last(dataset)) ?? null, since: sinceTexts((await this.#store.standing(dataset))?.value) })));
  }

  watched(): Promise<WatchView[]> {
    return this.#watch.list();
  }

  measured(dataset: string): Promise<MeasuredVersion[]> {
    return this.#watch.measured(dataset);
  }

  /** For the catalog; undefined before it was judged. */
  async fact(dataset: string): Promise<QualityFact | undefined> {
    const last = await this.#store.last(dataset);
    return last && { score: last.score, at: last.at, broken: last.results.filter(isBroken).map(({ name }) => name) };
  }

  async history(dataset: string, page: JudgementPage): Promise<Judgement[]> {
    this.#judge.checksOf(dataset);
    return this.#store.history(dataset, page);
  }

  explain(dataset: string, request: CheckRequest, signal: AbortSignal): Promise<Explanation> {
    return this.#judge.explain(dataset, { ...request, signal });
  }

  validate(dataset: string, request: DataRequest, signal: AbortSignal): Promise<CheckResult[]> {
    const until = AbortSignal.any([signal, this.#stop.signal]);
    return dataFile(this.#options.inputsFolder, request, (source) => this.#judge.judgeData(dataset, source, until));
  }

  check(dataset: string, request: CheckRequest, signal: AbortSignal): Promise<JudgementDetail> {
    return this.#judgeAndKeep(dataset, { ...request, signal: AbortSignal.any([signal, this.#stop.signal]) });
  }

  async #judgeAndKeep(name: string, request: JudgeRequest): Promise<JudgementDetail> {
    const { snapshot, results: found } = await this.#judge.judge(name, request);
    const results = await this.#shown(name, found);
    const version = snapshot === undefined ? null : String(snapshot["snapshot-id"]);
    const judgement = judgementOf({ dataset: name, version, results, keptBack: false });
    if (request.version === undefined) await this.#keep(judgement);
    return { ...judgement, results };
  }

  /** Keeps how a version of a model was judged before it was published, or was kept back. */
  async judged(version: JudgedVersion): Promise<void> {
    await this.#keep(judgementOf({ ...version, results: await this.#shown(version.dataset, version.results) }));
  }

  async #shown(dataset: string, results: readonly CheckResult[]): Promise<CheckResult[]> {
    const marks = await marksOfDataset(this.#options.personal, dataset);
    return results.map((result) => withoutPersonalValues(result, marks));
  }

  /** What judgements and the watch have kept of values goes. */
  async forget(dataset: string): Promise<void> {
    await this.#store.forget(dataset);
    await this.#watch.forget(dataset);
  }

  #keep(judgement: Judgement): Promise<void> {
    const { dataset } = judgement;
    const kept = (this.#keeping.get(dataset) ?? Promise.resolve()).then(() => this.#write(judgement));
    this.#keeping.set(dataset, kept.catch(() => undefined));
    return kept;
  }

  async #write(judgement: Judgement): Promise<void> {
    const { manifest } = this.#options;
    const { dataset, id, version, keptBack } = judgement;
    const before = (await this.#store.standing(dataset))?.value;
    const { told = [] } = before ?? {};
    const standing: Standing = { last: id, version: keptBack ? (before?.version ?? null) : version, digest: digestOf(checksOf(manifest(), dataset)), at: Date.parse(judgement.at), since: sinceOf(judgement, before?.since), told };
    const hasNews = newsOf(judgement, told) !== undefined;
    await this.#store.keep(judgement, { ...standing, ...(hasNews && { untold: true }) });
    if (hasNews) await this.#tell(judgement, standing);
  }

  /** Who dies before it is noted writes the alerts again, under the same ids. */
  async #tell(judgement: Judgement, { untold: _, ...standing }: Standing): Promise<void> {
    const { manifest, config, tell } = this.#options;
    const news = newsOf(judgement, standing.told);
    if (news !== undefined && config.alerts.length > 0) await tell(checkAlerts(judgement, news, manifest().release, config.alerts));
    await this.#store.told(judgement.dataset, { ...standing, told: judgement.results.filter(isBroken).map(({ name }) => name) });
  }
}

function judgementOf({ dataset, version, results, keptBack }: JudgedVersion): Judgement {
  const at = Date.now();
  const id = `${String(at).padStart(15, "0")}-${randomBytes(4).toString("hex")}`;
  return { id, dataset, at: new Date(at).toISOString(), version, keptBack, score: scoreOf(results), results: results.map(keptResult) };
}

/** Who broke before goes on doing so; who breaks anew has done so since now. */
function sinceOf({ at, results }: Judgement, before: Standing["since"] = {}): Standing["since"] {
  return Object.fromEntries(results.filter(isBroken).map(({ name }) => [name, Object.hasOwn(before, name) ? before[name] : Date.parse(at)]));
}

/** What was judged before this was kept says nothing of it. */
const sinceTexts = (standing: Standing | undefined): Record<string, string> => Object.fromEntries(Object.entries(standing?.since ?? {}).map(([check, at]) => [check, new Date(at).toISOString()]));

/** What people read later holds of rows no more than what tells them apart. */
function keptResult({ sample, ...result }: CheckResult): KeptResult {
  const { columns } = result;
  const keys = columns.length === 0 ? [] : sample.slice(0, keysMax).map((row) => Object.fromEntries(columns.flatMap((column) => (Object.hasOwn(row, column) ? [[column, row[column]]] : []))));
  return { ...result, keys };
}

const digestOf = (checks: readonly CheckDecl[]): string => createHash("sha256").update(canonical(checks)).digest("hex").slice(0, 16);
