import type { AlertOption } from "./dags/dag-options.ts";
import type { ProfileDecl } from "./profile.ts";
import { invalid } from "./option-checks.ts";

const mark: unique symbol = Symbol.for("millrace.project");

/** A query whose result `millrace up` prints when all bounded sources are drained. */
export interface SummaryQuery {
  /** Field of the JSON summary. */
  name: string;
  /** Heading for people. */
  title: string;
  sql: string;
}

/** What processors and memory cost, so that the cost of stages is told in money. */
export interface Prices {
  /** ISO 4217, as `"EUR"`. */
  currency: string;
  /** Of one core for an hour. */
  coreHour: number;
  /** Of a GiB of memory for an hour. Default 0. */
  gibHour?: number;
}

export interface HistoryOptions {
  /** Runs that ended longer ago are removed: a duration, or `"forever"`. Default `"90d"`. */
  keep?: string;
  /** Runs of each DAG that stay whatever their age: those with the newest intervals. 1 to 1,000,000, default 100. */
  keepRuns?: number;
  /** Versions of each entry of the catalog that stay: 1 to 1,000,000, or `"forever"`. Default 100. */
  keepVersions?: number | "forever";
}

export interface QualityOptions {
  /** A table is judged by its checks at most so often, and always its last version. Default `"5s"`. */
  every?: string;
  /** Judgements of each dataset that stay. 1 to 10,000, default 100. */
  keep?: number;
  /** Tables of the lake are watched without anybody's asking: how many rows come, how many nulls, and when. Each is looked at every so often, its last version then. Default `{ every: "1m" }`, as `true`. */
  watch?: boolean | { every?: string };
  /** Whom to tell when checks of a dataset turn from holding to not, and back, and when a version is not as versions usually are. */
  alerts?: readonly AlertOption["to"][];
}

export interface WorkersOptions {
  /** Names of stages; `true`: all of them. Default: none. A stage that is not named here may be joined by workers, which share its tasks with the processes here. */
  stages?: true | readonly string[];
  /** Pools whose tasks of code and of commands run on workers. Tasks that need the lake (SQL, models, loads) stay here, whatever their pool. */
  pools?: readonly string[];
  /**
   * Stages on workers reach the brokers of a log on Kafka themselves, with passwords of their own machine, and what they may do
   * there is for the brokers' access lists to say. Default `false`: records go by way of the control plane, which looks what
   * each worker may do.
   */
  brokers?: boolean;
}

/**
 * When new runs of DAGs get what is in the project's folder: with each start of Millrace (`auto`), or only once someone
 * has applied it (`manual`).
 */
export type ReleasePolicy = "auto" | "manual";

export interface ProjectOptions {
  /** Default: the folder's name. */
  name?: string;
  /** The files that declare, as globs from the project folder. Default: `pipeline.ts`, `*.pipeline.ts`, `pipelines/**` with `.ts`. */
  pipelines?: readonly string[];
  /** Where the data is kept, from the project folder. Default `.millrace`. */
  dataDir?: string;
  /**
   * Where the service listens. Default: loopback, at a port that the service chooses. Beyond loopback it needs `tls`: files with
   * a certificate (and those that it was signed by, in PEM) and its key, from the project folder. It is known by the certificate's names.
   */
  http?: { host?: string; port?: number; tls?: { cert: string; key: string } };
  /** What runs on other machines, which join with `millrace worker`, and never on this one. */
  workers?: WorkersOptions;
  /** How long runs of DAGs are kept, with their logs and results. */
  history?: HistoryOptions;
  /** Default `auto`. In production, `manual` keeps a restart from bringing new code along. Stages always take up the folder at a start. */
  releases?: ReleasePolicy;
  /** How datasets are judged by their checks. */
  quality?: QualityOptions;
  /** What is printed at the end of a bounded run. Default: the row count of each table. */
  summary?: readonly SummaryQuery[];
  /** Default: none, and what stages have used is told in hours. */
  prices?: Prices;
  /** What stands under it: log, state and files, each chosen alone. What is left out is embedded, and lies in the data folder. */
  profile?: ProfileDecl;
}

/** What `millrace.config.ts` exports by default. Its options are checked when the project is read. */
export interface ProjectDefinition extends ProjectOptions {
  readonly [mark]: true;
}

/**
 * Declares the project, in `millrace.config.ts`.
 * @example export default defineProject({ name: "shop", pipelines: ["src/*.pipeline.ts"] })
 */
export function defineProject(options: ProjectOptions): ProjectDefinition {
  if (typeof options !== "object" || options === null) throw invalid("the project has no options", "defineProject", "give an object, as defineProject({ name: \"shop\" })");
  return { ...options, [mark]: true };
}

/** Whether a configuration file's default export is a project. */
export function isProject(value: unknown): value is ProjectDefinition {
  return typeof value === "object" && value !== null && (value as { [mark]?: true })[mark] === true;
}
