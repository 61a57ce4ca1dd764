import { expect, test } from "vitest";
import type { SqlSource, TableReference } from "../sql/query-request.ts";
import { KnownAnswers } from "./known-answers.ts";
import { columnsOfSource, contentOf } from "./source-state.ts";

const named = (name: string): TableReference => ({ name, parts: [name], where: "the test" });
const view = (sql: string): SqlSource => ({ kind: "view", dataset: "v", sql });
const table = (snapshotId: bigint, column = "a"): SqlSource => ({ kind: "table", dataset: "t", snapshotId, columns: [{ name: column, type: "long", fieldId: 1 }], files: [] });

/** A view over a table, and how often somebody had to work for an answer. */
function bed(stateOf: typeof contentOf) {
  const sources: Record<string, SqlSource | undefined> = { v: view("from t"), t: table(1n) };
  const known = new KnownAnswers<number>(1_000, () => 10, stateOf);
  const resolve = async (references: TableReference[]) => ({ sources: references.map(({ name }) => sources[name]), known: [] });
  let worked = 0;
  const ask = async (key = "k", state?: string): Promise<boolean> => {
    const { isKnown, answer } = await known.answer({ key, state, resolve }, async (find) => {
      await find([named("v")], {});
      await find([named("t")], { inViews: true });
      return ++worked;
    });
    expect(answer).toBeLessThanOrEqual(worked);
    return isKnown;
  };
  return { sources, known, ask };
}

test("an answer holds for as long as all that was read for it is as it was", async () => {
  const { sources, known, ask } = bed(contentOf);
  expect([await ask(), await ask(), await ask("other")]).toEqual([false, true, false]);
  sources.t = table(2n);
  expect([await ask(), await ask()]).toEqual([false, true]);
  sources.v = view("from t where a > 1");
  expect([await ask(), await ask()]).toEqual([false, true]);
  expect([await ask("k", "marked"), await ask("k", "marked"), await ask()]).toEqual([false, true, false]);
  known.forget();
  expect(await ask()).toBe(false);
});

test("nothing is kept of what nobody can tell", async () => {
  const { sources, ask } = bed(contentOf);
  sources.v = view("select now() from t");
  expect([await ask(), await ask()]).toEqual([false, false]);
  sources.v = { kind: "files", dataset: "f", files: [], partitionColumns: [] };
  expect([await ask(), await ask()]).toEqual([false, false]);
  sources.v = { kind: "files", dataset: "f", files: [], partitionColumns: [], version: "1" };
  expect([await ask(), await ask()]).toEqual([false, true]);
  sources.t = undefined;
  expect([await ask(), await ask()]).toEqual([false, false]);
});

test("what changes while somebody works for an answer is looked at again the next time", async () => {
  const known = new KnownAnswers<number>(1_000, () => 10, contentOf);
  let snapshot = 0n;
  const resolve = async () => ({ sources: [table(++snapshot)], known: [] });
  const twice = () => known.answer({ key: "k", resolve }, async (find) => {
    await find([named("t")], {});
    await find([named("t")], {});
    return 1;
  });
  await twice();
  snapshot = 0n;
  expect((await twice()).isKnown).toBe(false);
});

test("where columns decide, another version with the same columns changes nothing", async () => {
  const { sources, ask } = bed(columnsOfSource);
  await ask();
  sources.t = table(2n);
  expect(await ask()).toBe(true);
  sources.t = table(2n, "b");
  expect(await ask()).toBe(false);
});
