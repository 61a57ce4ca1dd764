import { randomUUID } from "node:crypto";
import { allFields, withFreshIds } from "./iceberg-type.ts";
import type { JsonObject } from "./json-input.ts";
import { integerAt, invalid, listAt, objectAt, textsAt } from "./json-input.ts";
import { applyUpdates, noMetadata } from "./metadata-updates.ts";
import { schemaAt } from "./schema-input.ts";
import type { TableMetadata } from "./table-metadata.ts";

const ofLake = { "write.format.default": "parquet", "write.parquet.compression-codec": "zstd" };

/**
 * Metadata of a table without rows, from a client's request to create one. Fields get ids of ours, from 1 on, and what is
 * said of them by id is said of the new ones.
 *
 * @throws MillraceError `MR-ICE-001`
 */
export function newTableAt(request: JsonObject, location: string, now: number): TableMetadata {
  const sent = schemaAt(request.schema, "schema");
  const schema = { ...sent, fields: withFreshIds(sent.fields, 1) };
  const before = Array.from(allFields(sent.fields), ({ field }) => field.id);
  const after = Array.from(allFields(schema.fields), ({ field }) => field.id);
  const freshIds = new Map(before.map((id, i) => [id, after[i]]));
  const freshId = (value: unknown, where: string): number => {
    const id = freshIds.get(integerAt(value, where));
    if (id !== undefined) return id;
    throw invalid(`there is no field of id ${value}`, where);
  };
  const onFields = (value: unknown, where: string, more: object = {}): object[] =>
    listAt(value, where).map((each, i) => {
      const field = objectAt(each, `${where}[${i}]`);
      return { ...field, ...more, "source-id": freshId(field["source-id"], `${where}[${i}].source-id`) };
    });
  const partition = request["partition-spec"] ? onFields(objectAt(request["partition-spec"], "partition-spec").fields, "partition-spec.fields", { "field-id": undefined }) : [];
  const order = request["write-order"] ? onFields(objectAt(request["write-order"], "write-order").fields, "write-order.fields") : [];
  const identifiers = (sent as JsonObject)["identifier-field-ids"];
  const identified = identifiers ? { "identifier-field-ids": listAt(identifiers, "schema.identifier-field-ids").map((id, i) => freshId(id, `schema.identifier-field-ids[${i}]`)) } : {};
  return applyUpdates(
    noMetadata,
    [
      { action: "assign-uuid", uuid: randomUUID() },
      { action: "add-schema", schema: { ...schema, ...identified } },
      { action: "set-current-schema", "schema-id": -1 },
      { action: "add-spec", spec: { fields: partition } },
      { action: "set-default-spec", "spec-id": -1 },
      { action: "add-sort-order", "sort-order": { fields: order } },
      { action: "set-default-sort-order", "sort-order-id": -1 },
      { action: "set-location", location },
      { action: "set-properties", updates: { ...ofLake, ...textsAt(request.properties ?? {}, "properties") } },
    ],
    now,
  );
}
