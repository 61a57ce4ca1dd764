import { afterEach, expect, test } from "vitest";
import type { StageDecl } from "../model/manifest.ts";
import { column, runnerOf, TestLog, type TestStage, topicOf, until } from "./engine-for-tests.ts";
import { KeyMemory } from "./key-memory.ts";
import { KeyedOperator } from "./keyed-operator.ts";

const columns = [column("id", "string"), column("n", "integer")];
const input = topicOf("in", columns, { key: "id" });
const sums = topicOf("sums", columns, { key: "id" });
const dlq = topicOf("stage.dlq", columns, { key: "id" });
const rows = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ id: `k${(from + i) % 3}`, n: from + i }));

const keyed = (decl: Partial<StageDecl> = {}): TestStage["operator"] => (definition, host, failures) => new KeyedOperator({ name: "stage", by: ["id"], ...decl } as StageDecl, definition, host, failures);

/** The sum so far of each key; a record of 13 is refused. */
const running: TestStage["definition"] = {
  init: () => ({ sum: 0 }),
  runKeyed: (memory: { sum: number }, { id, n }: { id: string; n: number }, emit) => {
    if (n === 13) throw new Error("thirteen");
    const sum = memory.sum + n;
    emit({ id, n: sum });
    return { sum };
  },
};

let log: TestLog;
afterEach(() => log?.close());

async function drain(stage: Omit<TestStage, "inputs" | "outputs" | "dlq">): Promise<void> {
  const runner = runnerOf(log, { inputs: [input], outputs: { out: sums }, dlq, failureLimit: { ratio: 1, window: 1_000 }, ...stage });
  const ended = runner.run();
  await Promise.race([until(() => log.caughtUp("stage")), ended]);
  runner.stop();
  await ended;
}

test("what is remembered of a key goes on over batches and restarts; what is refused counts nowhere", async () => {
  log = await TestLog.open(input, sums, dlq);
  for (let from = 0; from < 60; from += 20) {
    await log.write(input, 0, rows(20, from));
    await drain({ definition: running, operator: keyed() });
  }
  const totals = new Map<string, number>();
  const expected = rows(60).filter(({ n }) => n !== 13).map(({ id, n }) => {
    totals.set(id, (totals.get(id) ?? 0) + n);
    return { id, n: totals.get(id) };
  });
  const got = (await log.read("sums")).map(({ value }) => value);
  for (const id of totals.keys()) expect(got.filter((row) => row.id === id)).toEqual(expected.filter((row) => row.id === id));
  expect((await log.read("stage.dlq")).map(({ value }) => value.n)).toEqual([13]);
});

test("a function that remembers nothing, or lets others wait, sends its records to the dead letters", async () => {
  log = await TestLog.open(input, sums, dlq);
  await log.write(input, 0, rows(2));
  await drain({ definition: { init: () => 0, runKeyed: () => undefined }, operator: keyed() });
  await log.write(input, 0, rows(1, 7));
  await drain({ definition: { init: () => 0, runKeyed: async () => 1 }, operator: keyed() });
  expect((await log.read("stage.dlq")).map(({ value, headers }) => [value.n, /nothing|promise/.exec(JSON.stringify(headers))?.[0]])).toEqual([[0, "nothing"], [1, "nothing"], [7, "promise"]]);
});

const memoryOf = (entries: [kind: "delta" | "snapshot", bytes: Uint8Array | undefined][], make = 1): KeyMemory => {
  const memory = new KeyMemory(make, "stage \"s\"");
  for (const [kind, bytes] of entries) if (bytes) memory.restore({ kind, bytes } as never);
  return memory;
};

test("deltas upon a snapshot give the same memory again, forgotten keys included", () => {
  const memory = memoryOf([]);
  expect(memory.delta()).toBeUndefined();
  memory.set("a", { n: 1 }, 1_000);
  memory.set("b", [2], 2_000);
  const snapshot = memory.snapshot();
  expect(memory.delta()).toBeUndefined();
  memory.set("c", null, 90_000);
  memory.forgetBefore(62_500, 60_000);
  const delta = memory.delta();
  const again = memoryOf([["snapshot", snapshot], ["delta", delta]]);
  expect([again.get("a"), again.get("b"), again.get("c"), again.size]).toEqual([undefined, undefined, null, 1]);
  memory.set("d", 4, 5);
  expect(memoryOf([["snapshot", memory.snapshot()]]).get("d")).toBe(4);
});

test("memory of other fields, of another form, or cut off is refused by code", () => {
  const memory = memoryOf([]);
  memory.set("a", 1, 1);
  const bytes = memory.snapshot();
  for (const bad of [() => memoryOf([["snapshot", bytes]], 2), () => memoryOf([["snapshot", bytes.subarray(0, bytes.length - 3)]])]) expect(bad).toThrow(/MR-ENGINE-009|made by|kept by|damaged|cut off/);
  memory.set("big", 1n, 1);
  expect(() => memory.delta()).toThrow(/no JSON/);
});
