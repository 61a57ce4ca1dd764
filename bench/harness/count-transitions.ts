import type { Changes, RunStore, Swap } from "../../src/state/run-store.ts";

export interface Counted {
  store: RunStore;
  readonly transitions: number;
}

/**
 * Counts, of what a store is given, the rows of runs, tasks and attempts that come with another state than they had before:
 * the transitions that it records. Those that begin and end within one commit are in none of its rows, and not in the count.
 */
export function countTransitions(store: RunStore): Counted {
  const states = new Map<string, string>();
  const counted = { store, transitions: 0 };
  const note = (key: string, state: string): void => {
    if (states.get(key) === state) return;
    states.set(key, state);
    counted.transitions++;
  };
  const commit = async (epoch: number, changes: Changes, swaps?: readonly Swap[]): Promise<void> => {
    await store.commit(epoch, changes, swaps);
    for (const { id, state } of changes.runs) note(id, state);
    for (const { run, task, index, state } of changes.instances) note(`${run}/${task}/${index}`, state);
    for (const { id, state } of changes.attempts) note(id, state);
  };
  counted.store = new Proxy(store, {
    get: (target, name) => {
      if (name === "commit") return commit;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return counted;
}
