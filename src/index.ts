/** The authoring API: what a pipeline imports. It loads nothing heavy, because every stage's process imports it. */
export { files, type FilesOptions } from "./connect/files/declare.ts";
export { postgres, type PostgresOptions } from "./connect/postgres/declare.ts";
export { http, type HttpOptions } from "./connect/http/declare.ts";
export { type ErrorCode, MillraceError } from "./errors.ts";
export { count, first, last, max, mean, min, quantile, reduce, sum } from "./model/aggregate.ts";
export { type ClassifierOption, type CrawlerOptions, type CrawlPolicy, crawler, type DeletedPolicy, type ShapePolicy } from "./model/crawler.ts";
export { dag, type ParamsOf } from "./model/dags/dag.ts";
export type { AlertOption, DagOptions } from "./model/dags/dag-options.ts";
export type { Before, GroupRef, ItemRef, MappedRef, TaskRef } from "./model/dags/refs.ts";
export type { AnyParams, DataInterval, RunFacts, SensorContext, TaskContext } from "./model/dags/task-context.ts";
export type { DagTools, MapTools, SensorOptions, SqlRow, TaskDefaults, TaskOptions } from "./model/dags/tools.ts";
export type { TriggerRule } from "./model/dag-manifest.ts";
export type { BatchContext, DagDefinition, EmitOptions, MartDefinition, RecordContext, SinkContext, SourceBatch, SourceContext, StageDefinition, StageLog, TableDefinition, TopicDefinition } from "./model/definition.ts";
export type { Json, JsonSchema } from "./model/manifest.ts";
export { applyMapping, type ChoiceOption, flatten, type FlattenOptions, type MappingEntry, type Misfit, type MisfitPolicy, type PivotOptions, pivot, type Relational, type Rows, type RowsInput, relationalize, resolveChoice, type UnpivotOptions, unpivot } from "./model/nested.ts";
export { type QuarantinedRow, type SourceFolderDefinition, type SourceFolderOptions, type SourceTableOptions, sourceFolder } from "./model/onboarding/source-folder.ts";
export type { VanishedPolicy } from "./model/onboarding/source-decl.ts";
export { bucket, day, hour, identity, month, truncate, year } from "./model/partition.ts";
export { defineProject, type HistoryOptions, type ProjectDefinition, type ProjectOptions, type QualityOptions, type ReleasePolicy, type SummaryQuery } from "./model/project.ts";
export type { CheckOptions, RecordTest } from "./model/quality/check-definition.ts";
export { accepted, castable, notNull, pattern, range, type RangeBounds, textLength } from "./model/quality/column-checks.ts";
<<<<<<< HEAD
export { aggregate, dependency, freshness, hasColumns, outliers, relationship, unique, type VolumeBounds, volume } from "./model/quality/dataset-checks.ts";
=======
export { aggregate, dependency, distribution, type DistributionBounds, freshness, hasColumns, relationship, unique, type VolumeBounds, volume } from "./model/quality/dataset-checks.ts";
>>>>>>> checks
export { check, recordCheck, rowCondition, rows } from "./model/quality/statement-checks.ts";
export { RejectRecord, reject } from "./model/reject-record.ts";
export { at, type CalendarOptions, type CalendarStep, type CronOptions, calendar, continuous, cron, type DaysOff, days, every, manual, type OnUpdateOptions, once, onUpdate, type Schedule, type TimetableCode, timetable, union } from "./model/schedule.ts";
export { type ConnectionDefinition, connection, secret } from "./model/secret.ts";
export { jsonSchema, type RecordOf, type RecordOfDataset, type SchemaInput } from "./model/schema-types.ts";
export { type SinkOptions, sink } from "./model/sink.ts";
export { type SourceOptions, source } from "./model/source.ts";
export { type AggregateStageOptions, type BatchStageOptions, type RecordStageOptions, stage } from "./model/stage.ts";
export type { AggregateRow, Emit } from "./model/stage-types.ts";
export { type Sql, type SqlTag, type SqlValue, sql, within } from "./model/sql-tag.ts";
export { externalTable, type ExternalTableOptions } from "./model/external-table.ts";
export type { FileFormatHint } from "./model/file-format-hint.ts";
export { type MartModel, type MartOptions, type MartSource, mart } from "./model/marts/mart.ts";
export { seed, type SeedOptions } from "./model/models/seed.ts";
export { history, type HistoryOptions as HistoryModelOptions, type KeyOptions, merge, replaceKeys } from "./model/models/materialize.ts";
export type { ModelContext, ModelOptions } from "./model/models/model-options.ts";
export { type ModelTableOptions, type TableFromTopicOptions, type TableOptions, type TaskTableOptions, table } from "./model/table.ts";
export { FailNow, fail, retryAfter, skip } from "./model/task-signals.ts";
export { type TopicOptions, topic } from "./model/topic.ts";
export { hopping, session, tumbling } from "./model/window.ts";
