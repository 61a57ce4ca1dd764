import type { JsonSchema } from "../model/manifest.ts";

/** Short forms for the schemas of routes. Objects are closed: what is not named does not leave, and is not taken. */
export const text: JsonSchema = { type: "string" };
export const textOrNull: JsonSchema = { type: ["string", "null"] };
export const momentOrNull: JsonSchema = { type: ["string", "null"], format: "date-time" };
export const moment: JsonSchema = { type: "string", format: "date-time" };
export const count: JsonSchema = { type: "integer", minimum: 0 };
export const amount: JsonSchema = { type: "number", minimum: 0 };
export const flag: JsonSchema = { type: "boolean" };
/** Any JSON value. */
export const anything: JsonSchema = {};
export const anyObject: JsonSchema = { type: "object", additionalProperties: true };

export const list = (items: JsonSchema): JsonSchema => ({ type: "array", items });

/** @param optional - properties that may be absent; all others are required */
export const object = (properties: Record<string, JsonSchema>, optional: string[] = []): JsonSchema => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});

export const errorObject = object({ code: text, what: text, where: text, mend: text, retryable: flag });
export const errorBody = object({ error: errorObject });

/** The same schema, or null. */
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: "null" }] });

/** A span of time, its end excluded. */
export const span = object({ start: moment, end: moment });

/** A time from a person; whether it is in the calendar is found out with the DAG's zone, in which it is read when it has no offset. */
export const instant: JsonSchema = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2})?)?$" };

/** What a person says about a change; told to whoever looks. */
export const note: JsonSchema = { type: "string", minLength: 1, maxLength: 500 };

const violation = object({ field: text, rule: text, message: text });
export const rejection = object({ index: count, violations: list(violation) });

export const columnsOfResult = list(object({ name: text, type: text }));
export const rowsOfResult = list(list(anything));

/** The query parameters of a list. */
export const paging: Record<string, JsonSchema> = {
  limit: { type: "integer", minimum: 1, maximum: 1_000, default: 100, description: "Most items of the page." },
  after: { type: "string", maxLength: 256, description: "`next` of the page before." },
};
