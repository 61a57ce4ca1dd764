import { createRequire } from "node:module";
import { join } from "node:path";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonSchema } from "./manifest.ts";

const target = "draft-2020-12";

/** The library cannot describe any schema of its own, whatever is in it. */
export class NoJsonSchema extends Error {
  readonly mend = "use zod 4.2 or later, arktype 2.1.28 or later, valibot with @valibot/to-json-schema (npm install @valibot/to-json-schema), or JSON Schema";
}

/** Whether `schema` is one of a library that keeps to Standard Schema. arktype's are functions. */
export function isStandardSchema(schema: unknown): schema is StandardSchemaV1 {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return false;
  const standard = (schema as { "~standard"?: { version?: unknown } })["~standard"];
  return typeof standard === "object" && standard?.version === 1;
}

/**
 * The JSON Schema of what a library's schema lets through, as that library writes it.
 * @throws the library's own error where a part has no form in JSON, and an `Error` where the library cannot say
 */
export function vendorJsonSchema(schema: StandardSchemaV1): JsonSchema {
  const { vendor } = schema["~standard"];
  if (vendor === "arktype") return arktypeJsonSchema(schema);
  const converter = (schema["~standard"] as Partial<StandardJSONSchemaV1.Props>).jsonSchema;
  if (converter) return converter.output({ target });
  if (vendor === "valibot") return valibotJsonSchema(schema);
  throw new NoJsonSchema(`this version of ${vendor} does not describe its schemas as JSON Schema`);
}

/** The fields of a library's object schema, where it shows them: used to name the one that cannot be converted. */
export function vendorFields(schema: StandardSchemaV1): [field: string, schema: StandardSchemaV1][] {
  const { shape, entries } = schema as { shape?: unknown; entries?: unknown };
  const fields = shape ?? entries;
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).filter((entry): entry is [string, StandardSchemaV1] => isStandardSchema(entry[1]));
}

/** arktype's Standard JSON Schema answers `{}` for what it cannot describe; its own method throws. */
function arktypeJsonSchema(schema: StandardSchemaV1): JsonSchema {
  const { out } = schema as { out?: { toJsonSchema?: (options: object) => JsonSchema } };
  if (!out?.toJsonSchema) throw new NoJsonSchema("this version of arktype does not describe its schemas as JSON Schema");
  try {
    return out.toJsonSchema({ dialect: `https://json-schema.org/draft/2020-12/schema` });
  } catch (error) {
    const { code, domain } = arktypeReason(error);
    throw new Error(`a part of it (${domain ?? code}) has no form in JSON`, { cause: error });
  }
}

function arktypeReason(error: unknown): { code: string; domain?: string } {
  const text = error instanceof Error ? error.message : "";
  return { code: /code: "(\w+)"/.exec(text)?.[1] ?? "a type", domain: /domain: "(\w+)"/.exec(text)?.[1] };
}

/** valibot leaves JSON Schema to a package of its own, which the user's project has, or ours. It is loaded when needed. */
function valibotJsonSchema(schema: StandardSchemaV1): JsonSchema {
  const { toJsonSchema } = requireFromProject("@valibot/to-json-schema") as { toJsonSchema: (schema: unknown, options: object) => JsonSchema };
  return toJsonSchema(schema, { target, typeMode: "output" });
}

function requireFromProject(name: string): unknown {
  for (const base of [join(process.cwd(), "package.json"), import.meta.url]) {
    const load = createRequire(base);
    try {
      return load(load.resolve(name));
    } catch (error) {
      if ((error as { code?: string }).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new NoJsonSchema(`valibot describes its schemas through the package ${name}, which is not installed`);
}
