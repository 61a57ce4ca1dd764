/**
 * What was found in a column, as a type. `count` is the evidence: how many values, other than null, were seen as of it.
 *
 * Types form a lattice that `mergeTypes` walks upwards and never down: `null` fits into everything; whole numbers into
 * decimals into doubles; dates into timestamps; dates, times, timestamps and uuids, which are readings of text, into text;
 * objects into maps. Kinds with nothing in common stay beside each other in a `choice`, one of each family, for somebody to
 * resolve.
 */
export type InferredType = ScalarType | DecimalType | ListType | StructType | MapType | ChoiceType;

export interface ScalarType {
  kind: ScalarKind;
  count: number;
}

export type ScalarKind = "null" | "boolean" | "long" | "double" | "date" | "time" | "timestamp" | "timestamptz" | "string" | "uuid" | "binary";

/** A number with a fraction of more digits than a double keeps. */
export interface DecimalType {
  kind: "decimal";
  /** Digits in all, 1 to 38. */
  precision: number;
  /** Digits after the point, 0 to `precision`. */
  scale: number;
  count: number;
}

export interface ListType {
  kind: "list";
  element: InferredType;
  count: number;
}

export interface StructType {
  kind: "struct";
  /** In the order of their first appearance. A field whose type has a smaller count than the struct was missing or null in the rest. */
  fields: InferredField[];
  count: number;
}

/** An object whose keys are data. */
export interface MapType {
  kind: "map";
  value: InferredType;
  count: number;
}

/** Kinds with nothing in common in one column; in the order of `families`, at least two. */
export interface ChoiceType {
  kind: "choice";
  members: Exclude<InferredType, ChoiceType>[];
  count: number;
}

/** A column, or a field of a struct. */
export interface InferredField {
  /** Unique in its table whatever the case of its letters, and never empty. */
  name: string;
  /** The name in the file, where that had to change. */
  source?: string;
  type: InferredType;
  /** Texts that mean null in this column, as `NA` among numbers. */
  nullTexts?: string[];
}

type Single = Exclude<InferredType, ChoiceType>;

/** Each kind belongs to one family; a choice holds at most one type of each, in this order. */
const families = ["boolean", "number", "text", "binary", "list", "object"] as const;
type Family = (typeof families)[number];

const familyOf: Record<Single["kind"], Family | undefined> = {
  null: undefined,
  boolean: "boolean",
  long: "number",
  decimal: "number",
  double: "number",
  date: "text",
  time: "text",
  timestamp: "text",
  timestamptz: "text",
  string: "text",
  uuid: "text",
  binary: "binary",
  list: "list",
  struct: "object",
  map: "object",
};

/**
 * The least type that holds the values of both: commutative (but for the order of fields), associative, idempotent (but for the counts, which add), and
 * never narrower than either.
 */
export function mergeTypes(a: InferredType, b: InferredType): InferredType {
  const members = new Map<Family, Single>();
  for (const member of [...membersOf(a), ...membersOf(b)]) {
    const family = familyOf[member.kind] as Family;
    const other = members.get(family);
    members.set(family, other ? mergeSame(family, other, member) : member);
  }
  const found = families.flatMap((family) => members.get(family) ?? []);
  if (found.length === 0) return { kind: "null", count: a.count + b.count };
  return found.length === 1 ? found[0] : { kind: "choice", members: found, count: found.reduce((sum, { count }) => sum + count, 0) };
}

/** Columns by name: those of `a` in their order, then those that only `b` has. */
export function mergeFields(a: readonly InferredField[], b: readonly InferredField[]): InferredField[] {
  const merged = new Map(a.map((field) => [field.name, field]));
  for (const field of b) {
    const other = merged.get(field.name);
    merged.set(field.name, other ? mergeField(other, field) : field);
  }
  return [...merged.values()];
}

function mergeField(a: InferredField, b: InferredField): InferredField {
  const nullTexts = [...new Set([...(a.nullTexts ?? []), ...(b.nullTexts ?? [])])].sort();
  const source = a.source ?? b.source;
  return { name: a.name, ...(source !== undefined && { source }), type: mergeTypes(a.type, b.type), ...(nullTexts.length > 0 && { nullTexts }) };
}

function membersOf(type: InferredType): Single[] {
  if (type.kind === "choice") return type.members;
  return type.kind === "null" ? [] : [type];
}

function mergeSame(family: Family, a: Single, b: Single): Single {
  const count = a.count + b.count;
  if (family === "number") return { ...mergeNumbers(a, b), count };
  if (family === "text") return { kind: mergeTexts(a.kind as ScalarKind, b.kind as ScalarKind), count };
  if (a.kind === "list" && b.kind === "list") return { kind: "list", element: mergeTypes(a.element, b.element), count };
  if (a.kind === "struct" && b.kind === "struct") return { kind: "struct", fields: mergeFields(a.fields, b.fields), count };
  if (family === "object") return { kind: "map", value: mergeTypes(mapValue(a), mapValue(b)), count };
  return { ...a, count };
}

const precisionMax = 38;
/** Whole digits that a 64-bit integer can have. */
const longDigits = 19;

function mergeNumbers(a: Single, b: Single): Single {
  if (a.kind === b.kind && a.kind !== "decimal") return a;
  if (a.kind === "double" || b.kind === "double") return { kind: "double", count: 0 };
  const [x, y] = [digitsOf(a), digitsOf(b)];
  const [whole, scale] = [Math.max(x.whole, y.whole), Math.max(x.scale, y.scale)];
  return whole + scale > precisionMax ? { kind: "double", count: 0 } : { kind: "decimal", precision: whole + scale, scale, count: 0 };
}

function digitsOf(type: Single): { whole: number; scale: number } {
  return type.kind === "decimal" ? { whole: type.precision - type.scale, scale: type.scale } : { whole: longDigits, scale: 0 };
}

/** Midnight is meant by a date among timestamps. With a zone and without are different things, and only their text is certain. */
function mergeTexts(a: ScalarKind, b: ScalarKind): ScalarKind {
  if (a === b) return a;
  return (a === "date" && b === "timestamp") || (a === "timestamp" && b === "date") ? "timestamp" : "string";
}

function mapValue(type: Single): InferredType {
  if (type.kind === "map") return type.value;
  const { fields } = type as StructType;
  return fields.map((field) => field.type).reduce(mergeTypes, { kind: "null", count: 0 });
}

/** The type in one line, without its counts: `struct<id: long, tags: list<string>>`, `choice<long | string>`. */
export function typeText(type: InferredType): string {
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "list":
      return `list<${typeText(type.element)}>`;
    case "map":
      return `map<string, ${typeText(type.value)}>`;
    case "struct":
      return `struct<${type.fields.map(({ name, type }) => `${name}: ${typeText(type)}`).join(", ")}>`;
    case "choice":
      return `choice<${type.members.map(typeText).join(" | ")}>`;
    default:
      return type.kind;
  }
}
