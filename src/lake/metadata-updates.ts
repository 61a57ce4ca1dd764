import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "./json-input.ts";
import { idAt, idsAt, integerAt, invalid, listAt, objectAt, textAt, textsAt } from "./json-input.ts";
import type { MetadataDraft } from "./metadata-draft.ts";
import { addSchema, addSortOrder, addSpec, setCurrentSchema, setDefaultSortOrder, setDefaultSpec } from "./metadata-draft.ts";
import { schemaAt } from "./schema-input.ts";
import { addSnapshot, removeRef, removeSnapshots, setRef, tidySnapshotLog, withoutOf } from "./snapshot-draft.ts";
import { refAt, snapshotAt } from "./snapshot-input.ts";
import { checkBound, sortFieldsAt, specFieldsAt } from "./spec-input.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { lastPartitionIdOfNone } from "./table-metadata.ts";

type Apply = (draft: MetadataDraft, update: JsonObject, where: string) => void;

/** Every update of the REST catalog's specification for tables of version 2. What is not here is refused. */
const actions: Record<string, Apply> = {
  "assign-uuid": (draft, { uuid }, where) => {
    const given = textAt(uuid, `${where}.uuid`);
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(given)) throw invalid("a UUID is needed here", `${where}.uuid`);
    const { "table-uuid": before } = draft.metadata;
    if (before !== "" && before !== given) throw invalid("the table has another UUID, and keeps it", `${where}.uuid`);
    set(draft, { "table-uuid": given });
  },
  "upgrade-format-version": (_draft, update, where) => {
    const version = update["format-version"];
    if (version !== 2) throw invalid(`format version ${JSON.stringify(version)} is not supported: this catalog keeps tables of version 2`, `${where}.format-version`, "ask for version 2");
  },
  "add-schema": (draft, { schema }, where) => addSchema(draft, schemaAt(schema, `${where}.schema`), `${where}.schema`),
  "set-current-schema": (draft, update, where) => setCurrentSchema(draft, integerAt(update["schema-id"], `${where}.schema-id`, -1), `${where}.schema-id`),
  "remove-schemas": (draft, update, where) => {
    const gone = numbersAt(update["schema-ids"], `${where}.schema-ids`);
    const { schemas, "current-schema-id": current } = draft.metadata;
    if (gone.includes(current)) throw invalid("the current schema cannot be removed", `${where}.schema-ids`);
    set(draft, { schemas: schemas.filter((schema) => !gone.includes(schema["schema-id"])) });
  },
  "add-spec": (draft, { spec }, where) => addSpec(draft, specFieldsAt(objectAt(spec, `${where}.spec`).fields, draft.metadata, `${where}.spec.fields`)),
  "set-default-spec": (draft, update, where) => setDefaultSpec(draft, integerAt(update["spec-id"], `${where}.spec-id`, -1), `${where}.spec-id`),
  "remove-partition-specs": (draft, update, where) => {
    const gone = numbersAt(update["spec-ids"], `${where}.spec-ids`);
    const { "partition-specs": specs, "default-spec-id": current } = draft.metadata;
    if (gone.includes(current)) throw invalid("the default partition spec cannot be removed", `${where}.spec-ids`);
    set(draft, { "partition-specs": specs.filter((spec) => !gone.includes(spec["spec-id"])) });
  },
  "add-sort-order": (draft, update, where) => {
    const at = `${where}.sort-order`;
    addSortOrder(draft, sortFieldsAt(objectAt(update["sort-order"], at).fields, draft.metadata, `${at}.fields`));
  },
  "set-default-sort-order": (draft, update, where) => setDefaultSortOrder(draft, integerAt(update["sort-order-id"], `${where}.sort-order-id`, -1), `${where}.sort-order-id`),
  "add-snapshot": (draft, { snapshot }, where) => addSnapshot(draft, snapshotAt(snapshot, `${where}.snapshot`), `${where}.snapshot`),
  "set-snapshot-ref": (draft, update, where) => setRef(draft, refName(update, where), refAt(update, where), where),
  "remove-snapshot-ref": (draft, update, where) => removeRef(draft, refName(update, where)),
  "remove-snapshots": (draft, update, where) => removeSnapshots(draft, idsAt(update["snapshot-ids"], `${where}.snapshot-ids`), `${where}.snapshot-ids`),
  "set-location": (draft, { location }, where) => {
    const given = textAt(location, `${where}.location`);
    set(draft, { location: given.replace(/\/+$/, "") });
  },
  "set-properties": (draft, { updates }, where) => {
    const given = textsAt(updates, `${where}.updates`);
    if (given["format-version"] !== undefined && given["format-version"] !== "2") throw invalid(`format version ${given["format-version"]} is not supported: this catalog keeps tables of version 2`, `${where}.updates.format-version`);
    const { "format-version": _version, ...properties } = given;
    Object.assign(ownProperties(draft), properties);
  },
  "remove-properties": (draft, { removals }, where) => {
    const properties = ownProperties(draft);
    for (const [i, name] of listAt(removals, `${where}.removals`).entries()) delete properties[textAt(name, `${where}.removals[${i}]`)];
  },
  "set-statistics": (draft, update, where) => set(draft, { statistics: withStatistics(draft.metadata.statistics, update.statistics, `${where}.statistics`) }),
  "remove-statistics": (draft, update, where) => set(draft, { statistics: withoutOf(draft.metadata.statistics, new Set([idAt(update["snapshot-id"], `${where}.snapshot-id`)])) }),
  "set-partition-statistics": (draft, update, where) =>
    set(draft, { "partition-statistics": withStatistics(draft.metadata["partition-statistics"], update["partition-statistics"], `${where}.partition-statistics`) }),
  "remove-partition-statistics": (draft, update, where) =>
    set(draft, { "partition-statistics": withoutOf(draft.metadata["partition-statistics"], new Set([idAt(update["snapshot-id"], `${where}.snapshot-id`)])) }),
};

/** Snapshots are removed by an update for each by some engines. What an update costs grows with the table: more would hold up everybody else. */
const updatesMax = 10_000;

/**
 * A table's metadata after updates of the REST catalog, as a client sends them. Pure.
 *
 * @param base - what they are applied to; `noMetadata` for a table that they create
 * @param now - milliseconds since 1970; times in metadata never run backwards, whatever it says
 * @returns `base` itself when they change nothing
 * @throws MillraceError `MR-ICE-001` for an update that is not known, not of its form, or would make the table unsound
 */
export function applyUpdates(base: TableMetadata, updates: unknown, now: number): TableMetadata {
  const draft: MetadataDraft = { metadata: base, lastAdded: {}, addedSnapshots: new Set(), now: Math.max(now, base["last-updated-ms"]) };
  const all = listAt(updates, "updates");
  if (all.length > updatesMax) throw invalid(`${all.length} updates are more than one commit takes, which is ${updatesMax}`, "updates", "send them in several commits");
  for (const [i, each] of all.entries()) {
    const where = `updates[${i}]`;
    const update = objectAt(each, where);
    const action = textAt(update.action, `${where}.action`);
    if (!Object.hasOwn(actions, action)) throw invalid(`update "${action}" is not known`, `${where}.action`, `use one of ${Object.keys(actions).join(", ")}`);
    actions[action](draft, update, where);
  }
  tidySnapshotLog(draft);
  if (isDeepStrictEqual(draft.metadata, base)) return base;
  const metadata = { ...completed(draft.metadata), "last-updated-ms": draft.changedAt ?? draft.now };
  checkBound(metadata, "updates");
  return metadata;
}

/** What a table is before the updates that create it. */
export const noMetadata: TableMetadata = {
  "format-version": 2,
  "table-uuid": "",
  location: "",
  "last-sequence-number": 0,
  "last-updated-ms": 0,
  "last-column-id": 0,
  "current-schema-id": -1,
  schemas: [],
  "default-spec-id": -1,
  "partition-specs": [],
  "last-partition-id": lastPartitionIdOfNone,
  "default-sort-order-id": -1,
  "sort-orders": [],
  properties: {},
  refs: {},
  snapshots: [],
  "snapshot-log": [],
  "metadata-log": [],
  statistics: [],
  "partition-statistics": [],
};

/** A table that is created may leave out how it is partitioned and sorted, and nothing else. */
function completed(metadata: TableMetadata): TableMetadata {
  const draft: MetadataDraft = { metadata, lastAdded: {}, addedSnapshots: new Set(), now: 0 };
  if (metadata["table-uuid"] === "") throw invalid("the table has no UUID", "updates", "send assign-uuid");
  if (metadata.location === "") throw invalid("the table has no location", "updates", "send set-location");
  if (metadata["current-schema-id"] === -1) throw invalid("the table has no current schema", "updates", "send add-schema and set-current-schema");
  if (metadata["default-spec-id"] === -1) {
    addSpec(draft, []);
    setDefaultSpec(draft, -1, "updates");
  }
  if (metadata["default-sort-order-id"] === -1) {
    addSortOrder(draft, []);
    setDefaultSortOrder(draft, -1, "updates");
  }
  return draft.metadata;
}

function set(draft: MetadataDraft, change: Partial<TableMetadata>): void {
  draft.metadata = { ...draft.metadata, ...change };
}

function ownProperties(draft: MetadataDraft): Record<string, string> {
  if (draft.properties === undefined) set(draft, { properties: (draft.properties = { ...draft.metadata.properties }) });
  return draft.properties as Record<string, string>;
}

const refNameMax = 1_000;

function refName(update: JsonObject, where: string): string {
  const name = textAt(update["ref-name"], `${where}.ref-name`);
  if (name === "" || name === "__proto__" || name.length > refNameMax || /\p{Cc}/u.test(name)) throw invalid(`a branch or tag needs a name of at most ${refNameMax} characters, none of them a control character`, `${where}.ref-name`);
  return name;
}

const numbersAt = (value: unknown, where: string): number[] => listAt(value, where).map((id, i) => integerAt(id, `${where}[${i}]`));

/** One statistics file a snapshot: a new one takes the place of the old. */
function withStatistics(before: unknown[], value: unknown, where: string): unknown[] {
  const file = objectAt(value, where);
  const id = idAt(file["snapshot-id"], `${where}.snapshot-id`);
  textAt(file["statistics-path"], `${where}.statistics-path`);
  return [...withoutOf(before, new Set([id])), { ...file, "snapshot-id": id }];
}
