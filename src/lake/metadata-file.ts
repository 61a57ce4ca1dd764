import { parseExact, stringifyExact } from "./exact-json.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import { lastPartitionIdOfNone } from "./table-metadata.ts";

/*
 * Of the metadata of a busy table nearly all are its snapshots, and from one version to the next they are the same but for one.
 * They stand at the end of what we write, each as it was written before, and what is read again of them is only what is new.
 */

const beforeSnapshots = '"snapshots":[';
const afterSnapshots = "]}";

/**
 * A table's metadata from the bytes of its file, whoever wrote it: what the format lets a writer leave out is filled in.
 *
 * @param known - snapshots of an earlier version: those that the file begins with are taken from there
 * @throws Error when it is no metadata of version 2
 */
export function parseMetadata(bytes: Uint8Array, known: readonly Snapshot[] = []): TableMetadata {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const read = (withKnown(text, known) ?? parseExact(text)) as TableMetadata;
  if (read?.["format-version"] !== 2) throw new Error(`format version ${read?.["format-version"]} is not supported`);
  for (const name of ["table-uuid", "location"] as const) if (typeof read[name] !== "string") throw new Error(`${name} is missing`);
  for (const name of ["schemas", "partition-specs"] as const) if (!Array.isArray(read[name])) throw new Error(`${name} are missing`);
  const { "current-snapshot-id": current, ...rest } = read;
  const isCurrent = current !== undefined && current !== null && current !== -1n;
  return {
    ...rest,
    "last-partition-id": read["last-partition-id"] ?? Math.max(lastPartitionIdOfNone, ...read["partition-specs"].flatMap((spec) => spec.fields.map((field) => field["field-id"]))),
    "sort-orders": read["sort-orders"] ?? [{ "order-id": 0, fields: [] }],
    "default-sort-order-id": read["default-sort-order-id"] ?? 0,
    properties: read.properties ?? {},
    ...(isCurrent && { "current-snapshot-id": current }),
    refs: { ...(isCurrent && { main: { "snapshot-id": current, type: "branch" as const } }), ...read.refs },
    snapshots: read.snapshots ?? [],
    "snapshot-log": read["snapshot-log"] ?? [],
    "metadata-log": read["metadata-log"] ?? [],
    statistics: read.statistics ?? [],
    "partition-statistics": read["partition-statistics"] ?? [],
  };
}

export function metadataBytes({ snapshots, ...rest }: TableMetadata): Uint8Array {
  return Buffer.from(`${stringifyExact(rest).slice(0, -1)},${beforeSnapshots}${textsOf(snapshots)}${afterSnapshots}`, "utf8");
}

/**
 * The file's JSON, read without the snapshots that are known. Undefined where the file does not begin its list with them, or
 * does not end with it: then what stands before the list and after them is no JSON by itself.
 */
function withKnown(text: string, known: readonly Snapshot[]): object | undefined {
  const start = text.indexOf(beforeSnapshots) + beforeSnapshots.length;
  const knownText = textsOf(known);
  const end = start + knownText.length;
  if (known.length === 0 || !text.startsWith(knownText, start) || !text.endsWith(afterSnapshots)) return undefined;
  const hasMore = text[end] === ",";
  if (!hasMore && end !== text.length - afterSnapshots.length) return undefined;
  try {
    const rest = parseExact(text.slice(0, start) + afterSnapshots) as object;
    const more = hasMore ? (parseExact(`[${text.slice(end + 1, -1)}`) as Snapshot[]) : [];
    return { ...rest, snapshots: [...known, ...more] };
  } catch {
    return undefined;
  }
}

function textsOf(snapshots: readonly Snapshot[]): string {
  return snapshots.map(textOf).join(",");
}

const texts = new WeakMap<Snapshot, string>();

/** A snapshot is never written into, so its text stays. */
function textOf(snapshot: Snapshot): string {
  let text = texts.get(snapshot);
  if (text === undefined) texts.set(snapshot, (text = stringifyExact(snapshot)));
  return text;
}
