import type { Detected, DetectSpec } from "../quality/detect/detect.ts";
import type { DetectOptions } from "../quality/detect/methods.ts";
import type { DataRequest } from "./profile-control.ts";

/** What the server needs to look for outliers. All of it runs in processes for statements; aborting `signal` ends them. */
export interface DetectControl {
  /**
   * @throws MillraceError `MR-QUALITY-005` for a method, an option or a column that there is not; `MR-SQL-003` when there is no such
   * dataset; `MR-FORMAT-001` to `-008` when data cannot be read; as `SqlRunner.run` does
   */
  detect(request: DetectRequest, signal: AbortSignal): Promise<Detected>;
}

/** Exactly one of `dataset`, `sql` and `data` says which rows. */
export interface DetectRequest extends Partial<Pick<DetectSpec, "columns" | "by" | "label">> {
  /** As SQL names it: a table, a view, `topics."name"`. */
  dataset?: string;
  /** Of a table of the lake: the id of a snapshot, a tag or a branch. Default: the current one. */
  version?: string;
  /** A SELECT: over an interval, joined, sampled. */
  sql?: string;
  data?: DataRequest;
  /** A name of `detectMethods`. */
  method: string;
  options?: DetectOptions;
  /** The column of the time, for series. */
  order?: string;
}
