/** The authoring API: what a pipeline imports. It loads nothing heavy, because every stage's process imports it. */
export { files, type FilesOptions } from "./connect/files/declare.ts";
export { http, type HttpOptions } from "./connect/http/declare.ts";
export { type ErrorCode, MillraceError } from "./errors.ts";
export { count, first, last, max, mean, min, quantile, reduce, sum } from "./model/aggregate.ts";
export type { BatchContext, EmitOptions, RecordContext, SinkContext, SourceBatch, SourceContext, StageDefinition, StageLog, TableDefinition, TopicDefinition } from "./model/definition.ts";
export type { Json, JsonSchema } from "./model/manifest.ts";
export { bucket, day, hour, identity, month, truncate, year } from "./model/partition.ts";
export { defineProject, type ProjectDefinition, type ProjectOptions, type SummaryQuery } from "./model/project.ts";
export { RejectRecord, reject } from "./model/reject-record.ts";
export { jsonSchema, type RecordOf, type RecordOfDataset, type SchemaInput } from "./model/schema-types.ts";
export { type SinkOptions, sink } from "./model/sink.ts";
export { type SourceOptions, source } from "./model/source.ts";
export { type AggregateStageOptions, type BatchStageOptions, type RecordStageOptions, stage } from "./model/stage.ts";
export type { AggregateRow, Emit } from "./model/stage-types.ts";
export { type TableFromTopicOptions, type TableOptions, table } from "./model/table.ts";
export { type TopicOptions, topic } from "./model/topic.ts";
export { hopping, session, tumbling } from "./model/window.ts";
