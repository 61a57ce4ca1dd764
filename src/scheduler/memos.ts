import { createHash } from "node:crypto";
import type { Json } from "../model/manifest.ts";
import type { MemoRow, StoredResult } from "../state/run-store.ts";
import { limitKey } from "./limit-keys.ts";
import { itemsIn } from "./list-items.ts";
import { inputsOf, listOf, previousOf } from "./work.ts";
import type { Instance, World } from "./world.ts";

/*
 * Work that was done before and would come out the same is not done again: its result is taken from the store. It counts as
 * the same when release, parameters, interval, inputs and item are, or when the task's own key says so. To clear a task is
 * to ask for it anew, so that what is remembered of it is forgotten.
 */

/** What tells a task's work from all other; undefined for a task that remembers nothing. */
export function memoKey(instance: Instance): string | undefined {
  const { memo, name } = instance.node.decl;
  if (!memo) return undefined;
  const { dag } = instance.run.row;
  const what = memo.key === undefined ? wholeWork(instance) : limitKey(instance, memo.key);
  return createHash("sha256").update(JSON.stringify([dag, name, what])).digest("hex");
}

function wholeWork(instance: Instance): Json {
  const { release, params, intervalStart, intervalEnd } = instance.run.row;
  const inputs = Object.entries(inputsOf(instance)).map(([name, given]) => [name, Array.isArray(given) ? given.map(content) : content(given)]);
  return [release, params, intervalStart, intervalEnd, inputs, itemOf(instance)] as Json;
}

const content = (result: StoredResult | null): string | null => (result === null ? null : "json" in result ? result.json : result.sha256);

/** The item itself where the list is at hand, so that it is known again at another place of a longer list. */
function itemOf(instance: Instance): Json {
  const list = listOf(instance);
  const previous = previousOf(instance);
  if (!list) return instance.node.map ? [instance.row.index, previous ? content(previous) : null] : null;
  return "json" in list ? itemsIn(list)[instance.row.index] : [list.sha256, instance.row.index];
}

/** Keeps the result of a success. One that lies in a file, and may be gone when it is wanted, is not kept. */
export function remember(world: World, instance: Instance): void {
  const { node: { decl }, row, run } = instance;
  const key = memoKey(instance);
  if (key === undefined || !decl.memo || (row.result !== null && "file" in row.result)) return;
  world.changed("memos", { key, run: run.row.id, result: row.result, at: world.now, until: world.now + decl.memo.forMs });
}

/** @param keys - from before the tasks were cleared */
export function forget(world: World, keys: readonly string[]): void {
  for (const key of keys) world.changed("memos", { key, run: "", result: null, at: world.now, until: 0 });
}

export const isFresh = (world: World, memo: MemoRow | null): memo is MemoRow => memo !== null && memo.until > world.now;
