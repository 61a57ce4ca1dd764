import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import type { StateStore } from "./store.ts";

const nextTick = () => wait(1);

/**
 * What every state store must pass.
 *
 * @param open - opens the store named; the same name opens the same data
 */
export function stateConformance(label: string, open: (name: string) => Promise<StateStore>): void {
  type Body = (store: StateStore, name: string) => Promise<void>;
  const check = (title: string, body: Body) =>
    test(`${label}: ${title}`, async () => {
      const name = title.replaceAll(/[^a-z]+/g, "-");
      const store = await open(name);
      await body(store, name).finally(() => store.close());
    });

  check("a value is read back with its version", async (store) => {
    expect(await store.get("c", "k")).toBeUndefined();
    expect(await store.put("c", "k", { a: [1, null, "ü\u0000"] })).toBe(1);
    expect(await store.put("c", "k", "two")).toBe(2);
    expect(await store.get("c", "k")).toEqual({ value: "two", version: 2 });
  });
  check("collections and keys keep apart", async (store) => {
    await store.put("a", "b/c", 1);
    await store.put("a/b", "c", 2);
    await store.put("", "", 3);
    expect((await store.get("a", "b/c"))?.value).toBe(1);
    expect((await store.get("a/b", "c"))?.value).toBe(2);
    expect((await store.get("", ""))?.value).toBe(3);
  });
  check("a list comes in UTF-8 order", async (store) => {
    for (const key of ["\u{10000}", "\uFFFF", "b", "a"]) await store.put("c", key, key);
    expect((await store.list("c")).map(({ key }) => key)).toEqual(["a", "b", "\uFFFF", "\u{10000}"]);
    expect(await store.list("none")).toEqual([]);
  });
  check("a swap needs the version that stands", async (store) => {
    expect(await store.compareAndSwap("c", "k", 1, "x")).toBeUndefined();
    expect(await store.compareAndSwap("c", "k", 0, "x")).toBe(1);
    expect(await store.compareAndSwap("c", "k", 0, "y")).toBeUndefined();
    expect(await store.compareAndSwap("c", "k", 1, "z")).toBe(2);
    expect(await store.get("c", "k")).toEqual({ value: "z", version: 2 });
  });
  check("a removed key does not take an old swap", async (store) => {
    const first = await store.put("c", "k", "old");
    await store.delete("c", "k");
    await store.delete("c", "k");
    expect(await store.get("c", "k")).toBeUndefined();
    expect(await store.compareAndSwap("c", "k", first, "stale")).toBeUndefined();
    const again = await store.compareAndSwap("c", "k", 0, "new");
    expect(again).toBeGreaterThan(first);
    expect(await store.compareAndSwap("c", "k", first, "stale")).toBeUndefined();
  });
  check("of many swaps at once one wins", async (store) => {
    const won = await Promise.all(Array.from({ length: 20 }, (_, i) => store.compareAndSwap("c", "k", 0, i)));
    expect(won.filter((version) => version !== undefined)).toEqual([1]);
  });
  check("of several swaps all are made or none", async (store) => {
    await store.put("c", "a", 1);
    expect(await store.swapAll([{ collection: "c", key: "a", expected: 1, value: 2 }, { collection: "d", key: "b", expected: 1, value: 2 }])).toBe(false);
    expect([await store.get("c", "a"), await store.get("d", "b")]).toEqual([{ value: 1, version: 1 }, undefined]);
    expect(await store.swapAll([{ collection: "c", key: "a", expected: 1, value: 2 }, { collection: "d", key: "b", expected: 0, value: 3 }])).toBe(true);
    expect([await store.get("c", "a"), await store.get("d", "b")]).toEqual([{ value: 2, version: 2 }, { value: 3, version: 1 }]);
    await expect(store.swapAll([{ collection: "c", key: "a", expected: 2, value: 3 }, { collection: "c", key: "x", expected: 0, value: 1n }])).rejects.toMatchObject({ code: "MR-STATE-001" });
    expect(await store.get("c", "a")).toEqual({ value: 2, version: 2 });
    expect(await store.swapAll([])).toBe(true);
  });
  check("a swap moves a value from key to key, and old swaps find neither", async (store) => {
    await store.put("c", "from", "x");
    const version = await store.put("c", "from", "y");
    const move = [{ collection: "c", key: "from", expected: version, value: undefined }, { collection: "c", key: "to", expected: 0, value: "y" }];
    expect(await store.swapAll(move)).toBe(true);
    expect(await store.swapAll(move)).toBe(false);
    expect(await store.get("c", "from")).toBeUndefined();
    expect((await store.get("c", "to"))?.version).toBeGreaterThan(version);
    expect(await store.compareAndSwap("c", "from", 0, "z")).toBeGreaterThan(version);
  });
  check("of many swaps of the same two keys at once one wins", async (store) => {
    const both = (i: number) => ["k", "l"].map((key) => ({ collection: "c", key, expected: 0, value: i }));
    const won = await Promise.all(Array.from({ length: 20 }, (_, i) => store.swapAll(both(i))));
    expect(won.filter(Boolean)).toHaveLength(1);
    const winner = won.indexOf(true);
    expect([await store.get("c", "k"), await store.get("c", "l")]).toEqual([{ value: winner, version: 1 }, { value: winner, version: 1 }]);
  });
  check("turns under one name come one after the other, whoever takes them", async (store, name) => {
    const other = await open(name);
    let atOnce = 0;
    const seen: number[] = [];
    const work = async () => {
      seen.push(++atOnce);
      await nextTick();
      atOnce -= 1;
    };
    await Promise.all([store, other].flatMap((one) => ["a", "a", "b"].map((second) => one.inTurn(["x", second], work))));
    await other.close();
    expect(seen).toEqual([1, 1, 1, 1, 1, 1]);
  });
  check("turns under other names do not wait, and names given in another order do not block", async (store) => {
    let end = () => {};
    const held = store.inTurn(["a", "b"], () => new Promise<void>((resolve) => (end = resolve)));
    expect(await store.inTurn(["c"], async () => "done")).toBe("done");
    const both = [store.inTurn(["a", "b"], async () => 1), store.inTurn(["b", "a", "a"], async () => 2)];
    await nextTick();
    end();
    await held;
    expect(await Promise.all(both)).toEqual([1, 2]);
  });
  check("a turn gives what its work gives, and ends when that fails", async (store) => {
    await expect(store.inTurn(["a"], async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await store.inTurn(["a"], async () => 3)).toBe(3);
    expect(await store.inTurn([], async () => 4)).toBe(4);
  });
  check("what is written is there for the next who opens", async (store, name) => {
    await store.put("c", "k", "kept");
    const other = await open(name);
    expect((await other.get("c", "k"))?.value).toBe("kept");
    await other.put("c", "k", "changed");
    await other.close();
    expect((await store.get("c", "k"))?.value).toBe("changed");
  });
  check("a value that is no JSON is refused by code", async (store) => {
    await expect(store.put("c", "k", undefined)).rejects.toMatchObject({ code: "MR-STATE-001" });
    await expect(store.put("c", "k", 1n)).rejects.toMatchObject({ code: "MR-STATE-001" });
    expect(await store.get("c", "k")).toBeUndefined();
  });
}
