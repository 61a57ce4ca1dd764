import type { TableDescription } from "./describe-module.ts";
import type { Column, ColumnType, JsonSchema, TopicDecl } from "./manifest.ts";

/**
 * A topic beside a stage, as wide as its inputs and kept: records that it gave up on, those that came too late, and dead
 * letters that are to go through it once more (which no other reader of its inputs should see twice).
 */
export function sideTopic(stage: string, kind: "dlq" | "late" | "redrive", inputs: readonly TopicDecl[], declaredAt: string | undefined): TopicDecl {
  const key = common(inputs.map((input) => input.key));
  const eventTime = common(inputs.map((input) => input.eventTime));
  return {
    name: `${stage}.${kind}`,
    schema: inputs.length === 1 ? inputs[0].schema : { anyOf: distinct(inputs.map((input) => input.schema)) },
    columns: mergedColumns(inputs.map((input) => input.columns)),
    ...(key === undefined ? {} : { key }),
    ...(eventTime === undefined ? {} : { eventTime }),
    partitions: Math.max(...inputs.map((input) => input.partitions)),
    internal: kind,
    ...(declaredAt === undefined ? {} : { declaredAt }),
  };
}

/** The topic through which stages write to a table. One partition: a table has one writer at a time. */
export function feedTopic(table: TableDescription & { schema: JsonSchema; columns: Column[] }, declaredAt: string | undefined): TopicDecl {
  const { name, schema, columns, key, eventTime } = table;
  return {
    name: `${name}.feed`,
    schema,
    columns,
    ...(key === undefined ? {} : { key }),
    ...(eventTime === undefined ? {} : { eventTime }),
    partitions: feedPartitions,
    internal: "feed",
    ...(declaredAt === undefined ? {} : { declaredAt }),
  };
}

const feedPartitions = 1;

function common<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}

function distinct(schemas: readonly JsonSchema[]): JsonSchema[] {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}

/** The columns of all inputs; one that not every input has is optional, one of two types is JSON. */
function mergedColumns(inputs: readonly (readonly Column[])[]): Column[] {
  const names = [...new Set(inputs.flatMap((columns) => columns.map((column) => column.name)))];
  return names.map((name) => {
    const found = inputs.map((columns) => columns.find((column) => column.name === name));
    const present = found.filter((column) => column !== undefined);
    const everywhere = present.length === found.length && !present.some((column) => column.optional);
    const type: ColumnType = common(present.map((column) => column.type)) ?? "json";
    const nullable = !everywhere || present.some((column) => column.nullable);
    return everywhere ? { name, type, nullable } : { name, type, nullable, optional: true };
  });
}
