import type { IcebergType, PlacedField } from "./iceberg-type.ts";
import { allFields, isPrimitive } from "./iceberg-type.ts";
import { integerAt, invalid, listAt, objectAt, textAt } from "./json-input.ts";
import type { SortOrder, SpecField, TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema } from "./table-metadata.ts";

/** Partition specs and sort orders as a client sends them. */

const dates = (type: string) => /^(date|timestamp|timestamptz)$/.test(type);
const times = (type: string) => /^(timestamp|timestamptz)$/.test(type);

/** What each transform may stand on. */
const sources: Record<string, (type: string) => boolean> = {
  identity: () => true,
  void: () => true,
  year: dates,
  month: dates,
  day: dates,
  hour: times,
  bucket: (type) => /^(int|long|date|time|timestamp|timestamptz|string|uuid|binary|decimal\(.*|fixed\[.*)$/.test(type),
  truncate: (type) => /^(int|long|string|binary|decimal\(.*)$/.test(type),
};

/**
 * The fields of a partition spec. A field without an id gets that of an earlier one that says the same, else a new one.
 * @throws MillraceError `MR-ICE-001`
 */
export function specFieldsAt(value: unknown, base: TableMetadata, where: string): SpecField[] {
  const schema = currentSchema(base);
  const earlier = base["partition-specs"].flatMap((spec) => spec.fields);
  let lastId = base["last-partition-id"];
  const fields: SpecField[] = [];
  for (const [i, each] of listAt(value, where).entries()) {
    const at = `${where}[${i}]`;
    const field = objectAt(each, at);
    const sourceId = integerAt(field["source-id"], `${at}.source-id`);
    const transform = transformAt(field.transform, sourceId, schema, at);
    const same = earlier.find((one) => one["source-id"] === sourceId && one.transform === transform);
    const id = field["field-id"] === undefined || field["field-id"] === null ? (same?.["field-id"] ?? lastId + 1) : integerAt(field["field-id"], `${at}.field-id`, 1_000, 0x7fff_ffff);
    lastId = Math.max(lastId, id);
    const read = { ...field, "source-id": sourceId, "field-id": id, name: textAt(field.name, `${at}.name`), transform };
    checkSpecField(read, fields, earlier, schema, at);
    fields.push(read);
  }
  return fields;
}

function checkSpecField(field: SpecField, before: SpecField[], earlier: SpecField[], schema: TableSchema, at: string): void {
  if (field.name === "") throw invalid("a partition field has no name", `${at}.name`);
  if (before.some(({ name }) => name === field.name)) throw invalid(`two partition fields are called "${field.name}"`, `${at}.name`);
  if (before.some((one) => one["field-id"] === field["field-id"])) throw invalid(`id ${field["field-id"]} stands for two partition fields`, `${at}.field-id`);
  if (field.transform !== "void" && before.some((one) => one["source-id"] === field["source-id"] && one.transform === field.transform)) {
    throw invalid(`"${field.name}" partitions by what another field does already`, at, "keep one of them");
  }
  const taken = earlier.find((one) => one["field-id"] === field["field-id"] && (one["source-id"] !== field["source-id"] || (one.transform !== field.transform && one.transform !== "void" && field.transform !== "void")));
  if (taken !== undefined) throw invalid(`id ${field["field-id"]} belongs to the partition field "${taken.name}" (${taken.transform})`, `${at}.field-id`, "ids are never used again: take one above last-partition-id");
  const column = schema.fields.find(({ name }) => name === field.name);
  const isOwn = column?.id === field["source-id"] && (field.transform === "identity" || field.transform === "void");
  if (column !== undefined && !isOwn) throw invalid(`"${field.name}" is a column, and cannot be the name of a partition field that is not that column`, `${at}.name`, "choose another name");
}

/** The transform, which must be known and suit its source. */
function transformAt(value: unknown, sourceId: number, schema: TableSchema, at: string): string {
  const name = textAt(value, `${at}.transform`);
  const [, kind, parameter] = /^([a-z]+)(?:\[([1-9]\d{0,9})\])?$/.exec(name) ?? [];
  const needsParameter = kind === "bucket" || kind === "truncate";
  if (kind === undefined || !Object.hasOwn(sources, kind) || needsParameter !== (parameter !== undefined) || Number(parameter ?? 1) > 0x7fff_ffff) {
    throw invalid(`transform ${JSON.stringify(name)} is not known`, `${at}.transform`, "use identity, bucket[N], truncate[W], year, month, day or hour");
  }
  const source = sourceOf(sourceId, schema);
  if (source === undefined) {
    if (kind === "void") return name;
    throw invalid(`there is no column of id ${sourceId} in the current schema`, `${at}.source-id`);
  }
  const type: IcebergType = source.field.type;
  if (!isPrimitive(type) || source.repeated || !sources[kind](type)) throw invalid(`${name} does not fit "${source.path.join(".")}"`, `${at}.transform`, "choose another transform or column");
  return name;
}

const sourceOf = (id: number, schema: TableSchema): PlacedField | undefined => [...allFields(schema.fields)].find(({ field }) => field.id === id);

/** The fields of a sort order. @throws MillraceError `MR-ICE-001` */
export function sortFieldsAt(value: unknown, base: TableMetadata, where: string): SortOrder["fields"] {
  return listAt(value, where).map((each, i) => {
    const at = `${where}[${i}]`;
    const field = objectAt(each, at);
    const sourceId = integerAt(field["source-id"], `${at}.source-id`);
    const transform = transformAt(field.transform, sourceId, currentSchema(base), at);
    for (const [name, choices] of [["direction", ["asc", "desc"]], ["null-order", ["nulls-first", "nulls-last"]]] as const) {
      if (!(choices as readonly unknown[]).includes(field[name])) throw invalid(`"${choices.join('" or "')}" is needed here`, `${at}.${name}`);
    }
    return { ...field, "source-id": sourceId, transform } as SortOrder["fields"][number];
  });
}

/**
 * That the default spec and sort order stand on columns that are there.
 * @throws MillraceError `MR-ICE-001`
 */
export function checkBound(metadata: TableMetadata, where: string): void {
  const ids = new Set(Array.from(allFields(currentSchema(metadata).fields), ({ field }) => field.id));
  const spec = metadata["partition-specs"].find((one) => one["spec-id"] === metadata["default-spec-id"]);
  for (const field of spec?.fields ?? []) {
    if (field.transform !== "void" && !ids.has(field["source-id"])) throw invalid(`the column behind partition field "${field.name}" is gone`, where, "change the partitioning first, or keep the column");
  }
  const order = metadata["sort-orders"].find((one) => one["order-id"] === metadata["default-sort-order-id"]);
  for (const field of (order?.fields ?? []) as { "source-id": number }[]) {
    if (!ids.has(field["source-id"])) throw invalid(`rows are sorted by a column of id ${field["source-id"]}, which is gone`, where, "change the sort order first, or keep the column");
  }
}
