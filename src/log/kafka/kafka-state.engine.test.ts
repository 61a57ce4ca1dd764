import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import { column, topicOf } from "../../engine/engine-for-tests.ts";
import type { FilesDriver } from "../../files/driver.ts";
import { folderFiles } from "../../files/folder.ts";
import { logChecks } from "../conformance.ts";
import type { AssignedTask, Member, StateEntry } from "../driver.ts";
import { declared, kafkaLogFor, newPrefix, type TestKafkaLog } from "./kafka-for-tests.ts";
import type { BrokerPort, KafkaPort } from "./kafka-port.ts";

/* States of stages on Kafka whose snapshots are stored on files. */

let kafka: KafkaServer;
let root: string;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka?.stop());
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mr-kafka-state-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const ofState = logChecks.filter(({ title }) => /^(an epoch is one|state comes back|a snapshot behind its delta)/.test(title));

test.each(ofState)("kafka with files: $title", async ({ run }) => {
  const [prefix, files] = [newPrefix(), folderFiles(root)];
  let life = await kafkaLogFor(kafka.brokers, prefix, { files });
  const reopen = async () => {
    await life.log.close();
    life = await kafkaLogFor(kafka.brokers, prefix, { files });
    return life.log;
  };
  await run({ log: life.log, reopen, close: () => life.log.close() });
  await life.log.close();
});

const input = topicOf("in", [column("n", "integer")], { partitions: 1 });

/** A keyed state: values by key, as a stage holds it. Its deltas are the keys that have changed. */
class KeyedState {
  readonly values = new Map<string, number>();
  #changed: [string, number][] = [];

  set(key: string, value: number): void {
    this.values.set(key, value);
    this.#changed.push([key, value]);
  }

  delta(): StateEntry {
    const bytes = Buffer.from(JSON.stringify(this.#changed));
    this.#changed = [];
    return { kind: "delta", bytes };
  }

  snapshot(): StateEntry {
    return { kind: "snapshot", bytes: Buffer.from(JSON.stringify([...this.values])) };
  }

  take({ kind, bytes }: StateEntry): void {
    if (kind === "snapshot") this.values.clear();
    for (const [key, value] of JSON.parse(Buffer.from(bytes).toString()) as [string, number][]) this.values.set(key, value);
  }
}

/** One life of a stage's task with a large state. */
class Life {
  readonly state = new KeyedState();
  /** What restoring has read of the log. */
  readonly restored: string[] = [];
  readonly warnings: string[] = [];
  /** Offsets of the state topic that were asked for. */
  readonly asked: number[] = [];
  position = 0;
  /** The snapshot that was stored last: the next epoch names it. */
  stored = "";
  #kafka: TestKafkaLog | undefined;
  #member: Member | undefined;

  static async begin(prefix: string, files: FilesDriver | undefined): Promise<Life> {
    const life = new Life();
    const watched = (port: KafkaPort): KafkaPort => ({ ...port, open: async (host, at) => life.#watched(await port.open(host, at)) });
    life.#kafka = await kafkaLogFor(kafka.brokers, prefix, { change: watched, files: files && life.#noting(files), warn: (text) => life.warnings.push(text) });
    const { log } = life.#kafka;
    await declared(log, input);
    const assigned = Promise.withResolvers<AssignedTask[]>();
    life.#member = await log.join({ group: "keeper", member: "m", topics: ["in"], onAssigned: assigned.resolve, onRevoked: async () => undefined, onLost: () => undefined });
    const [{ positions }] = await assigned.promise;
    life.position = positions[0]?.offset ?? 0;
    life.asked.length = 0;
    for await (const entry of life.#member.restore(0)) {
      life.restored.push(entry.kind);
      life.state.take(entry);
    }
    return life;
  }

  #noting(files: FilesDriver): FilesDriver {
    const note = (key: string): void => {
      this.stored = key;
    };
    return { ...files, putIfAbsent: (key, bytes) => files.putIfAbsent(key, bytes).finally(() => setImmediate(note, key)) };
  }

  #watched(broker: BrokerPort): BrokerPort {
    return new Proxy(broker, {
      get: (target, name) => {
        if (name === "fetch") return (request: Parameters<BrokerPort["fetch"]>[0]) => (this.asked.push(...request.spots.filter(({ topic }) => topic.includes("millrace.state")).map(({ offset }) => offset)), target.fetch(request));
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Commits an epoch that changes some keys; now and then with a snapshot. */
  async epoch(withSnapshot: boolean): Promise<void> {
    const n = this.position + 1;
    for (let i = 0; i < 20; i++) this.state.set(`key ${(n * 7 + i) % 5_000} ${"x".repeat(40)}`, n);
    const state = [this.state.delta(), ...(withSnapshot ? [this.state.snapshot()] : [])].map((entry) => ({ ...entry, task: 0 }));
    await (this.#member as Member).commit({ tasks: [0], positions: [{ topic: "in", partition: 0, offset: n }], outputs: [], state });
    this.position = n;
  }

  async epochs(count: number): Promise<void> {
    for (let i = 1; i <= count; i++) await this.epoch(i === count);
  }

  /** As `kill -9` would: nothing of it reaches Kafka any more, and it says no good-bye. */
  kill(): void {
    this.#kafka?.kill();
  }

  async end(): Promise<void> {
    await this.#kafka?.log.close();
  }

  async startOfState(prefix: string): Promise<number> {
    return (await (this.#kafka as TestKafkaLog).cluster.offsets("start", [{ topic: `${prefix}millrace.state.keeper`, partition: 0 }]))[0];
  }
}

/** Its files, oldest first. */
const snapshotFiles = (): string[] => readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\/\d{16}$/.test(name)).sort().map((name) => join(root, name));

/** Epochs with snapshots, until so many of them are named by the task's record: one more epoch names what is stored. */
async function build(life: Life, snapshots: number): Promise<void> {
  for (let i = 0; i < snapshots; i++) {
    const before = life.stored;
    await life.epochs(100);
    await expect.poll(() => life.stored).not.toBe(before);
    await life.epoch(false);
  }
}

const sorted = ({ state: { values } }: Life): [string, number][] => [...values].sort(([a], [b]) => (a < b ? -1 : 1));

test("a state is restored from its snapshot and what follows it; what lies before the older of two is removed from Kafka", async () => {
  const [prefix, files] = [newPrefix(), folderFiles(root)];
  const first = await Life.begin(prefix, files);
  expect(first.restored).toEqual([]);
  await build(first, 3);
  for (let i = 0; i < 9; i++) await first.epoch(false);
  await expect.poll(() => snapshotFiles().length).toBe(2);
  first.kill();
  const second = await Life.begin(prefix, files);
  expect(second.position).toBe(first.position);
  expect(sorted(second)).toEqual(sorted(first));
  // The one that named it, and nine.
  expect(second.restored).toEqual(["snapshot", ...Array.from({ length: 10 }, () => "delta")]);
  const newest = Number(snapshotFiles().at(-1)?.slice(-16));
  expect(Math.min(...second.asked)).toBeGreaterThanOrEqual(newest);
  expect(second.warnings).toEqual([]);
  await second.end();
}, 480_000);

test("the state topic is bounded by the snapshots", async () => {
  const [prefix, files] = [newPrefix(), folderFiles(root)];
  const life = await Life.begin(prefix, files);
  for (let i = 0; i < 4; i++) {
    const before = life.stored;
    await Promise.all(Array.from({ length: 1_999 }, () => life.epoch(false)));
    await life.epoch(true);
    await expect.poll(() => life.stored).not.toBe(before);
    await life.epoch(false);
  }
  // Of some 8,000 changes the last half is needed; records that nobody reads are removed by the thousands.
  const older = Number(snapshotFiles().at(-2)?.slice(-16));
  await expect.poll(() => life.startOfState(prefix)).toBeGreaterThan(older - 6_000);
  expect(await life.startOfState(prefix)).toBeGreaterThan(0);
  expect(await life.startOfState(prefix)).toBeLessThanOrEqual(older);
  const again = (life.kill(), await Life.begin(prefix, files));
  expect(sorted(again)).toEqual(sorted(life));
  await again.end();
}, 480_000);

/** What a snapshot goes through on its way, and after each of them the process dies. */
const steps: { dies: string; on: (files: FilesDriver, die: () => void) => FilesDriver }[] = [
  { dies: "before its file is written", on: (files, die) => ({ ...files, putIfAbsent: () => (die(), new Promise(() => undefined)) }) },
  { dies: "when the file stands, and nobody has heard of it", on: (files, die) => ({ ...files, putIfAbsent: async (key, bytes) => (await files.putIfAbsent(key, bytes), die(), new Promise(() => undefined)) }) },
  { dies: "when its record is committed, and nothing removed yet", on: (files, die) => ({ ...files, list: () => (die(), files.list("none/")) }) },
  { dies: "when one of the old files is removed", on: (files, die) => ({ ...files, delete: async (key) => (await files.delete(key), die()) }) },
];

test.each(steps)("it dies $dies: the next one has the same state", async ({ on }) => {
  const [prefix, files] = [newPrefix(), folderFiles(root)];
  const calm = await Life.begin(prefix, files);
  await build(calm, 2);
  await calm.end();
  const death = Promise.withResolvers<void>();
  const dying = await Life.begin(prefix, on(files, () => (dying.kill(), death.resolve())));
  let acknowledged = new Map(dying.state.values);
  let until = dying.position;
  // It commits until it is dead: what was acknowledged counts, and at most what was under way.
  const committing = (async () => {
    for (let i = 1; ; i++) {
      await dying.epoch(i % 50 === 0);
      [acknowledged, until] = [new Map(dying.state.values), dying.position];
    }
  })().catch(() => undefined);
  await death.promise;
  await committing;
  const next = await Life.begin(prefix, files);
  expect([until, until + 1]).toContain(next.position);
  expect(sorted(next)).toEqual((next.position === until ? [...acknowledged] : [...dying.state.values]).sort(([a], [b]) => (a < b ? -1 : 1)));
  // And its own snapshots are stored and swept as ever.
  await build(next, 2);
  await expect.poll(() => snapshotFiles().length).toBe(2);
  await next.end();
  const last = await Life.begin(prefix, files);
  expect(sorted(last)).toEqual(sorted(next));
  await last.end();
}, 480_000);

test("a damaged snapshot gives way to the one before it, and without that it is said what is missing", async () => {
  const [prefix, files] = [newPrefix(), folderFiles(root)];
  const first = await Life.begin(prefix, files);
  await build(first, 2);
  first.kill();
  const [older, newest] = snapshotFiles();
  writeFileSync(newest, "no snapshot");
  const second = await Life.begin(prefix, files);
  expect(sorted(second)).toEqual(sorted(first));
  expect(second.restored.slice(0, 2)).toEqual(["snapshot", "delta"]);
  expect(second.restored.length).toBeGreaterThan(100);
  expect(second.warnings).toEqual([expect.stringContaining("cannot be used")]);
  second.kill();
  rmSync(older);
  // Not trimmed yet, so that all changes are there.
  const third = await Life.begin(prefix, files);
  expect(third.restored).not.toContain("snapshot");
  expect(sorted(third)).toEqual(sorted(first));
  third.kill();
  const { cluster, log } = await kafkaLogFor(kafka.brokers, prefix);
  await cluster.deleteBefore({ topic: `${prefix}millrace.state.keeper`, partition: 0 }, Number(older.slice(-16)));
  await log.close();
  await expect(Life.begin(prefix, files)).rejects.toMatchObject({ code: "MR-LOG-012", parts: { what: expect.stringMatching(/is damaged.*is gone/) } });
}, 480_000);

test("a project that stores snapshots later, or no more, goes on with what it has", async () => {
  const [prefix, files] = [newPrefix(), folderFiles(root)];
  const without = await Life.begin(prefix, undefined);
  await without.epochs(20);
  await without.epoch(false);
  await without.end();
  const stored = await Life.begin(prefix, files);
  expect(stored.restored).toEqual(["snapshot", "delta"]);
  await build(stored, 1);
  await stored.end();
  const later = await Life.begin(prefix, undefined);
  expect(sorted(later)).toEqual(sorted(stored));
  expect(later.warnings).toHaveLength(1);
  await later.epochs(5);
  await later.end();
  const again = await Life.begin(prefix, files);
  expect(again.restored).toEqual(["snapshot"]);
  expect(sorted(again)).toEqual(sorted(later));
  await again.end();
});
