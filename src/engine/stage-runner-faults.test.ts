import { afterEach, expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import type { Member } from "../log/driver.ts";
import { acceptGaps } from "./gap.ts";
import { StagePaused } from "./failures.ts";
import { runnerOf, TestLog, type TestStage, column, topicOf, until } from "./engine-for-tests.ts";
import { RecordOperator } from "./record-operator.ts";

/* Stages under faults: tasks taken by force, commits that fail, readers overtaken by retention. */

const columns = [column("id", "string"), column("n", "integer")];
const input = topicOf("in", columns, { key: "id" });
const small = topicOf("small", columns, { key: "id" });
const dlq = topicOf("stage.dlq", columns, { key: "id" });
const record: TestStage["operator"] = (definition, host, failures) => new RecordOperator(definition, host, failures);
const rows = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ id: `k${(from + i) % 7}`, n: from + i }));
const copy: TestStage = { definition: { run: (r, emit) => emit(r) }, inputs: [input], outputs: { out: small }, dlq, operator: record };

let log: TestLog;
afterEach(() => log.close());

async function drain(stage: TestStage): Promise<void> {
  const runner = runnerOf(log, stage);
  const ended = runner.run();
  await Promise.race([until(() => caughtUp()), ended]);
  runner.stop();
  await ended;
}

/** Every partition that has records is committed to its end. */
async function caughtUp(): Promise<boolean> {
  const { partitionInfo } = await log.log.topic("in");
  const positions = await log.log.positions("stage");
  return partitionInfo.every(({ partition, end }) => end === 0 || positions.some((position) => position.topic === "in" && position.partition === partition && position.offset === end));
}

const numbers = async (topic: string): Promise<number[]> => (await log.read(topic)).map(({ value }) => value.n as number).toSorted((a, b) => a - b);

test("a task that is taken by force and comes back is not worked on from where it was", async () => {
  log = await TestLog.openWith({ revokeMs: 30 }, input, small, dlq);
  await log.write(input, 0, rows(5));
  await log.write(input, 1, rows(5, 5));
  const gate = Promise.withResolvers<void>();
  const client = log.client();
  const slow = runnerOf(log, { ...copy, runner: { log: client }, definition: { run: async (r, emit) => { await gate.promise; emit(r); } } });
  const slowEnded = slow.run().then(() => "stopped", () => "lost");
  await until(() => slow.counts.tasks.length === 2);
  const quick = runnerOf(log, copy);
  const quickEnded = quick.run();
  await until(async () => (await log.read("small")).length === 5);
  quick.stop();
  await quickEnded;
  await until(async () => (await log.log.groups())[0].members[0].tasks.length === 2);
  // On disk after the assignment, so that its news has arrived too.
  await log.write(input, 0, []);
  await log.write(input, 0, []);
  gate.resolve();
  await Promise.race([slowEnded, until(async () => (await log.read("small")).length >= 10)]);
  slow.stop();
  await slowEnded;
  await client.close();
  await drain(copy);
  expect(await numbers("small")).toEqual(rows(10).map(({ n }) => n));
});

test("work that fails because the stage must stop is done again, not given up", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(20));
  const aborted = new AbortController();
  const hanging: TestStage = {
    ...copy,
    definition: { run: (_r, _emit, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))) },
    operator: (definition, host, failures) => new RecordOperator(definition, { ...host, signal: aborted.signal }, failures),
  };
  const runner = runnerOf(log, hanging);
  const ended = runner.run();
  await until(() => runner.counts.tasks.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  runner.stop();
  aborted.abort();
  await ended;
  await drain(copy);
  expect(await log.read("stage.dlq")).toEqual([]);
  expect(await numbers("small")).toHaveLength(20);
});

test("a function that returns a promise only now and then is waited for", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(60));
  const later = async (r: { n: number }, emit: (r: object) => void): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (r.n === 30) throw new Error("thirty");
    emit(r);
  };
  await drain({ ...copy, definition: { run: (r: { n: number }, emit) => (r.n % 10 === 0 && r.n > 0 ? later(r, emit) : emit(r)) } });
  expect(await numbers("small")).toEqual(rows(60).map(({ n }) => n).filter((n) => n !== 30));
  expect((await log.read("stage.dlq")).map(({ value, headers }) => [value.n, headers["mr.dlq.errorMessage"]])).toEqual([[30, "thirty"]]);
});

test("a record that the stage changed and emitted is the changed one, inside JSON too", async () => {
  const wide = [...columns, column("at", "timestamp"), column("tags", "json"), column("note", "string", true)];
  const from = topicOf("in", wide, { key: "id" });
  const to = topicOf("small", wide, { key: "id" });
  log = await TestLog.open(from, to, dlq);
  await log.write(from, 0, Array.from({ length: 8 }, (_, n) => ({ id: "a", n, at: "2024-01-01T00:00:00.000Z", tags: ["x"], note: n % 2 ? null : "n" })));
  const run = (r: { n: number; at: string; tags: string[]; note: string | null }, emit: (r: object) => void): void => {
    if (r.n === 1) r.at = "2025-01-01T00:00:00.000Z";
    if (r.n === 2) r.tags.push("y");
    if (r.n === 3) r.note = "set";
    if (r.n === 4) r.note = null;
    if (r.n === 5) r.n = 50;
    emit(r);
  };
  await drain({ ...copy, inputs: [from], outputs: { out: to }, definition: { run } });
  const got = (await log.read("small")).map(({ value }) => value);
  expect(got.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 50, 6, 7]);
  expect(got[1].at).toBe("2025-01-01T00:00:00.000Z");
  expect(got[2].tags).toEqual(["x", "y"]);
  expect([got[3].note, got[4].note, got[6].note]).toEqual(["set", null, "n"]);
});

test("a disk that is full for a while is waited for: nothing is computed again, lost or doubled", async () => {
  log = await TestLog.open(input, small, dlq);
  for (let i = 0; i < 30; i++) await log.write(input, i % 2, rows(10, i * 10));
  let calls = 0;
  let full = 0;
  const client = log.client();
  const join = client.join.bind(client);
  client.join = async (request) => {
    const member = await join(request);
    const core = log.service.core;
    const write = core.journal.write.bind(core.journal);
    core.journal.write = async (group) => {
      if (group.some(({ header }) => header.k === "epoch") && calls > 0 && full < 4) {
        full++;
        throw new MillraceError("MR-LOG-007", { what: "the disk is full", where: "here", mend: "free some", retryable: true });
      }
      return write(group);
    };
    return member as Member;
  };
  const seen: number[] = [];
  await drain({ ...copy, runner: { log: client, bytesMax: 200 }, definition: { run: (r: { n: number }, emit) => { calls++; seen.push(r.n); emit(r); } } });
  expect(full).toBe(4);
  expect(seen).toHaveLength(300);
  expect(await numbers("small")).toEqual(rows(300).map(({ n }) => n));
});

test("a reader that retention has overtaken pauses and names the gap; accepted, it goes on behind it", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(10));
  await drain(copy);
  await log.write(input, 0, rows(10, 10));
  await log.write(input, 0, rows(10, 20));
  await log.service.core.trim([["in", 0, 20]]);
  const paused = await runnerOf(log, copy).run().then(() => undefined, (error: unknown) => error);
  expect(paused).toBeInstanceOf(StagePaused);
  expect((paused as StagePaused).error.toJSON()).toMatchObject({ code: "MR-LOG-005", what: expect.stringContaining('topic "in", partition 0: offsets 10 to 19 are gone') });
  expect(await numbers("small")).toHaveLength(10);
  expect(await acceptGaps(log.log, "stage")).toEqual([{ topic: "in", partition: 0, from: 10, to: 20 }]);
  await drain(copy);
  expect(await numbers("small")).toEqual([...rows(10), ...rows(10, 20)].map(({ n }) => n));
});

test("a new stage begins with the oldest records there are; what is taken from it after that is a gap", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(10));
  await log.write(input, 0, rows(10, 10));
  await log.service.core.trim([["in", 0, 10]]);
  const client = log.client();
  const throwing = runnerOf(log, { ...copy, runner: { log: client }, definition: { run: () => { throw new Error("no"); } }, failureLimit: { ratio: 0, window: 1 } });
  await expect(throwing.run()).rejects.toBeInstanceOf(StagePaused);
  await client.close();
  expect(await log.log.positions("stage")).toContainEqual(expect.objectContaining({ partition: 0, offset: 10 }));
  await log.write(input, 0, rows(10, 20));
  await log.service.core.trim([["in", 0, 20]]);
  await expect(runnerOf(log, copy).run()).rejects.toMatchObject({ error: { code: "MR-LOG-005" } });
});

test("after compaction records keep the offsets they had, for positions, dead letters and skipped ones", async () => {
  const compacted = topicOf("in", columns, { key: "id", compact: true, partitions: 1 });
  log = await TestLog.openWith({ segmentBytes: 1_000 }, compacted, small, dlq);
  for (let i = 0; i < 5; i++) await log.write(compacted, 0, Array.from({ length: 8 }, (_, n) => ({ id: n < 4 ? "same" : `own-${i}-${n}`, n: i * 8 + n })));
  await log.write(compacted, 0, Array.from({ length: 200 }, (_, n) => ({ id: `tail-${n}`, n: 1_000 + n })));
  const { Cleaner } = await import("../log/embedded/cleaner.ts");
  await new Cleaner(log.service.core, { onError: (error) => { throw error; } }).run();
  const { entries } = await log.log.fetch({ partitions: [{ topic: "in", partition: 0, offset: 0 }], bytesMax: 1e9, waitMs: 0 });
  expect(entries.some(({ batch }) => batch?.offsets), "nothing was compacted").toBe(true);
  // Begin inside the first batch, whose records 0 to 3 are gone.
  await log.log.seek("stage", [{ topic: "in", partition: 0, offset: 5 }]);
  const seen: [number, number][] = [];
  const dead: number[] = [];
  await drain({
    ...copy, inputs: [compacted], runner: { skip: new Set(["in/0/14"]) },
    definition: { run: (r: { n: number }, emit, { offset }) => { seen.push([offset, r.n]); if (r.n === 15) throw new Error("no"); emit(r); } },
  });
  for (const { headers, value } of await log.read("stage.dlq")) dead.push(Number(headers["mr.dlq.offset"]), value.n as number);
  expect(seen.every(([offset, n]) => offset === n || n >= 1_000)).toBe(true);
  expect(seen[0]).toEqual([5, 5]);
  expect(seen.map(([, n]) => n)).not.toContain(14);
  expect(dead.toSorted((a, b) => a - b)).toEqual([14, 14, 15, 15]);
});

test("tasks that never read anything, and marks that came too soon, hold nobody downstream for good", async () => {
  const sent = (entries: Awaited<ReturnType<typeof log.log.fetch>>["entries"]) => new Map(entries.flatMap(({ partition, mark }) => (mark ? [[`${mark.lane} in ${partition}`, mark] as const] : [])));
  const marks = async () => sent((await log.log.fetch({ partitions: [0, 1].map((partition) => ({ topic: "small", partition, offset: 0 })), bytesMax: 1e9, waitMs: 0 })).entries);
  log = await TestLog.open(input, small, dlq);
  const runner = runnerOf(log, { ...copy, runner: { sendsMarks: true } });
  const ended = runner.run();
  await until(async () => (await marks()).get("stage/1 in 0")?.status === "idle" && (await marks()).get("stage/1 in 1")?.status === "idle");
  const lane = (watermark: number) => ({ lane: "src/0", watermark, status: "active" as const });
  await log.write(input, 0, rows(1), lane(1_000));
  await until(async () => (await marks()).get("stage/0 in 1")?.watermark === 1_000);
  await log.write(input, 0, rows(1), lane(2_000));
  await until(async () => (await marks()).get("stage/0 in 1")?.watermark === 2_000);
  runner.stop();
  await ended;
});
