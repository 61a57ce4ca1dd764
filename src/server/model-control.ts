import type { ErrorJson } from "../errors.ts";
import type { MartChanges } from "../model/marts/mart-changes.ts";
import type { Lineage } from "../sql/lineage/lineage.ts";
import type { Materialization } from "../model/models/model-decl.ts";

/** What the server needs to show models and to test them. They are built by runs of their DAGs. */
export interface ModelControl {
  /** In an order in which each comes behind those it reads. @throws MillraceError `MR-MODEL-004` */
  list(selection: ModelSelection): Promise<ModelView[]>;
  /** @throws MillraceError `MR-MODEL-004` when there is no such model; what its statement throws when it is looked at */
  show(name: string, signal: AbortSignal): Promise<ModelDetail>;
  /**
   * Makes what was built on a branch the tables themselves, table by table, and removes the branch.
   * @returns names of the models that had it. @throws MillraceError `MR-LAKE-002` when a table has moved on meanwhile
   */
  publish(request: ModelPublish): Promise<string[]>;
  /** Runs checks over the rows that are there, and unit tests. Aborting `signal` ends it. */
  test(request: ModelTestRequest, signal: AbortSignal): Promise<ModelTestResult[]>;
}

/** Models by name, pattern, tag, and what stands around them: see `selectModels`. Nothing selected: all. */
export interface ModelSelection {
  select?: string[];
  exclude?: string[];
}

export interface ModelView {
  name: string;
  kind: Materialization["kind"];
  /** The DAG that builds it; null for one that is not built. */
  dag: string | null;
  description: string | null;
  owner: string | null;
  tags: string[];
  /** Datasets, `topics.` before the names of topics. */
  reads: string[];
  checks: string[];
  unitTests: string[];
  /** `never`: it was not built. `changed`: it was, by another statement than it has now. Null for one that is not built. */
  state: "built" | "changed" | "never" | null;
  /** When the rows that stand there were published, ISO 8601. */
  builtAt: string | null;
  /** Of a model by interval: the spans that are filled by its statement. */
  filled: { start: string; end: string }[] | null;
}

export interface ModelPublish extends ModelSelection {
  branch: string;
}

export interface ModelDetail extends ModelView {
  /** With places such as `{{ interval.start }}`. */
  sql: string;
  /** What the statement gives, and what is said of it. */
  columns: { name: string; type: string; note: string | null }[];
  /** Where each column comes from. */
  lineage: Lineage;
}

export interface ModelTestRequest extends ModelSelection {
  /** Default: both. */
  kinds?: ("check" | "unit")[];
}

export interface ModelTestResult {
  model: string;
  name: string;
  kind: "check" | "unit";
  /** `warned`: a check that lets rows through has failed. `skipped`: the model has no rows yet. `error`: it could not be run. */
  state: "passed" | "failed" | "warned" | "skipped" | "error";
  /** Rows that break the check; rows that are missing or too many. */
  failures: number;
  /** The first of them. Of a unit test each has `side`: `missing` or `extra`. */
  sample: Record<string, unknown>[];
  error: ErrorJson | null;
}

/** What another release does to a mart. */
export interface MartPlan extends MartChanges {
  /** Columns that its readers have now and would have no more. */
  lost: { table: string; columns: string[] }[];
  /** Columns that they would see for the first time. */
  gained: { table: string; columns: string[] }[];
}

/** What another release does to a model's rows. */
export interface ModelPlan {
  name: string;
  /** `indirect`: it reads one that changes. */
  change: "added" | "removed" | "changed" | "indirect";
  /**
   * `build`: for the first time. `rebuild`: the rows that are there are not what the statement gives any more. `columns-added`:
   * they are, and lack columns. `none`: they are.
   */
  effect: "build" | "rebuild" | "columns-added" | "none";
  why: string;
  /** Of a model by interval whose rows change: the intervals that were filled before. */
  fills: { count: number; start: string; end: string } | null;
}
