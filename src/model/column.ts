import type { Column, ColumnType, JsonSchema } from "./manifest.ts";

/** The typed column of a field, read from the JSON Schema of its values. Pure. `root` resolves `$ref`. */
export function columnOf(name: string, schema: unknown, required: boolean, root: JsonSchema): Column {
  const { types, nullable } = readTypes(schema, root, 0);
  const type = oneType(types);
  if (required) return { name, type, nullable };
  return { name, type, nullable: true, optional: true };
}

interface Types {
  types: Set<ColumnType>;
  nullable: boolean;
}

const anything = (): Types => ({ types: new Set(["json"]), nullable: true });
const only = (type: ColumnType): Types => ({ types: new Set([type]), nullable: false });
const nothing = (): Types => ({ types: new Set<ColumnType>(), nullable: true });

/** What a union of column types is stored as. No type at all: only null is allowed. */
function oneType(types: Set<ColumnType>): ColumnType {
  const [type] = types;
  if (types.size === 1) return type;
  const numeric = [...types].every((each) => each === "integer" || each === "number");
  return types.size === 2 && numeric ? "number" : "json";
}

function readTypes(schema: unknown, root: JsonSchema, depth: number): Types {
  // A schema that refers to itself has no flat form; 16 is deeper than any alias of a scalar in earnest.
  if (typeof schema !== "object" || schema === null || depth > 16) return anything();
  const s = schema as JsonSchema;
  if (typeof s.$ref === "string") return readTypes(resolve(s.$ref, root), root, depth + 1);
  if ("const" in s) return typesOfValues([s.const]);
  if (Array.isArray(s.enum)) return typesOfValues(s.enum);
  const branches = s.anyOf ?? s.oneOf;
  if (Array.isArray(branches)) return union(branches.map((branch) => readTypes(branch, root, depth + 1)));
  if (Array.isArray(s.allOf) && s.type === undefined) return s.allOf.length === 1 ? readTypes(s.allOf[0], root, depth + 1) : anything();
  if (Array.isArray(s.type)) return union(s.type.map((name) => typeOfName(name, s)));
  return typeOfName(s.type, s);
}

function typeOfName(name: unknown, schema: JsonSchema): Types {
  switch (name) {
    case "string":
      return only(typeOfString(schema));
    case "integer":
    case "number":
    case "boolean":
      return only(name);
    case "null":
      return nothing();
    case "object":
    case "array":
      return only("json");
    default:
      return anything();
  }
}

function typeOfString(schema: JsonSchema): ColumnType {
  if (schema.format === "date-time") return "timestamp";
  return schema.format === "date" ? "date" : "string";
}

function typesOfValues(values: unknown[]): Types {
  return union(values.map((value) => (value === null ? nothing() : only(typeOfValue(value)))));
}

function typeOfValue(value: unknown): ColumnType {
  if (typeof value === "string" || typeof value === "boolean") return typeof value as ColumnType;
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return "json";
}

function union(branches: Types[]): Types {
  return {
    types: new Set(branches.flatMap((branch) => [...branch.types])),
    nullable: branches.some((branch) => branch.nullable),
  };
}

/** What a reference inside the document points to; undefined where it leads out of it. */
export function resolve(ref: string, root: JsonSchema): unknown {
  if (!ref.startsWith("#")) return undefined;
  const steps = ref.slice(1).split("/").slice(1).map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce<unknown>((at, step) => (typeof at === "object" && at !== null ? (at as JsonSchema)[step] : undefined), root);
}
