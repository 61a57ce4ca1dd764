import type { Socket } from "node:net";
import { MillraceError } from "../../errors.ts";
import { readersCollection } from "../../lake/readers.ts";
import { type TablePointer, tablesCollection } from "../../lake/table-store.ts";
import type { StateStore } from "../../state/store.ts";
import { serveCalls, textIn } from "./serve-calls.ts";

/**
 * Serves the part of the state store that belongs to one table: its pointer, and who reads its versions.
 * @param table - undefined: the stage writes none, and everything is refused
 */
export function serveTableState(socket: Socket, state: StateStore, table: string | undefined): void {
  serveCalls(socket, async (method, request) => {
    const collection = textIn(request, "collection");
    if (table === undefined) throw refused("the stage writes no table");
    if (method === "list") return { result: await listed(state, collection, table) };
    const key = textIn(request, "key");
    if (!isOwn(collection, key, table)) throw refused(`"${collection}/${key}" is not of table "${table}"`);
    const own = collection === tablesCollection ? ofPointer : ofReaders;
    const answer = own[method];
    if (!answer) throw refused(`a worker has no call "${method}" for "${collection}"`);
    return { result: await answer(state, key, request) };
  });
}

type OwnCalls = Record<string, ((state: StateStore, key: string, request: Record<string, unknown>) => Promise<unknown>) | undefined>;

const ofPointer: OwnCalls = { get: (state, key) => state.get(tablesCollection, key), swap };

const ofReaders: OwnCalls = {
  get: (state, key) => state.get(readersCollection, key),
  put: (state, key, { value }) => state.put(readersCollection, key, value),
  delete: (state, key) => state.delete(readersCollection, key),
};

const isOwn = (collection: string, key: string, table: string): boolean => (collection === tablesCollection && key === table) || (collection === readersCollection && key.startsWith(`${table}/`));

async function listed(state: StateStore, collection: string, table: string): Promise<unknown> {
  if (collection !== readersCollection) throw refused(`a worker may not list "${collection}"`);
  return (await state.list(collection)).filter(({ key }) => isOwn(collection, key, table));
}

/** A table stays in its folder: a pointer to another's metadata would show that one's rows as its own. */
async function swap(state: StateStore, key: string, { expected, value }: Record<string, unknown>): Promise<number | undefined> {
  const { folder, metadata } = (value ?? {}) as Partial<TablePointer>;
  const current = await state.get<TablePointer>(tablesCollection, key);
  if (typeof expected !== "number" || folder !== current?.value.folder || typeof metadata !== "string" || !metadata.startsWith(`${folder}/metadata/`) || metadata.includes("..")) throw refused(`this is no next version of table "${key}"`);
  return state.compareAndSwap(tablesCollection, key, expected, value);
}

function refused(what: string): MillraceError {
  return new MillraceError("MR-LOG-008", { what, where: "the state of a worker's table", mend: "a stage swaps the pointer of the table that it writes, and nothing else: the graph is the permission" });
}
