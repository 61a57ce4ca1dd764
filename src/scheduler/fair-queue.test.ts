import { expect, test } from "vitest";
import { FairQueue, type QueueClass } from "./fair-queue.ts";

function push(queue: FairQueue<string>, item: string, { flow = "a", priority = 0, class: name = "live" as QueueClass } = {}): void {
  queue.push({ item, flow, priority, class: name, slots: 1 });
}

function drain(queue: FairQueue<string>, count = Infinity): string[] {
  const taken: string[] = [];
  for (let next = queue.peek(); next && taken.length < count; next = queue.peek()) {
    taken.push(next.item);
    queue.take(true);
  }
  return taken;
}

test("within a flow the first comes first, and a higher priority before it", () => {
  const queue = new FairQueue<string>();
  push(queue, "1");
  push(queue, "2");
  push(queue, "high", { priority: 1 });
  expect(drain(queue)).toEqual(["high", "1", "2"]);
});

test("a flow with one is not hidden by a flow with five thousand", () => {
  const queue = new FairQueue<string>();
  for (let i = 0; i < 5_000; i++) push(queue, `many ${i}`, { flow: "many" });
  drain(queue, 100);
  push(queue, "one", { flow: "one" });
  expect(drain(queue, 2)).toContain("one");
});

test("a low priority is reached while higher ones keep coming", () => {
  const queue = new FairQueue<string>();
  push(queue, "low", { flow: "low" });
  let starts = 0;
  for (let found = false; !found; starts++) {
    push(queue, "high", { flow: "high", priority: 10 });
    found = drain(queue, 1)[0] === "low";
    expect(starts).toBeLessThan(200);
  }
  expect(starts).toBeGreaterThan(50);
});

test("backfills get a fifth when both have work, and all when they are alone", () => {
  const queue = new FairQueue<string>();
  for (let i = 0; i < 1_000; i++) push(queue, "live", { flow: `dag ${i % 20}` });
  for (let i = 0; i < 1_000; i++) push(queue, "backfill", { class: "backfill", flow: "old", priority: -5 });
  const first = drain(queue, 500);
  expect(first.filter((item) => item === "backfill")).toHaveLength(100);
  expect(drain(queue).filter((item) => item === "backfill")).toHaveLength(900);
});

test("a class that was idle does not catch up on what it did not ask for", () => {
  const queue = new FairQueue<string>();
  for (let i = 0; i < 1_000; i++) push(queue, "live");
  drain(queue, 900);
  for (let i = 0; i < 100; i++) push(queue, "backfill", { class: "backfill" });
  expect(drain(queue, 50).filter((item) => item === "backfill").length).toBeLessThanOrEqual(11);
});

test("what is put back keeps its place", () => {
  const queue = new FairQueue<string>();
  push(queue, "1");
  push(queue, "2");
  const first = queue.peek() as NonNullable<ReturnType<typeof queue.peek>>;
  queue.take(false);
  expect(queue.peek()?.item).toBe("2");
  queue.putBack(first);
  expect(drain(queue)).toEqual(["1", "2"]);
});
