import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

const columns: Column[] = [
  { name: "part", type: "integer", nullable: false },
  { name: "n", type: "integer", nullable: false },
];
const program = fileURLToPath(new URL("./killed-for-tests.ts", import.meta.url));

/** @returns the signal that ended it; undefined when it came to its end */
async function changeUntil(root: string, step: number): Promise<string | undefined> {
  const child = spawn(process.execPath, [program, root, String(step)], { stdio: ["ignore", "ignore", "inherit"] });
  const [code, signal] = await once(child, "exit");
  if (signal === null) expect(code, `the process that was to die at step ${step}`).toBe(0);
  return signal ?? undefined;
}

const rowsOf = async (table: Table): Promise<number[][]> => (await query(table, (from) => `select part::int as part, n::int as n from ${from} order by all`)).map(({ part, n }) => [part, n] as number[]);

test("a process that is killed after any step of a merge, a commit to two tables or a publication leaves all of it or nothing", async () => {
  const { root, lake } = await scratchLake();
  const [merged, one, two] = await Promise.all(["k.merged", "k.one", "k.two"].map((name) => lake.createTable({ name, columns, partitionBy: [] })));
  const append = async (table: Table, attempt: string, n: number, branch?: string) => (await table.append({ files: [await stagedRows(table, `select 1::bigint as part, ${n}::bigint as n`)], attempt, branch })).publish();
  for (const table of [merged, one, two]) await append(table, "first", 0);
  let expected = [[1, 0]];
  let ended: string | undefined = "SIGKILL";
  let step = 0;
  while (ended !== undefined) {
    step += 1;
    for (const table of [one, two]) {
      if ((await table.metadata()).refs.next !== undefined) continue;
      await table.createBranch("next");
      await append(table, `next-${step}`, step, "next");
    }
    const before = await Promise.all([one, two].map(async (table) => (await table.metadata()).properties.round));
    ended = await changeUntil(root, step);

    const isMerged = (await merged.snapshots()).some(({ summary }) => summary["millrace.attempt"] === `merge-${step}`);
    if (isMerged) expected = [[1, step], ...expected.slice(1), [100 + step, step]];
    expect(await rowsOf(merged), `step ${step}`).toEqual(expected);
    const [first, second] = await Promise.all([one, two].map((table) => table.metadata()));
    expect(first.properties.round, `step ${step}`).toBe(second.properties.round);
    expect([before[0], String(step)]).toContain(first.properties.round);
    expect(Object.keys(first.refs), `step ${step}`).toEqual(Object.keys(second.refs));
    expect(await rowsOf(one), `step ${step}`).toEqual(await rowsOf(two));
    // The attempt that died is made again: it finds itself done, or does it now, once.
    const again = await merged.merge({ files: [await stagedRows(merged, `select 1::bigint as part, ${step}::bigint as n union all select ${100 + step}, ${step}`)], keys: ["part"], attempt: `merge-${step}` });
    await again.publish();
    if (!isMerged) expected = [[1, step], ...expected.slice(1), [100 + step, step]];
    expect(await rowsOf(merged), `step ${step}`).toEqual(expected);
  }
  // It began to die in the merge and came to die behind the publication.
  expect(step).toBeGreaterThan(10);
  for (const table of [merged, one, two]) {
    await table.removeOrphans(-1);
    for (const file of await table.files()) await table.verify(file);
    expect(await table.removeOrphans(-1)).toBe(0);
  }
  expect(await rowsOf(merged)).toEqual(expected);
  await lake.close();
});
