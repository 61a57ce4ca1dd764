import type { Work } from "../../scheduler/executor.ts";
import { itemsIn } from "../../scheduler/list-items.ts";
import type { WorkMessage } from "./task-protocol.ts";

/** What goes to the worker: of a short list the entry alone, for the list would go as often as it has entries. */
export function messageOf({ list, ...work }: Work): WorkMessage {
  if (list === undefined) return work;
  if ("file" in list) return { ...work, list };
  return { ...work, item: itemsIn(list)[work.index] };
}
