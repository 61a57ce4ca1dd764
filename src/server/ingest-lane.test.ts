import { expect, test } from "vitest";
import { LaneTable } from "../engine/lanes.ts";
import type { Output } from "../log/driver.ts";
import { IngestLane } from "./ingest-lane.ts";
import { order, startTestServer } from "../../test/support/test-server.ts";

function newLane(idleAfterMs: number, append: (outputs: Output[]) => Promise<unknown> = async () => undefined) {
  const said: Output[][] = [];
  const errors: unknown[] = [];
  const changed = new EventTarget();
  const lane = new IngestLane({
    lane: "intake",
    topic: "orders",
    idleAfterMs,
    append: async (outputs) => {
      said.push(outputs);
      await append(outputs);
      changed.dispatchEvent(new Event("said"));
    },
    onError: (error) => errors.push(error),
  });
  const next = () => new Promise<void>((resolve) => changed.addEventListener("said", () => resolve(), { once: true }));
  return { lane, said, errors, next };
}

const marks = (outputs: Output[]) => outputs.map(({ partition, mark }) => [partition, mark?.watermark, mark?.status]);

test("a mark never goes back, and quiet lets go of every partition once", async () => {
  const { lane, said, next } = newLane(20);
  expect(lane.mark([0], 50)).toEqual({ lane: "intake", watermark: 50, status: "active" });
  expect(lane.mark([2], 30).watermark).toBe(50);
  await next();
  expect(marks(said[0])).toEqual([
    [0, 50, "idle"],
    [2, 50, "idle"],
  ]);
  lane.mark([1], 60);
  await next();
  expect(marks(said[1])).toEqual([[1, 60, "idle"]]);
  await lane.close();
  expect(said).toHaveLength(2);
});

test("a partition without posts hears how far the others have come", async () => {
  const { lane, said, next } = newLane(40);
  lane.mark([0], 10);
  const heard = next();
  const posts = setInterval(() => lane.mark([1], 1_000), 5);
  await heard;
  clearInterval(posts);
  expect(marks(said[0])).toEqual([[0, 1_000, "active"]]);
  await lane.close();
});

test("closing lets go at once; a marker that could not be stored is tried again", async () => {
  const { lane, said } = newLane(60_000);
  lane.mark([3], 5);
  await lane.close();
  expect(marks(said[0])).toEqual([[3, 5, "idle"]]);

  let failures = 1;
  const stubborn = newLane(10, async () => {
    if (failures-- > 0) throw new Error("disk");
  });
  stubborn.lane.mark([1], 7);
  await stubborn.next();
  expect(stubborn.errors).toHaveLength(1);
  expect(stubborn.said.map(marks)).toEqual([[[1, 7, "idle"]], [[1, 7, "idle"]]]);
  await stubborn.lane.close();
});

test("posts carry the source's event time, and a quiet source lets its readers go on", async () => {
  const server = await startTestServer({ idleAfterMs: 30 });
  try {
    await server.call("POST", "/ingest/orders-intake", [order("a", { customer: "ada", at: "2026-05-01T00:00:00Z" }), order("b", { customer: "ada", at: "2026-04-01T00:00:00Z" })]);
    const partition = (await server.log.topic("orders")).partitionInfo.findIndex(({ records }) => records > 0);
    const table = new LaneTable([]);
    let offset = 0;
    while (table.status !== "idle" || offset === 0) {
      const { entries } = await server.log.fetch({ partitions: [{ topic: "orders", partition, offset }], bytesMax: 1e6, waitMs: 5_000 });
      expect(entries.length).toBeGreaterThan(0);
      for (const { mark, batch, next } of entries) {
        if (batch) expect(mark).toEqual({ lane: "orders-intake", watermark: Date.parse("2026-05-01T00:00:00Z"), status: "active" });
        if (mark) table.update(mark);
        offset = next;
      }
    }
  } finally {
    await server.close();
  }
});

test("a start lets go of what a killed process left active", async () => {
  const first = await startTestServer({ idleAfterMs: 60_000 });
  const { log } = first;
  try {
    await first.call("POST", "/ingest/orders-intake", order("a", { customer: "ada" }));
    // A second server on the same log stands for the process that comes after a crash.
    const { createServer } = await import("./create-server.ts");
    const { pino } = await import("pino");
    const second = createServer({ control: first.control, token: first.token, logger: pino({ level: "silent" }), version: "0" });
    await second.listen({ host: "127.0.0.1", port: 0 });
    const partition = (await log.topic("orders")).partitionInfo.findIndex(({ records }) => records > 0);
    const table = new LaneTable([]);
    for (let offset = 0; table.status !== "idle" || offset === 0; ) {
      const { entries } = await log.fetch({ partitions: [{ topic: "orders", partition, offset }], bytesMax: 1e6, waitMs: 5_000 });
      expect(entries.length).toBeGreaterThan(0);
      for (const { mark, next } of entries) {
        if (mark) table.update(mark);
        offset = next;
      }
    }
    await second.close();
  } finally {
    await first.close();
  }
});

test("a record from the future does not carry the watermark past the clock", () => {
  const lane = new IngestLane({ lane: "intake", topic: "orders", append: async () => undefined, onError: () => undefined, now: () => 1_000 });
  expect(lane.mark([0], Date.UTC(2099, 0)).watermark).toBe(1_000);
  expect(lane.mark([0], 900).watermark).toBe(1_000);
});
