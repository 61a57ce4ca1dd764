import type { Json } from "../model/manifest.ts";
import type { StoredResult } from "../state/run-store.ts";

/** Lists of maps as they were parsed: thousands of tasks take one entry each of the same list. */
const parsed = new WeakMap<StoredResult, Json[]>();

/** The entries of a list that is stored as text. */
export function itemsIn(list: StoredResult & { json: string }): Json[] {
  let items = parsed.get(list);
  if (!items) parsed.set(list, (items = JSON.parse(list.json) as Json[]));
  return items;
}
