import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { BatchBuilder } from "../../batch/builder.ts";
import { indexAtOffset } from "../../batch/batch.ts";
import { keyAt, rowReader } from "../../batch/rows.ts";
import type { LogDriver, Output, TopicSpec } from "../driver.ts";
import { Cleaner, type CleanerOptions } from "./cleaner.ts";
import { confirmMs, jumpMs } from "./clock-watch.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { directPort } from "./port.ts";
import { LogService } from "./service.ts";

const hour = 3_600_000;
const scratches: string[] = [];
afterEach(() => {
  for (const scratch of scratches.splice(0)) rmSync(scratch, { recursive: true });
});

/** A log with a clock of its own: wall and monotonic time move together, unless a test tears them apart. */
class Bed {
  readonly folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "mr-clean-"));
  wall = 1_700_000_000_000;
  monotonic = 0;
  service!: LogService;
  log!: EmbeddedLog;
  cleaner!: Cleaner;
  readonly #options: CleanerOptions;

  constructor(options: CleanerOptions = {}) {
    scratches.push(this.folder);
    this.#options = options;
    this.open();
  }

  open(): void {
    this.service = new LogService({ folder: this.folder, segmentBytes: 8_192, returnMs: 0, now: () => this.wall });
    this.log = new EmbeddedLog(directPort(this.service, { name: "test", reads: [], writes: [], admin: true }));
    this.cleaner = new Cleaner(this.service.core, { monotonic: () => this.monotonic, ...this.#options });
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.service.close();
  }

  async reopen(): Promise<void> {
    await this.close();
    this.open();
  }

  pass(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }

  topic(name: string, more: Partial<TopicSpec> = {}): Promise<void> {
    return this.log.ensureTopic({ name, partitions: 1, ...more });
  }

  append(...outputs: Output[]): Promise<unknown> {
    return this.log.append({ producer: "p", outputs });
  }

  get segments(): string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith(".seg")).sort();
  }

  bytes(): number {
    return this.segments.reduce((sum, name) => sum + readFileSync(join(this.folder, name)).byteLength, 0);
  }
}

function output(topic: string, records: [n: number, key?: string | null, tombstone?: boolean][], size = 100): Output {
  const builder = new BatchBuilder({ columns: [{ name: "n", type: "integer", nullable: false }, { name: "text", type: "string", nullable: false }], where: "test" });
  for (const [n, key = null, tombstone] of records) {
    if (tombstone) builder.appendTombstone(key as string, n);
    else builder.append({ n, text: `${n}`.padEnd(size, "x") }, n, { key });
  }
  return { topic, partition: 0, batch: builder.finish() };
}

/** What a reader from the start sees: `[offset, key, n]`, n null for a tombstone. */
async function records(log: LogDriver, topic: string, bytesMax = 1e9): Promise<[number, string | null, number | null][]> {
  let { start: offset } = (await log.topic(topic)).partitionInfo[0];
  const all: [number, string | null, number | null][] = [];
  for (;;) {
    const { entries } = await log.fetch({ partitions: [{ topic, partition: 0, offset }], bytesMax, waitMs: 0 });
    if (entries.length === 0) return all;
    for (const { batch, offset: first } of entries) {
      for (let i = 0; batch && i < batch.count; i++) all.push([first + (batch.offsets?.[i] ?? i), keyAt(batch, i), rowReader(batch)(i).n as number | null]);
    }
    offset = entries[entries.length - 1].next;
  }
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test("records go when their time is over, by the log's clock, and whole segments with them", async () => {
  const bed = new Bed();
  await bed.topic("t", { retentionMs: 5 * hour });
  await bed.topic("kept");
  for (const n of range(100)) {
    await bed.append(output("t", [[n], [n]], 200));
    bed.pass(hour / 10);
  }
  await bed.cleaner.run();
  const left = await records(bed.log, "t");
  expect(left.map(([, , n]) => n)).toEqual(range(100).filter((n) => n >= 50).flatMap((n) => [n, n]));
  expect(left[0][0]).toBe(100);
  expect(bed.segments[0]).not.toBe("000000000001.seg");
  await expect(bed.log.fetch({ partitions: [{ topic: "t", partition: 0, offset: 3 }], bytesMax: 1, waitMs: 0 })).rejects.toThrow(/MR-LOG-005[\s\S]*3 to 99/);
  await bed.reopen();
  expect(await records(bed.log, "t")).toEqual(left);
  expect((await bed.log.topics()).map(({ name }) => name)).toEqual(["kept", "t"]);
  await bed.close();
});

test("a topic stays below its size, the oldest records of all partitions first", async () => {
  const bed = new Bed();
  await bed.log.ensureTopic({ name: "t", partitions: 2, retentionBytes: 20_000 });
  for (const n of range(100)) {
    bed.pass(1);
    await bed.append({ ...output("t", [[n]], 500), partition: n % 2 });
  }
  await bed.cleaner.run();
  const { partitionInfo } = await bed.log.topic("t");
  const bytes = partitionInfo.reduce((sum, partition) => sum + partition.bytes, 0);
  expect(bytes).toBeLessThanOrEqual(20_000);
  expect(bytes).toBeGreaterThan(18_000);
  expect(Math.abs(partitionInfo[0].start - partitionInfo[1].start)).toBeLessThanOrEqual(1);
  await bed.close();
});

test("a segment with little life left is written anew; its records stay where they were, for readers too", async () => {
  const bed = new Bed();
  await bed.topic("kept", { key: "k" });
  await bed.topic("gone");
  const held = new EmbeddedLog(directPort(bed.service, { name: "reader", reads: ["kept"], writes: [] }));
  for (const n of range(60)) await bed.append(output("kept", [[n, `k${n}`]]), output("gone", [[n]], 900));
  const before = await records(held, "kept");
  await bed.log.deleteTopic("gone");
  const size = bed.bytes();
  const { rewritten } = await bed.cleaner.run();
  expect(rewritten.length).toBeGreaterThan(4);
  expect(bed.bytes()).toBeLessThan(size / 2);
  expect(await records(held, "kept")).toEqual(before);
  expect(await records(bed.log, "kept")).toEqual(before);
  expect((await bed.cleaner.run()).rewritten).toEqual([]);
  await bed.reopen();
  expect(await records(bed.log, "kept")).toEqual(before);
  expect(await bed.log.topics()).toHaveLength(1);
  await held.close();
  await bed.close();
});

test("of a state, what came before its last snapshot goes; positions, owners and state are as before", async () => {
  const bed = new Bed();
  await bed.topic("t");
  const join = async (member: string) => {
    let fence = 0;
    const joined = await bed.log.join({ group: "g", member, topics: ["t"], onAssigned: ([task]) => void (fence = task.fence), onRevoked: async () => undefined, onLost: () => undefined });
    while (fence === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    return { joined, fence };
  };
  const first = await join("m");
  for (const n of range(100)) await first.joined.commit({ tasks: [0], positions: [{ topic: "t", partition: 0, offset: n }], outputs: [], state: [{ task: 0, kind: n % 40 === 0 ? "snapshot" : "delta", bytes: Buffer.from(`${n}`.padEnd(600)) }] });
  const restored = async (member: Awaited<ReturnType<typeof join>>): Promise<number[]> => {
    const state: number[] = [];
    for await (const { bytes } of member.joined.restore(0)) state.push(Number(Buffer.from(bytes).toString()));
    return state;
  };
  // A reader that is halfway through the state while it moves reads on.
  const halfway = first.joined.restore(0)[Symbol.asyncIterator]();
  expect(Number(Buffer.from((await halfway.next()).value.bytes).toString())).toBe(80);
  const size = bed.bytes();
  const { removed } = await bed.cleaner.run();
  expect(removed.length).toBeGreaterThan(3);
  expect(bed.bytes()).toBeLessThan(size / 2);
  expect(Number(Buffer.from((await halfway.next()).value.bytes).toString())).toBe(81);
  expect(await restored(first)).toEqual(range(20).map((n) => 80 + n));
  await bed.reopen();
  expect(await bed.log.positions("g")).toEqual([{ topic: "t", partition: 0, offset: 99 }]);
  const second = await join("m2");
  expect(second.fence).toBeGreaterThan(first.fence);
  expect(await restored(second)).toEqual(range(20).map((n) => 80 + n));
  await bed.close();
});

test("a compacted topic keeps the newest record of each key, at its offset; records without a key stay", async () => {
  const bed = new Bed();
  await bed.topic("t", { compact: true });
  const all: [number, string | null, number | null][] = [];
  for (const n of range(200)) {
    const batch: [number, string | null][] = [[n, `k${n % 7}`], [n, n % 50 === 0 ? null : `k${n % 3}`]];
    for (const [value, key] of batch) all.push([all.length, key, value]);
    await bed.append(output("t", batch));
  }
  const size = bed.bytes();
  await bed.cleaner.run();
  expect(bed.bytes()).toBeLessThan(size / 2);
  await agrees(bed, all);
  await bed.reopen();
  await agrees(bed, all);
  // Again, with more: what was compacted once is compacted once more.
  for (const n of range(200)) {
    all.push([all.length, `k${n % 5}`, 1_000 + n]);
    await bed.append(output("t", [[1_000 + n, `k${n % 5}`]]));
  }
  await bed.cleaner.run();
  await agrees(bed, all);
  const { partitionInfo } = await bed.log.topic("t");
  expect(partitionInfo[0]).toMatchObject({ start: 0, end: 600 });
  await bed.close();

  /** What is left is some of what was written, and every record that nothing replaces; reading may begin anywhere. */
  async function agrees({ log, service }: Bed, written: typeof all): Promise<void> {
    const left = await records(log, "t");
    const newest = new Map(written.map(([offset, key]) => [key ?? `offset ${offset}`, offset]));
    for (const record of left) expect(record).toEqual(written[record[0]]);
    const offsets = new Set(left.map(([offset]) => offset));
    for (const offset of newest.values()) expect(offsets.has(offset), `offset ${offset}`).toBe(true);
    const active = service.core.index.topic("t").partitions[0].refs.find(({ segment }) => segment === service.core.journal.segment)?.offset ?? written.length;
    const replaced = left.filter(([offset, key]) => key !== null && newest.get(key) !== offset && offset < active);
    expect(replaced).toEqual([]);
    for (const offset of [0, 1, 77, 150, 299]) {
      const { entries } = await log.fetch({ partitions: [{ topic: "t", partition: 0, offset }], bytesMax: 1, waitMs: 0 });
      const [{ batch, offset: first }] = entries;
      const i = batch ? indexAtOffset(batch, offset - first) : 0;
      const next = left.find(([other]) => other >= offset)?.[0];
      if (batch && i < batch.count) expect(first + (batch.offsets?.[i] ?? i)).toBe(next);
    }
  }
});

test("a tombstone removes its key, and goes itself when its time is over and not before", async () => {
  const bed = new Bed({ deleteRetentionMs: 24 * hour, dirtyRatio: 0.01 });
  await bed.topic("t", { compact: true });
  const fill = async (from: number): Promise<void> => {
    for (const n of range(60)) await bed.append(output("t", [[from + n, `fill ${n % 2}`]], 300));
  };
  await bed.append(output("t", [[1, "a"], [2, "b"]]));
  await fill(100);
  await bed.append(output("t", [[3, "a", true]]));
  await fill(200);
  await bed.cleaner.run();
  const keyed = async (): Promise<[string | null, number | null][]> => (await records(bed.log, "t")).filter(([, key]) => !key?.startsWith("fill")).map(([, key, n]) => [key, n]);
  expect(await keyed()).toEqual([["b", 2], ["a", null]]);
  bed.pass(23 * hour);
  await fill(300);
  await bed.cleaner.run();
  expect(await keyed()).toEqual([["b", 2], ["a", null]]);
  bed.pass(2 * hour);
  await fill(400);
  await bed.cleaner.run();
  expect(await keyed()).toEqual([["b", 2]]);
  await bed.reopen();
  expect(await keyed()).toEqual([["b", 2]]);
  await bed.close();
});

test("with memory for few keys, rounds get there one after the other", async () => {
  const bed = new Bed({ keysMax: 10, dirtyRatio: 0 });
  await bed.topic("t", { compact: true });
  for (const n of range(300)) await bed.append(output("t", [[n, `k${n % 50}`]]));
  for (let round = 0; round < 40; round++) await bed.cleaner.run();
  const active = bed.service.core.index.topic("t").partitions[0].refs.find(({ segment }) => segment === bed.service.core.journal.segment)?.offset as number;
  const left = await records(bed.log, "t");
  expect(new Set(left.map(([, key]) => key)).size).toBe(50);
  expect(left.filter(([offset]) => offset < active).length).toBeLessThan(60);
  await bed.close();
});

test("a clock that jumps removes nothing until the log has gone on by it; one that only ran on does", async () => {
  const bed = new Bed();
  await bed.topic("t", { retentionMs: 1_000 * 24 * hour });
  await bed.append(output("t", [[1]]));
  bed.wall += 10 * 365 * 24 * hour;
  expect((await bed.cleaner.run()).trimmed).toBe(0);
  await bed.append(output("t", [[2]]));
  bed.pass(confirmMs - 1);
  await bed.append(output("t", [[3]]));
  expect((await bed.cleaner.run()).trimmed).toBe(0);
  // The clock is set right again: nothing was lost.
  bed.wall -= 10 * 365 * 24 * hour;
  expect((await bed.cleaner.run()).trimmed).toBe(0);
  expect(await records(bed.log, "t")).toHaveLength(3);
  // Now it stays.
  bed.wall += 10 * 365 * 24 * hour;
  expect((await bed.cleaner.run()).trimmed).toBe(0);
  bed.pass(confirmMs + 1);
  await bed.append(output("t", [[4]]));
  expect((await bed.cleaner.run()).trimmed).toBe(1);
  await bed.close();
});

test("a log that is opened long after its last record waits for new ones before it removes by time", async () => {
  const bed = new Bed();
  await bed.topic("t", { retentionMs: hour });
  await bed.append(output("t", [[1]]));
  bed.wall += jumpMs + hour;
  await bed.reopen();
  expect((await bed.cleaner.run()).trimmed).toBe(0);
  bed.pass(confirmMs + 1);
  await bed.append(output("t", [[2]]));
  expect((await bed.cleaner.run()).trimmed).toBe(1);
  await bed.close();
});

test("damage ends the round; the damaged segment stays as it is", async () => {
  const bed = new Bed();
  await bed.topic("kept");
  await bed.topic("gone");
  for (const n of range(40)) await bed.append(output("kept", [[n]]), output("gone", [[n]], 900));
  const ref = bed.service.core.index.topic("kept").partitions[0].refs[3];
  const path = join(bed.folder, ref.segment);
  const bytes = readFileSync(path);
  bytes[ref.at + 30] ^= 1;
  writeFileSync(path, bytes);
  await bed.log.deleteTopic("gone");
  await expect(bed.cleaner.run()).rejects.toThrow(/MR-LOG-002/);
  expect(readFileSync(path)).toEqual(bytes);
  expect(readdirSync(bed.folder).filter((name) => name.endsWith(".new"))).toEqual([]);
  await bed.close();
});

test("a crash at any step of a rewriting leaves the same log", async () => {
  const bed = new Bed();
  await bed.topic("kept", { compact: true });
  await bed.topic("gone");
  for (const n of range(40)) await bed.append(output("kept", [[n, `k${n}`]]), output("gone", [[n]], 900));
  await bed.log.deleteTopic("gone");
  const before = await records(bed.log, "kept");
  const old = bed.segments[1];
  copyFileSync(join(bed.folder, old), join(bed.folder, "held"));
  await bed.cleaner.run();
  const young = bed.segments.find((name) => name.startsWith(`${old.slice(0, 12)}.1`)) as string;
  const whole = readFileSync(join(bed.folder, young));
  await bed.close();
  // Before the new file has its name: cut anywhere, it is nothing.
  for (const bytes of [0, 1, whole.byteLength >> 1, whole.byteLength]) {
    renameSync(join(bed.folder, young), join(bed.folder, "young"));
    copyFileSync(join(bed.folder, "held"), join(bed.folder, old));
    writeFileSync(join(bed.folder, `${young}.new`), whole.subarray(0, bytes));
    bed.open();
    expect(await records(bed.log, "kept")).toEqual(before);
    expect(existsSync(join(bed.folder, `${young}.new`))).toBe(false);
    await bed.close();
    rmSync(join(bed.folder, old));
    renameSync(join(bed.folder, "young"), join(bed.folder, young));
  }
  // With both names there, the new one counts, and the old one goes.
  copyFileSync(join(bed.folder, "held"), join(bed.folder, old));
  bed.open();
  expect(await records(bed.log, "kept")).toEqual(before);
  expect(existsSync(join(bed.folder, old))).toBe(false);
  await bed.close();
});
