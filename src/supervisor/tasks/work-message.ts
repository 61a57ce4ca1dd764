import type { Json } from "../../model/manifest.ts";
import type { Work } from "../../scheduler/executor.ts";
import type { StoredResult } from "../../state/run-store.ts";
import type { WorkMessage } from "./task-protocol.ts";

/** Lists of maps as they were parsed: thousands of tasks take one entry each of the same list. */
const parsed = new WeakMap<StoredResult, Json[]>();

/** What goes to the worker: of a short list the entry alone, for the list would go as often as it has entries. */
export function messageOf({ list, ...work }: Work): WorkMessage {
  if (list === undefined) return work;
  if ("file" in list) return { ...work, list };
  let items = parsed.get(list);
  if (!items) parsed.set(list, (items = JSON.parse(list.json) as Json[]));
  return { ...work, item: items[work.index] };
}
