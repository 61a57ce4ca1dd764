import type { StateStore } from "../../state/store.ts";
import type { FilesDriver } from "../../files/driver.ts";
import { positionsOf, type TablePosition } from "../positions.ts";
import { tablesCollection, TableStore } from "../table-store.ts";
import { type PositionMove, withMovedPositions } from "./relocate.ts";

/** What a table's properties say of the log that its positions are of, where it is not the first. */
const logProperty = "millrace.log";

/** Where all versions of all tables stand in their inputs. */
export async function tablePositions(files: FilesDriver, state: StateStore): Promise<TablePosition[]> {
  const found: TablePosition[] = [];
  for (const store of await stores(files, state)) found.push(...(await store.load()).metadata.snapshots.flatMap(positionsOf));
  return found;
}

/**
 * Lets tables that stay where they are go on in another log: the positions of all their versions change in one swap.
 *
 * @param log - names it; a table that says so already stays as it is
 */
export async function movePositions(files: FilesDriver, state: StateStore, log: string, offsetOf: PositionMove): Promise<void> {
  for (const store of await stores(files, state)) {
    for (let moved = false; !moved; ) {
      const base = await store.load();
      const { snapshots, properties } = base.metadata;
      if (properties[logProperty] === log || !snapshots.some((snapshot) => positionsOf(snapshot).length > 0)) break;
      const next = { ...base.metadata, snapshots: snapshots.map((snapshot) => withMovedPositions(snapshot, offsetOf)), properties: { ...properties, [logProperty]: log } };
      moved = (await store.publish(await store.prepare(base, next))) !== undefined;
    }
  }
}

async function stores(files: FilesDriver, state: StateStore): Promise<TableStore[]> {
  return (await state.list(tablesCollection)).map(({ key }) => new TableStore(key, files, state));
}
