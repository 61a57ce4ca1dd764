import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { advance, type ChangeAtRisk, columns, Crash, crashAtEachStep, crashing, partitionBy, records } from "./crash-for-tests.ts";
import { batchOf, count, query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

test("a crash at any step of an append leaves the old version or the new one, and a replay ends in one copy", async () => {
  for (const when of ["before", "after"] as const) {
    for (let at = 0, crashed = true; crashed; at++) {
      crashed = false;
      const { lake, reopen } = await scratchLake();
      const table = await lake.createTable({ name: "t", columns, partitionBy });
      const faults = crashing(at, when);
      const doomed = await reopen(faults);
      const writer = await (await doomed.table("t")).writer();
      await writer.add(batchOf(columns, records));
      await writer.commit({ advance }).catch((error) => {
        if (!(error instanceof Crash)) throw error;
        crashed = true;
      });
      const rows = await count(table);
      const positions = await table.positions();
      expect([rows, positions.length], `${when} step ${at}`).toEqual(rows === 0 ? [0, 0] : [2, 1]);
      if (crashed && when === "before" && at === 0) expect(rows).toBe(0);

      const next = await table.writer();
      await next.add(batchOf(columns, records));
      const replay = next.commit({ advance });
      if (rows === 0) await replay;
      else await expect(replay).rejects.toMatchObject({ code: "MR-LAKE-002" });
      expect(await query(table, (from) => `select part::int as part, n::int as n from ${from} order by all`)).toEqual(records);
      await table.removeOrphans(-1);
      for (const file of await table.files()) await table.verify(file);
      if (!crashed) expect(at).toBeGreaterThan(6);
      await Promise.all([lake.close(), doomed.close()]);
    }
  }
});

test("a crash at any step of a replacement leaves the old rows or the new ones, and another attempt ends in one copy", async () => {
  const where = { op: "=" as const, column: "part", value: 1 };
  const replace = async (table: Table, attempt: string, n: number) => {
    const file = await stagedRows(table, `select 1::bigint as part, ${n}::bigint as n`);
    return (await table.replaceRows({ where, files: [file], attempt })).publish();
  };
  const rowsOf = (table: Table) => query(table, (from) => `select part::int as part, n::int as n from ${from} order by all`);
  for (const when of ["before", "after"] as const) {
    for (let at = 0, crashed = true; crashed; at++) {
      crashed = false;
      const { lake, reopen } = await scratchLake();
      const table = await lake.createTable({ name: "t", columns, partitionBy });
      const writer = await table.writer();
      await writer.add(batchOf(columns, records));
      await writer.commit({ advance });
      const doomed = await reopen(crashing(at, when));
      await replace(await doomed.table("t"), "doomed", 10).catch((error) => {
        if (!(error instanceof Crash)) throw error;
        crashed = true;
      });
      const published = (await table.snapshots()).length === 2;
      expect(await rowsOf(table), `${when} step ${at}`).toEqual([{ part: 1, n: published ? 10 : 1 }, { part: 2, n: 2 }]);
      if (published) await replace(table, "doomed", 99);
      expect(await table.snapshots()).toHaveLength(published ? 2 : 1);
      await replace(table, "next", 11);
      expect(await rowsOf(table)).toEqual([{ part: 1, n: 11 }, { part: 2, n: 2 }]);
      await table.removeOrphans(-1);
      for (const file of await table.files()) await table.verify(file);
      expect((await table.currentSnapshot())?.summary).toMatchObject({ "total-records": "2", "total-data-files": "2" });
      if (!crashed) expect(at).toBeGreaterThan(5);
      await Promise.all([lake.close(), doomed.close()]);
    }
  }
});

/** Others, and compaction: crash.slow.test.ts. */
const changes: Record<string, ChangeAtRisk> = {
  append: { make: async (table, attempt) => table.append({ files: [await stagedRows(table, "select 3::bigint as part, 3::bigint as n")], attempt }), after: [1, 2, 3] },
  "delete within a file": { make: (table, attempt) => table.deleteRows({ where: { op: "=", column: "n", value: 1 }, attempt }), after: [2] },
};

test.each(Object.entries(changes))("a crash at any step of %s leaves the old rows or the new ones, and the same attempt again ends in one copy", { timeout: 120_000 }, (_name, change) => crashAtEachStep(change));

test("a process killed between the two steps of a commit leaves the old rows, and garbage that is found", async () => {
  const { root, lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy });
  const writer = await table.writer();
  await writer.add(batchOf(columns, records));
  await writer.commit();
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    const { Lake } = await import(${module("./lake.ts")});
    const { stagedRows } = await import(${module("./lake-for-tests.ts")});
    const { folderFiles } = await import(${module("../files/folder.ts")});
    const { sqliteState } = await import(${module("../state/sqlite.ts")});
    const lake = new Lake({ files: folderFiles(${JSON.stringify(`${root}/lake`)}), state: await sqliteState(${JSON.stringify(`${root}/state.sqlite`)}) });
    const table = await lake.table("t");
    const files = [await stagedRows(table, "select 1::bigint as part, 10::bigint as n")];
    const replacement = await table.replaceRows({ where: { op: "=", column: "part", value: 1 }, files, attempt: "a" });
    await replacement.prepare();
    process.stdout.write("1\\n");
    setInterval(() => {}, 1_000);`;
  expect(await runUntilTold(code, 1)).toBe(1);
  expect(await query(table, (from) => `select part::int as part, n::int as n from ${from} order by all`)).toEqual(records);
  expect(await table.removeOrphans()).toBe(0);
  expect(await table.removeOrphans(-1)).toBe(4);
  expect(await table.removeOrphans(-1)).toBe(0);
  for (const file of await table.files()) await table.verify(file);
  expect(await count(table)).toBe(2);
  await lake.close();
});

test("a state store that fails after it has written does not double the commit", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy });
  const unsure = await reopen({
    state: (state) =>
      new Proxy(state, {
        get(target, name) {
          const member = Reflect.get(target, name);
          if (typeof member !== "function") return member;
          return async (...args: unknown[]) => {
            const result = await member.apply(target, args);
            if (name === "compareAndSwap") throw new Error("the connection was lost");
            return result;
          };
        },
      }),
  });
  const writer = await (await unsure.table("t")).writer();
  await writer.add(batchOf(columns, records));
  expect((await writer.commit({ advance }))?.summary["total-records"]).toBe("2");
  expect(await count(table)).toBe(2);
  await Promise.all([lake.close(), unsure.close()]);
});

test("a process killed while it commits leaves a table that holds all it was told", async () => {
  const { root, lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy });
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    const { Lake } = await import(${module("./lake.ts")});
    const { batchOf } = await import(${module("./lake-for-tests.ts")});
    const { folderFiles } = await import(${module("../files/folder.ts")});
    const { sqliteState } = await import(${module("../state/sqlite.ts")});
    const lake = new Lake({ files: folderFiles(${JSON.stringify(`${root}/lake`)}), state: await sqliteState(${JSON.stringify(`${root}/state.sqlite`)}) });
    const table = await lake.table("t");
    const writer = await table.writer();
    for (let n = (await table.positions())[0]?.offset ?? 0; ; n++) {
      await writer.add(batchOf(${JSON.stringify(columns)}, [{ part: n % 3, n }, { part: 9, n }]));
      await writer.commit({ advance: [{ topic: "in", partition: 0, from: n, to: n + 1 }] });
      process.stdout.write(n + 1 + "\\n");
      if (n % 8 === 7) await table.maintain({ smallFilesMax: 2, keep: 2, olderThanMs: 0 });
    }`;
  for (let round = 1; round <= 4; round++) {
    const told = await runUntilTold(code, 7 * round);
    const offset = (await table.positions())[0].offset;
    expect(offset).toBeGreaterThanOrEqual(told);
    const [row] = await query(table, (from) => `select count(*)::int as n, count(distinct n)::int as distinct_n, max(n)::int + 1 as top from ${from}`);
    expect(row).toEqual({ n: 2 * offset, distinct_n: offset, top: offset });
  }
  await table.removeOrphans(-1);
  for (const file of await table.files()) await table.verify(file);
  await lake.close();
});

/** Runs a process, kills it once it has said a number as high as `target`, and returns the last number that it said. */
async function runUntilTold(code: string, target: number): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  for await (const chunk of child.stdout) {
    told += chunk;
    if (lastLine(told) >= target) child.kill("SIGKILL");
  }
  return lastLine(told);
}

function lastLine(text: string): number {
  return Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1) || 0);
}
