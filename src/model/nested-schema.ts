import { columnOf, resolve } from "./column.ts";
import type { TableDefinition, TopicDefinition } from "./definition.ts";
import type { JsonSchema } from "./manifest.ts";
import { readJsonSchema } from "./schema.ts";

/** Levels that are described; what is deeper is `json`. A schema that refers to itself has no end. */
const levelsMax = 20;

const scalars = { string: "string", boolean: "boolean", integer: "long", number: "double", timestamp: "timestamptz", date: "date", json: "json" } as const;

/**
 * The types of a dataset's fields that hold objects and lists, by the name of the field: `struct<mag: double>`. They are
 * stored as JSON text, and only the schema knows what is in them.
 */
export function nestedFieldTypes(definition: TopicDefinition | TableDefinition): Record<string, string> {
  const schema = definition.schema ?? (definition as TableDefinition).from?.schema;
  if (schema === undefined) return {};
  const root = readJsonSchema(schema, `${definition.name}, schema`);
  const fields = Object.entries((followed(root, root).properties ?? {}) as Record<string, unknown>);
  const types = fields.map(([name, field]): [string, string] => [name, typeText(field, root, 0)]);
  return Object.fromEntries(types.filter(([, text]) => /^(struct|list)</.test(text)));
}

function typeText(schema: unknown, root: JsonSchema, level: number): string {
  const { properties, items, type } = followed(nonNull(schema, root), root);
  const { type: column } = columnOf("", schema, true, root);
  if (column !== "json" || level >= levelsMax) return scalars[column];
  if (isType(type, "array") && typeof items === "object" && items !== null) return `list<${typeText(items, root, level + 1)}>`;
  const fields = Object.entries((isType(type, "object") && properties) || {});
  if (fields.length === 0) return "json";
  return `struct<${fields.map(([name, field]) => `\`${name.replaceAll("`", "``")}\`: ${typeText(field, root, level + 1)}`).join(", ")}>`;
}

/** `type` may be a list with null in it. */
const isType = (type: unknown, name: string): boolean => type === name || (Array.isArray(type) && type.every((each) => each === name || each === "null"));

/** The one branch of a choice between it and null. */
function nonNull(schema: unknown, root: JsonSchema): unknown {
  const { anyOf, oneOf } = followed(schema, root);
  const branches = (anyOf ?? oneOf) as unknown[] | undefined;
  if (!Array.isArray(branches)) return schema;
  const others = branches.filter((branch) => followed(branch, root).type !== "null");
  return others.length === 1 ? others[0] : {};
}

/** What a schema that only refers to another one refers to. */
function followed(schema: unknown, root: JsonSchema): JsonSchema {
  let at = schema;
  for (let n = 0; n < levelsMax && typeof (at as JsonSchema | undefined)?.$ref === "string"; n++) at = resolve((at as { $ref: string }).$ref, root);
  return typeof at === "object" && at !== null ? (at as JsonSchema) : {};
}
