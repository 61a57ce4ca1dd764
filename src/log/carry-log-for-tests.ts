import { expect } from "vitest";
import { BatchBuilder } from "../batch/builder.ts";
import type { TopicDecl } from "../model/manifest.ts";
import { carryGroups, carryRecords, groupSpots, settleTopics, verifyRecords } from "./carry-log.ts";
import type { AssignedTask, LogDriver, Member, StateEntry } from "./driver.ts";

/* What carrying a log must keep, from one of any driver to one of any other. */

const place = { type: "object", properties: { zip: { type: "integer" }, city: { type: "string" } }, required: ["zip", "city"] };
const orders: TopicDecl = { name: "orders", columns: [{ name: "id", type: "string", nullable: false }, { name: "n", type: "integer", nullable: true }, { name: "place", type: "json", nullable: false }], key: "id", partitions: 2, schema: { type: "object", properties: { place } } };

async function join(log: LogDriver, group: string, topics: string[]): Promise<{ member: Member; tasks: AssignedTask[] }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const tasks: AssignedTask[] = [];
  const member = await log.join({
    ...{ group, topics, member: `${group}-test` },
    onAssigned: (more) => {
      tasks.push(...more);
      if (tasks.length === 2) resolve();
    },
    onRevoked: async () => undefined,
    onLost: (error) => {
      throw error;
    },
  });
  await promise;
  return { member, tasks };
}

async function write(log: LogDriver, partition: number, from: number, to: number): Promise<void> {
  const builder = new BatchBuilder({ columns: orders.columns, key: orders.key, where: "test" });
  for (let n = from; n < to; n++) builder.append({ id: `o${n}`, n: n % 3 === 0 ? null : n, place: n % 2 === 0 ? { city: "b", zip: n } : { zip: n, city: "a" } }, 1_000 + n);
  await log.append({ producer: "test", outputs: [{ topic: "orders", partition, batch: builder.finish(), mark: { lane: "test/0", watermark: from, status: "active" } }] });
}

/** Two partitions; a group in the middle of a batch, with state. */
async function fill(log: LogDriver): Promise<void> {
  await log.ensureTopic({ name: "orders", partitions: 2, key: "id", retentionMs: 86_400_000, decl: orders });
  for (let n = 0; n < 60; n += 20) await write(log, 0, n, n + 20);
  await write(log, 1, 100, 130);
  const { member } = await join(log, "sum", ["orders"]);
  await member.commit({
    tasks: [0, 1],
    positions: [{ topic: "orders", partition: 0, offset: 25, metadata: { lanes: [] } }, { topic: "orders", partition: 1, offset: 30 }],
    outputs: [],
    state: [{ task: 0, kind: "snapshot", bytes: Buffer.from("whole") }, { task: 0, kind: "delta", bytes: Buffer.from("more") }],
  });
  await member.leave();
}

async function carryAll(from: LogDriver, to: LogDriver): Promise<Awaited<ReturnType<typeof verifyRecords>>> {
  await carryRecords(from, to);
  const verified = await verifyRecords(from, to, await groupSpots(from));
  await carryGroups(from, to, verified.move);
  await settleTopics(from, to);
  return verified;
}

/** The records that a group has not read, by partition. */
async function unread(log: LogDriver, positions: AssignedTask["positions"]): Promise<number[]> {
  return Promise.all(positions.map(async ({ topic, partition, offset }) => {
    let count = 0;
    for (let at = offset; ; ) {
      const { entries } = await log.fetch({ partitions: [{ topic, partition, offset: at }], bytesMax: 1e6, waitMs: 0 });
      if (entries.length === 0) return count;
      for (const entry of entries) {
        const index = entry.batch ? Math.max(0, at - entry.offset) : 0;
        count += (entry.batch?.count ?? 0) - index;
        at = entry.next;
      }
    }
  }));
}

async function restored(member: Member, task: number): Promise<[StateEntry["kind"], string][]> {
  const found: [StateEntry["kind"], string][] = [];
  for await (const { kind, bytes } of member.restore(task)) found.push([kind, Buffer.from(bytes).toString()]);
  return found;
}

export const carryingChecks: { title: string; body: (from: LogDriver, to: LogDriver) => Promise<void> }[] = [
  {
    title: "records, positions and state are there, and a group goes on where it was",
    async body(from, to) {
      await fill(from);
      const { partitions } = await carryAll(from, to);
      expect(partitions.map(({ partition, records }) => [partition, records])).toEqual([[0, 60], [1, 30]]);
      expect(await to.topic("orders")).toMatchObject({ partitions: 2, key: "id", retentionMs: 86_400_000 });
      const { member, tasks } = await join(to, "sum", ["orders"]);
      const positions = tasks.flatMap((task) => task.positions).sort((a, b) => a.partition - b.partition);
      expect(positions[0].metadata).toEqual({ lanes: [] });
      expect(await unread(to, positions)).toEqual([35, 0]);
      expect(await restored(member, 0)).toEqual([["snapshot", "whole"], ["delta", "more"]]);
      expect(await restored(member, 1)).toEqual([]);
      await member.leave();
    },
  },
  {
    title: "ended after any epoch it goes on, and nothing is there twice; what is not whole is found",
    async body(from, to) {
      await fill(from);
      for (let stops = 0; ; stops++) {
        const stopping = carryRecords(from, to, () => {
          throw new Error("stopped");
        });
        if ((await stopping.then(() => "done", (error: Error) => error.message)) === "done") break;
        if (stops === 0) await expect(verifyRecords(from, to, [])).rejects.toMatchObject({ code: "MR-MIGRATE-002" });
      }
      const once = await carryAll(from, to);
      expect((await carryAll(from, to)).partitions).toEqual(once.partitions);
      await write(to, 1, 1, 2);
      await expect(verifyRecords(from, to, [])).rejects.toMatchObject({ code: "MR-MIGRATE-002" });
    },
  },
];
