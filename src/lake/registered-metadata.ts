import { greatestId } from "./iceberg-type.ts";
import type { JsonObject } from "./json-input.ts";
import { idAt, integerAt, invalid, listAt, objectAt, textAt, textsAt } from "./json-input.ts";
import { parseMetadata } from "./metadata-file.ts";
import { schemaAt } from "./schema-input.ts";
import { refAt } from "./snapshot-input.ts";
import { checkBound } from "./spec-input.ts";
import type { TableMetadata } from "./table-metadata.ts";

/**
 * A table's metadata from a file that a client names. Unlike what we have written ourselves it may say anything, and every
 * later commit stands on it: so all that is worked with is looked at.
 *
 * @throws MillraceError `MR-ICE-001` naming what is not sound
 */
export function registeredMetadata(bytes: Uint8Array): TableMetadata {
  const metadata = read(bytes);
  for (const [part, check] of Object.entries(checks)) check(metadata, `the metadata file, ${part}`);
  return metadata;
}

function read(bytes: Uint8Array): TableMetadata {
  try {
    return parseMetadata(bytes);
  } catch (error) {
    throw invalid(`the file is no metadata of a table: ${(error as Error).message}`, "metadata-location", "give the address of a metadata file of format version 2");
  }
}

const checks: Record<string, (metadata: TableMetadata, where: string) => void> = {
  "table-uuid": ({ "table-uuid": uuid }, where) => {
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(uuid)) throw invalid("a UUID is needed here", where);
  },
  "last-updated-ms": (metadata, where) => void integerAt(metadata["last-updated-ms"], where),
  properties: ({ properties }, where) => void textsAt(properties, where),
  schemas: (metadata, where) => {
    const schemas = eachOf(metadata.schemas, where, (schema, at) => ({ ...schemaAt(schema, at), id: integerAt(schema["schema-id"], `${at}.schema-id`) }));
    if (!schemas.some(({ id }) => id === metadata["current-schema-id"])) throw invalid(`there is no schema of the id that is current, ${metadata["current-schema-id"]}`, where);
    // A new column would else get the id of one whose values are there.
    integerAt(metadata["last-column-id"], "the metadata file, last-column-id", Math.max(...schemas.map(({ fields }) => greatestId(fields))));
  },
  "partition-specs": (metadata, where) => {
    const specs = eachOf(metadata["partition-specs"], where, (spec, at) => {
      eachOf(spec.fields, `${at}.fields`, (field, place) => {
        integerAt(field["source-id"], `${place}.source-id`);
        integerAt(field["field-id"], `${place}.field-id`, 0, metadata["last-partition-id"]);
        for (const name of ["name", "transform"]) textAt(field[name], `${place}.${name}`);
      });
      return integerAt(spec["spec-id"], `${at}.spec-id`);
    });
    if (!specs.includes(metadata["default-spec-id"])) throw invalid(`there is no partition spec of the id that is the default, ${metadata["default-spec-id"]}`, where);
  },
  "sort-orders": (metadata, where) => {
    const orders = eachOf(metadata["sort-orders"], where, (order, at) => {
      eachOf(order.fields, `${at}.fields`, (field, place) => void [integerAt(field["source-id"], `${place}.source-id`), textAt(field.transform, `${place}.transform`)]);
      return integerAt(order["order-id"], `${at}.order-id`);
    });
    if (!orders.includes(metadata["default-sort-order-id"])) throw invalid(`there is no sort order of the id that is the default, ${metadata["default-sort-order-id"]}`, where);
    checkBound(metadata, where);
  },
  snapshots: (metadata, where) => {
    const last = integerAt(metadata["last-sequence-number"], "the metadata file, last-sequence-number");
    const ids = eachOf(metadata.snapshots, where, (snapshot, at) => {
      const parent = snapshot["parent-snapshot-id"];
      if (parent !== undefined && parent !== null) idAt(parent, `${at}.parent-snapshot-id`);
      integerAt(snapshot["sequence-number"], `${at}.sequence-number`, 0, last);
      integerAt(snapshot["timestamp-ms"], `${at}.timestamp-ms`);
      textAt(snapshot["manifest-list"], `${at}.manifest-list`);
      textsAt(snapshot.summary, `${at}.summary`);
      return idAt(snapshot["snapshot-id"], `${at}.snapshot-id`);
    });
    if (new Set(ids).size < ids.length) throw invalid("two snapshots have one id", where);
  },
  refs: (metadata, where) => {
    const known = new Set(metadata.snapshots.map((snapshot) => snapshot["snapshot-id"]));
    for (const [name, value] of Object.entries(objectAt(metadata.refs, where))) {
      const ref = refAt(value, `${where}.${name}`);
      if (!known.has(ref["snapshot-id"])) throw invalid(`${ref.type} "${name}" is at snapshot ${ref["snapshot-id"]}, which is not there`, where);
    }
    if (metadata["current-snapshot-id"] !== metadata.refs.main?.["snapshot-id"]) throw invalid("the current snapshot is not that of branch main", where);
  },
  "snapshot-log": (metadata, where) => void eachOf(metadata["snapshot-log"], where, (entry, at) => [idAt(entry["snapshot-id"], `${at}.snapshot-id`), integerAt(entry["timestamp-ms"], `${at}.timestamp-ms`)]),
  "metadata-log": (metadata, where) => void eachOf(metadata["metadata-log"], where, (entry, at) => [textAt(entry["metadata-file"], `${at}.metadata-file`), integerAt(entry["timestamp-ms"], `${at}.timestamp-ms`)]),
  statistics: (metadata, where) => checkStatistics(metadata.statistics, where),
  "partition-statistics": (metadata, where) => checkStatistics(metadata["partition-statistics"], where),
};

function checkStatistics(files: unknown, where: string): void {
  eachOf(files, where, (file, at) => [idAt(file["snapshot-id"], `${at}.snapshot-id`), textAt(file["statistics-path"], `${at}.statistics-path`)]);
}

function eachOf<T>(value: unknown, where: string, of: (each: JsonObject, at: string) => T): T[] {
  return listAt(value, where).map((each, i) => of(objectAt(each, `${where}[${i}]`), `${where}[${i}]`));
}
