import type { ProfileComparison } from "../quality/profile/compare-profiles.ts";
import type { TableProfile } from "../quality/profile/profile.ts";

/** What the server needs to answer with profiles. All that reads data runs in processes for statements; aborting `signal` ends them. */
export interface ProfileControl {
  /**
   * @throws MillraceError `MR-SQL-003` when there is no such dataset; `MR-LAKE-001` when it has no such version, `MR-LAKE-006` when it has
   * no such partition; as `SqlRunner.run` does
   */
  profile(request: ProfileRequest, signal: AbortSignal): Promise<TableProfile>;
  /** How a version differs from another. Throws as `profile` does. */
  compare(request: CompareRequest, signal: AbortSignal): Promise<ProfileComparison>;
  /** A profile of data that are nobody's dataset. @throws MillraceError `MR-FORMAT-001` to `-008` when they cannot be read */
  profileData(request: DataRequest, signal: AbortSignal): Promise<TableProfile>;
}

export interface ProfileRequest {
  /** As SQL names it: a table, a view, `topics."name"`. */
  dataset: string;
  /** Of a table of the lake: the id of a snapshot, a tag or a branch. Default: the current one. */
  version?: string;
  /** Of a table of the lake: partitions, `field=value` each. Default: all rows. */
  partitions?: string[];
  /** Count different values where they were estimated: all rows are read for it. */
  exact?: boolean;
  /** Also look for keys, dependencies and correlations. */
  relations?: boolean;
}

export interface CompareRequest {
  dataset: string;
  version?: string;
  /** The version that is held against: as `version`. */
  against: string;
}

export interface DataRequest {
  /** Text, or bytes in base64. What it is (CSV, JSON, Parquet and others) is found out from it. */
  content: string;
  encoding?: "text" | "base64";
}
