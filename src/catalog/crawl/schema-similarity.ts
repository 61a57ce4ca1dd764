import { type InferredField, type InferredType, mergeTypes } from "../../formats/inferred-type.ts";

/** As by Glue: what is more alike than this is of one table. */
export const similarityMin = 0.7;
/** Schemas that may differ among the folders of one table. */
export const distinctMax = 5;

/** The columns of a file or a folder, as they are compared. */
export interface Schema {
  columns: ReadonlyMap<string, InferredType>;
  /** The same for schemas that are told apart by nothing. */
  signature: string;
}

export function schemaOf(fields: readonly InferredField[]): Schema {
  const columns = new Map(fields.map(({ name, type }) => [name.toLowerCase(), type]));
  return { columns, signature: [...columns].map(([name, type]) => `${name}:${familyOf(type)}`).sort().join("|") };
}

/**
 * The share of the columns of the larger schema that the other one has too, 0 to 1. A column of the same name whose kinds
 * have nothing in common counts half.
 */
function similarity(a: Schema, b: Schema): number {
  const size = Math.max(a.columns.size, b.columns.size);
  if (size === 0 || a.signature === b.signature) return 1;
  let common = 0;
  for (const [name, type] of a.columns) {
    const other = b.columns.get(name);
    if (other) common += conflict(type, other) ? 0.5 : 1;
  }
  return common / size;
}

/** Whether two types have no type in common but one that is a choice. */
function conflict(a: InferredType, b: InferredType): boolean {
  return a.kind !== "choice" && b.kind !== "choice" && mergeTypes(a, b).kind === "choice";
}

export interface Likeness {
  /** The least similarity of any schema with the one that most have. */
  least: number;
  distinct: number;
}

/** How alike schemas are, told by comparison with the most common one; of several such, the first. */
export function likeness(schemas: readonly Schema[]): Likeness {
  const counts = new Map<string, { schema: Schema; count: number }>();
  for (const schema of schemas) {
    const seen = counts.get(schema.signature);
    if (seen) seen.count++;
    else counts.set(schema.signature, { schema, count: 1 });
  }
  const found = [...counts.values()];
  const leader = found.reduce((best, each) => (each.count > best.count ? each : best)).schema;
  return { least: Math.min(...found.map(({ schema }) => similarity(leader, schema))), distinct: distinctCount(found.map(({ schema }) => schema)) };
}

/** A column in which a file has nothing but nulls makes no schema of its own. */
function distinctCount(schemas: readonly Schema[]): number {
  const kept: Schema[] = [];
  for (const schema of [...schemas].sort((a, b) => (a.signature < b.signature ? -1 : 1))) {
    if (kept.length > distinctMax) break;
    if (!kept.some((other) => other.columns.size === schema.columns.size && similarity(other, schema) === 1)) kept.push(schema);
  }
  return kept.length;
}

function familyOf({ kind }: InferredType): string {
  if (kind === "null") return "";
  if (kind === "long" || kind === "double" || kind === "decimal") return "number";
  if (kind === "struct" || kind === "map") return "object";
  return kind === "boolean" || kind === "binary" || kind === "list" || kind === "choice" ? kind : "text";
}
