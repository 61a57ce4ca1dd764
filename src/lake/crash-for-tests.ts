import { expect } from "vitest";
import type { FilesDriver } from "../files/driver.ts";
import type { Column } from "../model/manifest.ts";
import type { StateStore } from "../state/store.ts";
import { batchOf, query, scratchLake } from "./lake-for-tests.ts";
import type { RowChange } from "./row-change.ts";
import type { Table } from "./table.ts";

export const columns: Column[] = [
  { name: "part", type: "integer", nullable: false },
  { name: "n", type: "integer", nullable: false },
];
export const partitionBy = [{ column: "part", transform: "identity" as const }];

export class Crash extends Error {}

/** Drivers that count the steps that change something, and die before or after one of them, and at every one from then on. */
export function crashing(at: number, when: "before" | "after") {
  let step = 0;
  const hit = async <T>(work: () => Promise<T>): Promise<T> => {
    const mine = step++;
    if (mine > at || (mine === at && when === "before")) throw new Crash(`step ${mine}`);
    const result = await work();
    if (mine === at) throw new Crash(`after step ${mine}`);
    return result;
  };
  const changes = ["putIfAbsent", "adopt", "delete", "stage", "compareAndSwap", "put", "get"];
  const wrap = <T extends object>(driver: T): T =>
    new Proxy(driver, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        const call = (...args: unknown[]) => member.apply(target, args);
        // A dead process reads nothing either: what it does on its way out must not save it.
        return changes.includes(String(name)) && (name !== "get" || step > at) ? (...args: unknown[]) => hit(() => call(...args)) : call;
      },
    });
  return { files: wrap<FilesDriver>, state: wrap<StateStore>, steps: () => step };
}

export const records = [{ part: 1, n: 1 }, { part: 2, n: 2 }];
export const advance = [{ topic: "in", partition: 0, from: 0, to: 2 }];

/** A change of a table's rows, and the numbers that it leaves of 1 and 2. */
export interface ChangeAtRisk {
  make(table: Table, attempt: string): Promise<RowChange>;
  after: number[];
}

/** A crash before and after each step of the change leaves the old rows or the new ones, and the same attempt again ends in one copy. */
export async function crashAtEachStep({ make, after }: ChangeAtRisk): Promise<void> {
  const rowsOf = async (table: Table) => (await query(table, (from) => `select n::int as n from ${from} order by n`)).map(({ n }) => n);
  for (const when of ["before", "after"] as const) {
    for (let at = 0, crashed = true; crashed; at++) {
      crashed = false;
      const { lake, reopen } = await scratchLake();
      // Both rows in one file, so that each change but the first writes some of it anew.
      const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
      const writer = await table.writer();
      await writer.add(batchOf(columns, records));
      await writer.commit({ advance });
      await lake.createTable({ name: "t", columns, partitionBy });
      const doomed = await reopen(crashing(at, when));
      const published = async (of: Table) => (await make(of, "the attempt")).publish();
      await published(await doomed.table("t")).catch((error) => {
        if (!(error instanceof Crash)) throw error;
        crashed = true;
      });
      const isPublished = (await table.snapshots()).length === 2;
      expect(await rowsOf(table), `${when} step ${at}`).toEqual(isPublished ? after : [1, 2]);
      await published(table);
      expect(await rowsOf(table)).toEqual(after);
      expect(await table.snapshots()).toHaveLength(2);
      expect((await table.positions())[0].offset).toBe(2);
      await table.removeOrphans(-1);
      for (const file of await table.files()) await table.verify(file);
      expect(await rowsOf(table)).toEqual(after);
      if (!crashed) expect(at).toBeGreaterThan(3);
      await Promise.all([lake.close(), doomed.close()]);
    }
  }
}
