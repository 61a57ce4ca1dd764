import type { CheckResult } from "../quality/checks/check-result.ts";
import type { Anomaly } from "../quality/watch/watch.ts";
import type { DataRequest } from "./profile-control.ts";
import type { Explanation } from "../quality/checks/explain-checks.ts";

/** What the server needs to judge datasets by their checks, and to tell how they were judged. Datasets go by `namespace.table` and `topics.name`. */
export interface QualityControl {
  /** All that have checks, by name, as they were judged last. */
  list(): Promise<QualityView[]>;
  /** Judges a version now. Aborting `signal` ends it. @throws MillraceError `MR-QUALITY-003`, `MR-LAKE-001`, `MR-SQL-004` and others when it cannot be read */
  check(dataset: string, request: CheckRequest, signal: AbortSignal): Promise<JudgementDetail>;
  /** Judges data that are nobody's dataset by the checks of one, as if they were its rows; nothing is kept. @throws MillraceError `MR-QUALITY-003`, `MR-FORMAT-001` to `-008` */
  validate(dataset: string, data: DataRequest, signal: AbortSignal): Promise<CheckResult[]>;
  /** How it would be judged, and by which statements. Throws as `check` does. */
  explain(dataset: string, request: CheckRequest, signal: AbortSignal): Promise<Explanation>;
  /** What the watch over the lake's tables knows of each, by name. */
  watched(): Promise<WatchView[]>;
  /** What the watch measured of the last versions of a table, the oldest first; at most 120 of them, and 30 figures of each. */
  measured(dataset: string): Promise<MeasuredVersion[]>;
  /** How it was judged, the newest first. @throws MillraceError `MR-QUALITY-003` */
  history(dataset: string, page: JudgementPage): Promise<Judgement[]>;
}

export interface CheckRequest {
  /** A snapshot's id, or the name of a tag or branch. Default: the current version. Of others than that nothing is kept. */
  version?: string;
  /** Count what breaks a check also where it is known that something does. */
  exact?: boolean;
}

export interface JudgementPage {
  /** `id` of a judgement: those before it. */
  before?: string;
  limit: number;
}

/** What is known of how a table usually is. */
export interface WatchView {
  dataset: string;
  /** The version that was looked at last, and when it was committed. */
  version: string;
  last: string | null;
  /** Versions that were looked at. */
  versions: number;
  /** How often they come; null before that is known. */
  pace: "daily" | "hourly" | "other" | null;
  /** What was not as usual, the newest first, with a sentence for people. */
  anomalies: (Omit<Anomaly, "at"> & { at: string; text: string })[];
}

/** Figures of one version, by what they measure: `rows`, `added rows`, `nulls of <column>`. */
export interface MeasuredVersion {
  version: string;
  /** When it was committed. */
  at: string;
  values: Record<string, number>;
}

export interface QualityView {
  dataset: string;
  checks: string[];
  /** Null before it was judged. */
  last: Judgement | null;
  /** Of each check that does not hold, since when it has not without a break. ISO 8601. */
  since: Record<string, string>;
}

/** One version of a dataset, judged. */
export interface Judgement {
  /** Later ones have greater ids. */
  id: string;
  dataset: string;
  /** ISO 8601. */
  at: string;
  /** Snapshot of the version; null for what has none. */
  version: string | null;
  /** The version of a model that was kept back for what it breaks. */
  keptBack: boolean;
  /** 0 to 100: see `scoreOf`. Null where nothing was found out. */
  score: number | null;
  results: KeptResult[];
}

/** A result as it is kept: of the rows that break a check the values of its own columns, and nothing else of them. */
export type KeptResult = Omit<CheckResult, "sample"> & { keys: Record<string, unknown>[] };

/** With the rows, for who asks now. */
export type JudgementDetail = Omit<Judgement, "results"> & { results: CheckResult[] };
