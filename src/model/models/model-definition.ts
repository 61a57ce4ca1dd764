import type { DagOptions } from "../dags/dag-options.ts";
import type { TableDefinition, TopicDefinition } from "../definition.ts";
import type { Sql } from "../sql-tag.ts";
import type { Check } from "../quality/check-definition.ts";
import type { Materialization, SchemaPolicy } from "./model-decl.ts";

/** When models are built, and what is done when that fails: options of the DAG that builds them. */
export type ModelSchedule = Pick<DagOptions, "schedule" | "timezone" | "start" | "end" | "catchup" | "maxActiveRuns" | "alerts" | "deadlines">;

export interface UnitTest {
  readonly given: readonly (readonly [dataset: TopicDefinition | TableDefinition, rows: readonly Record<string, unknown>[]])[];
  readonly expect: readonly Record<string, unknown>[];
  readonly interval?: { readonly start: string; readonly end: string };
}

/** The statement of a table's rows, and all that is said of how they are made. */
export interface ModelDefinition {
  readonly materialize: Materialization;
  /** @param incremental - the table has rows already */
  statement(incremental: boolean): Sql;
  readonly schedule: ModelSchedule;
  readonly dag?: string;
  readonly retries?: number;
  readonly onSchemaChange: SchemaPolicy;
  readonly checks: readonly Check[];
  readonly unitTests: Readonly<Record<string, UnitTest>>;
  readonly description?: string;
  readonly owner?: string;
  readonly tags: readonly string[];
  readonly columnNotes: Readonly<Record<string, string>>;
}
