import { isDeepStrictEqual } from "node:util";
import { allFields, canPromote, greatestId, type IcebergType, isPrimitive, sameType, typeText } from "./iceberg-type.ts";
import { invalid } from "./json-input.ts";
import type { SortOrder, SpecField, TableMetadata, TableSchema } from "./table-metadata.ts";

/** A table's metadata while updates are applied to it, one after the other. What an update changes is replaced, never written into. */
export interface MetadataDraft {
  metadata: TableMetadata;
  /** What -1 means in an update: the schema, spec or sort order that was added last. */
  lastAdded: { schema?: number; spec?: number; order?: number };
  /** The draft's own properties, once an update has changed them: thousands of updates would else each copy all of them. */
  properties?: Record<string, string>;
  /** Ids of snapshots that these updates have added. */
  addedSnapshots: Set<bigint>;
  /** When the metadata was changed, where an update says so: the time of a snapshot. */
  changedAt?: number;
  /** When the updates are applied, milliseconds since 1970. */
  readonly now: number;
}

/** Adds a schema, or finds it: of two schemas that say the same the first stands. */
export function addSchema(draft: MetadataDraft, schema: Omit<TableSchema, "schema-id">, where: string): void {
  const { metadata } = draft;
  const identifiers = (one: object) => (one as { "identifier-field-ids"?: number[] })["identifier-field-ids"] ?? [];
  const same = metadata.schemas.find((one) => isDeepStrictEqual(one.fields, schema.fields) && isDeepStrictEqual(identifiers(one), identifiers(schema)));
  if (same === undefined) checkIds(metadata, schema, where);
  const id = same?.["schema-id"] ?? nextId(metadata.schemas.map((one) => one["schema-id"]));
  draft.lastAdded.schema = id;
  if (same !== undefined) return;
  draft.metadata = {
    ...metadata,
    schemas: [...metadata.schemas, { ...schema, "schema-id": id }],
    "last-column-id": Math.max(metadata["last-column-id"], greatestId(schema.fields)),
  };
}

const nextId = (ids: number[]): number => Math.max(-1, ...ids) + 1;

/**
 * An id stands for one field for ever, for files are read by it. While there are rows its type may only be widened; a table
 * that is being replaced as a whole has none.
 */
function checkIds(metadata: TableMetadata, schema: Omit<TableSchema, "schema-id">, where: string): void {
  const known = new Map<number, IcebergType>();
  const inOrder = metadata.schemas.toSorted((a, b) => Number(a["schema-id"] === metadata["current-schema-id"]) - Number(b["schema-id"] === metadata["current-schema-id"]));
  for (const one of inOrder) for (const { field } of allFields(one.fields)) known.set(field.id, field.type);
  const hasRows = metadata.refs.main !== undefined;
  for (const { field, path } of allFields(schema.fields)) {
    const before = known.get(field.id);
    const name = path.join(".");
    if (before === undefined) {
      if (field.id > metadata["last-column-id"]) continue;
      throw invalid(`field "${name}" has the id ${field.id}, which was another's`, where, `give it an id above ${metadata["last-column-id"]}`);
    }
    if (hasRows && !mayBecome(before, field.type)) throw invalid(`field "${name}" cannot become ${typeText(field.type)}: it is ${typeText(before)}`, where, "widen int to long, float to double or a decimal's digits; for all else add a column");
  }
}

/** What stands inside has ids of its own, and is looked at there. */
function mayBecome(before: IcebergType, after: IcebergType): boolean {
  if (isPrimitive(before) || isPrimitive(after)) return sameType(before, after) || canPromote(before, after);
  return before.type === after.type;
}

export function setCurrentSchema(draft: MetadataDraft, given: number, where: string): void {
  const id = addedOr(given, draft.lastAdded.schema, "schema", where);
  if (!draft.metadata.schemas.some((one) => one["schema-id"] === id)) throw invalid(`there is no schema of id ${id}`, where);
  draft.metadata = { ...draft.metadata, "current-schema-id": id };
}

/** Adds a partition spec, or finds it. */
export function addSpec(draft: MetadataDraft, fields: SpecField[]): void {
  const { metadata } = draft;
  const specs = metadata["partition-specs"];
  const plain = (all: SpecField[]) => all.map((field) => [field["source-id"], field.transform, field.name]);
  const same = specs.find((spec) => isDeepStrictEqual(plain(spec.fields), plain(fields)));
  const id = same?.["spec-id"] ?? nextId(specs.map((spec) => spec["spec-id"]));
  draft.lastAdded.spec = id;
  if (same !== undefined) return;
  draft.metadata = {
    ...metadata,
    "partition-specs": [...specs, { "spec-id": id, fields }],
    "last-partition-id": Math.max(metadata["last-partition-id"], ...fields.map((field) => field["field-id"])),
  };
}

export function setDefaultSpec(draft: MetadataDraft, given: number, where: string): void {
  const id = addedOr(given, draft.lastAdded.spec, "partition spec", where);
  if (!draft.metadata["partition-specs"].some((spec) => spec["spec-id"] === id)) throw invalid(`there is no partition spec of id ${id}`, where);
  draft.metadata = { ...draft.metadata, "default-spec-id": id };
}

/** Adds a sort order, or finds it. That of no fields has the id 0, and no other has. */
export function addSortOrder(draft: MetadataDraft, fields: SortOrder["fields"]): void {
  const { metadata } = draft;
  const orders = metadata["sort-orders"];
  const same = orders.find((order) => isDeepStrictEqual(order.fields, fields));
  const id = same?.["order-id"] ?? (fields.length === 0 ? 0 : Math.max(0, ...orders.map((order) => order["order-id"])) + 1);
  draft.lastAdded.order = id;
  if (same === undefined) draft.metadata = { ...metadata, "sort-orders": [...orders, { "order-id": id, fields }] };
}

export function setDefaultSortOrder(draft: MetadataDraft, given: number, where: string): void {
  const id = addedOr(given, draft.lastAdded.order, "sort order", where);
  if (!draft.metadata["sort-orders"].some((order) => order["order-id"] === id)) throw invalid(`there is no sort order of id ${id}`, where);
  draft.metadata = { ...draft.metadata, "default-sort-order-id": id };
}

function addedOr(given: number, added: number | undefined, what: string, where: string): number {
  if (given !== -1) return given;
  if (added !== undefined) return added;
  throw invalid(`-1 means the ${what} that was just added, and none was`, where, "add it in the same request, before this");
}
