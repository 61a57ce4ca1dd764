import { createConnection } from "node:net";
import { MillraceError } from "../../errors.ts";
import type { StateStore, Versioned } from "../../state/store.ts";
import { CallClient } from "./call-client.ts";

/**
 * The state store as a stage's process on another machine has it: as much of it as its table needs, asked of the control plane.
 *
 * @param path - a socket that leads there
 */
export function tableState(path: string): StateStore {
  let client: CallClient | undefined;
  const ask = async (method: string, request: object): Promise<any> => {
    if (!client || client.isClosed) client = new CallClient(createConnection(path), { where: "the pointer of the stage's table" });
    return (await client.call(method, request)).result;
  };
  const beyond = (): Promise<never> => Promise.reject(new MillraceError("MR-WORKER-003", { what: "a worker changes one table by itself, and nothing else of the state", where: "the state of a worker's table", mend: "let the work be done beside the control plane" }));
  return {
    get: <T>(collection: string, key: string): Promise<Versioned<T> | undefined> => ask("get", { collection, key }),
    list: <T>(collection: string): Promise<(Versioned<T> & { key: string })[]> => ask("list", { collection }),
    put: (collection, key, value) => ask("put", { collection, key, value }),
    compareAndSwap: (collection, key, expected, value) => ask("swap", { collection, key, expected, value }),
    delete: (collection, key) => ask("delete", { collection, key }),
    swapAll: beyond,
    // Turns are good manners; over a network they would cost more than a commit that is made again.
    inTurn: (_names, work) => work(),
    close: async () => client?.close(),
  };
}
