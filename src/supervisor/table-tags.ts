import { MillraceError } from "../errors.ts";
import type { Lake } from "../lake/lake.ts";
import type { SnapshotAt } from "../lake/refs.ts";
import type { Table } from "../lake/table.ts";
import { durationMs } from "../model/duration.ts";
import type { TagRequest } from "../server/control-plane.ts";

/** A version as people name it: the id of a snapshot, a tag or a branch. */
export const versionAt = (version: string): SnapshotAt => (/^\d{1,19}$/.test(version) ? { snapshot: BigInt(version) } : { ref: version });

/**
 * Gives a version of a table a name: it stays, with its files, for as long as it has it.
 * @throws MillraceError `MR-LAKE-001` when there is no such table or version, `MR-LAKE-006` for a name that is taken
 */
export async function tagTable(lake: Pick<Lake, "table">, name: string, { tag, version = "main", keepFor }: TagRequest): Promise<Table> {
  const table = await lake.table(name);
  const { "snapshot-id": snapshot } = await table.snapshotAt(versionAt(version));
  await table.createTag(tag, { snapshot, ...(keepFor !== undefined && { maxRefAgeMs: durationMs(keepFor, "keepFor") }) });
  return table;
}

/**
 * Takes the name back; the version stays until it is old.
 * @throws MillraceError `MR-LAKE-001` when the table has no such tag; a branch is none
 */
export async function untagTable(lake: Pick<Lake, "table">, name: string, tag: string): Promise<Table> {
  const table = await lake.table(name);
  const { refs } = await table.metadata();
  if (!Object.hasOwn(refs, tag) || refs[tag].type !== "tag") {
    const there = Object.keys(refs).filter((each) => refs[each].type === "tag");
    throw new MillraceError("MR-LAKE-001", { what: `table "${name}" has no tag ${JSON.stringify(tag)}`, where: `table "${name}"`, mend: there.length === 0 ? "it has none to be taken back" : `name one of its tags: ${there.slice(0, 10).join(", ")}` });
  }
  await table.removeRef(tag);
  return table;
}
