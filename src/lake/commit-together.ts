import { setTimeout as wait } from "node:timers/promises";
import { MillraceError } from "../errors.ts";
import type { StateStore } from "../state/store.ts";
import type { PreparedVersion, TableStore, TableVersion } from "./table-store.ts";

const attemptsMax = 100;
const waitMsMax = 200;

/** A version to be made current, or what is current where there is nothing to do. */
export type Planned = { store: TableStore } & ({ prepared: PreparedVersion } | { base: TableVersion });

/**
 * Commits to several tables: all of it takes effect at once, or none of it.
 *
 * @param plans - each writes the next version of a table, and makes nothing current; asked anew when another commit was first
 * @returns the tables after it, in the order of the plans
 * @throws MillraceError `MR-LAKE-002`, to be retried, when others are first time and again; what a plan throws
 */
export async function commitTogether(state: StateStore, plans: readonly (() => Promise<Planned>)[]): Promise<TableVersion[]> {
  let names: string[] = [];
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const planned: Planned[] = [];
    try {
      for (const plan of plans) planned.push(await plan());
    } catch (error) {
      await dropAll(planned);
      throw error;
    }
    if (await swap(state, planned)) return Promise.all(planned.map((each) => ("prepared" in each ? each.store.published(each.prepared) : each.base)));
    await dropAll(planned);
    names = planned.map(({ store }) => store.name);
    await wait(Math.random() * Math.min(waitMsMax, 2 ** attempt));
  }
  throw new MillraceError("MR-LAKE-002", { what: `${attemptsMax} attempts to commit all lost to other writers`, where: names.map((name) => `table "${name}"`).join(", "), mend: "try again", retryable: true });
}

/** @returns false when another commit was first */
async function swap(state: StateStore, planned: readonly Planned[]): Promise<boolean> {
  const prepared = planned.filter((each) => "prepared" in each);
  if (prepared.length === 0) return true;
  try {
    return await state.swapAll(prepared.map((each) => each.prepared.swap));
  } catch (error) {
    // A store that fails in a write may have done it all the same.
    const [first] = prepared;
    if (await first.store.wasMade(first.prepared).catch(() => false)) return true;
    throw error;
  }
}

async function dropAll(planned: readonly Planned[]): Promise<void> {
  for (const each of planned) if ("prepared" in each) await each.store.drop(each.prepared);
}
