import type { JsonSchema } from "../manifest.ts";
import { readJsonSchema } from "../schema.ts";
import { compileValidator } from "../validate.ts";
import { fault } from "./fault.ts";

/**
 * The schema of a DAG's parameters: a closed object whose defaults keep it.
 * @throws MillraceError `MR-MODEL-002` for what has no form in JSON, `MR-MODEL-013` for what is no object, or a default that breaks it
 */
export function readParamsSchema(schema: unknown, where: string): JsonSchema {
  const at = `${where}, params`;
  const { $schema: _, ...json } = readJsonSchema(schema, at);
  if (json.type !== "object") throw fault("the parameters are no object", at, "let the schema be an object with named fields: z.object({ … })");
  const properties = (json.properties ?? {}) as Record<string, JsonSchema>;
  const closed = { ...json, properties, additionalProperties: json.additionalProperties ?? false };
  checkDefaults(closed, properties, at);
  return closed;
}

/** Each default is filled in where nothing is given, and must then be what the schema wants. */
function checkDefaults(schema: JsonSchema, properties: Record<string, JsonSchema>, at: string): void {
  const [broken] = violations({ ...schema, required: [] }, at);
  if (!broken) return;
  const name = broken.field.split(/[.[]/)[0];
  throw fault(`the default of parameter "${broken.field}" breaks its own schema: it ${broken.message}`, at, `correct the default${Object.hasOwn(properties, name) ? `, which is ${JSON.stringify(properties[name].default)}` : ""}`);
}

function violations(schema: JsonSchema, at: string): { field: string; message: string }[] {
  try {
    return compileValidator(schema)({});
  } catch (cause) {
    throw fault(`the schema of the parameters cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, at, "correct the JSON Schema", cause);
  }
}
