import { afterEach, expect, test } from "vitest";
import { fieldsRead } from "../model/fields-read.ts";
import { RejectRecord } from "../model/reject-record.ts";
import { BatchOperator } from "./batch-operator.ts";
import { StagePaused } from "./failures.ts";
import { RecordOperator } from "./record-operator.ts";
import { column, runnerOf, TestLog, type TestStage, topicOf, until } from "./engine-for-tests.ts";

const columns = [column("id", "string"), column("n", "integer")];
const input = topicOf("in", columns, { key: "id" });
const small = topicOf("small", columns, { key: "id" });
const large = topicOf("large", columns, { key: "id" });
const wide = topicOf("wide", [...columns, column("twice", "number")], { key: "id", partitions: 3 });
const dlq = topicOf("stage.dlq", columns, { key: "id" });
const record: TestStage["operator"] = (definition, host, failures) => new RecordOperator(definition, host, failures, definition.run && fieldsRead(definition.run)?.fields);
const rows = (count: number, from = 0) => Array.from({ length: count }, (_, i) => ({ id: `k${(from + i) % 7}`, n: from + i }));

let log: TestLog;
afterEach(() => log.close());

/** Runs the stage until it has read everything, then stops it. */
async function drain(stage: TestStage): Promise<void> {
  const runner = runnerOf(log, stage);
  const ended = runner.run();
  await Promise.race([until(() => log.caughtUp("stage")), ended]);
  runner.stop();
  await ended;
}

test("records passed on unchanged arrive in order, each at its output", async () => {
  log = await TestLog.open(input, small, large, dlq);
  await log.write(input, 0, rows(500));
  await log.write(input, 1, rows(500, 500));
  await drain({ definition: { run: (r: { n: number }, emit) => emit(r.n % 3 === 0 ? "large" : "small", r) }, inputs: [input], outputs: { small, large }, dlq, operator: record });
  const numbers = async (topic: string, partition: number) => (await log.read(topic)).filter((r) => r.partition === partition).map(({ value }) => value.n);
  const all = (from: number, to: number, third: boolean) => Array.from({ length: to - from }, (_, i) => from + i).filter((n) => (n % 3 === 0) === third);
  expect(await numbers("large", 0)).toEqual(all(0, 500, true));
  expect(await numbers("small", 1)).toEqual(all(500, 1000, false));
  expect(await log.read("stage.dlq")).toEqual([]);
});

test("made and passed records keep their order within one output", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(50).map((r) => ({ ...r, id: "one" })));
  await drain({ definition: { run: (r: { id: string; n: number }, emit) => (r.n < 20 || r.n % 2 === 0 ? emit(r) : emit({ ...r, n: -r.n })) }, inputs: [input], outputs: { out: small }, dlq, operator: record });
  const got = (await log.read("small")).map(({ value }) => Math.abs(value.n as number));
  expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  const inOrder = (await log.read("small")).filter(({ partition }) => partition === 0 || partition === 1);
  for (const partition of [0, 1]) {
    const some = inOrder.filter((r) => r.partition === partition).map(({ value }) => Math.abs(value.n as number));
    expect(some).toEqual(some.toSorted((a, b) => a - b));
  }
});

test("a record that was changed is emitted as it was changed", async () => {
  const nested = topicOf("in", [...columns, column("tags", "json")], { key: "id" });
  const out = topicOf("out", [...columns, column("tags", "json")], { key: "id" });
  log = await TestLog.open(nested, out, dlq);
  await log.write(nested, 0, [{ id: "a", n: 1, tags: ["x"] }]);
  const change = (r: { n: number }): void => { r.n = 2; };
  for (const run of [
    (r: { n: number }, emit: (r: unknown) => void) => { r.n = 2; emit(r); },
    (r: { n: number }, emit: (r: unknown) => void) => { change(r); emit(r); },
    (r: { n: number; tags: string[] }, emit: (r: unknown) => void) => { if (r.tags.push("y") > 0) emit(r); },
    (r: { n: number }, emit: (r: unknown) => void) => { if (r.n > 0) emit(r); },
  ]) {
    await log.log.seek("stage", [{ topic: "in", partition: 0, offset: 0 }]);
    await drain({ definition: { run }, inputs: [nested], outputs: { out }, dlq, operator: record });
  }
  expect((await log.read("out")).map(({ value }) => [value.n, value.tags])).toEqual([[2, ["x"]], [2, ["x"]], [1, ["x", "y"]], [1, ["x"]]]);
});

test("made records go to the partition of their key", async () => {
  log = await TestLog.open(input, wide, dlq);
  await log.write(input, 0, rows(70));
  await drain({ definition: { run: (r: { n: number }, emit) => emit({ ...r, twice: r.n * 2 }) }, inputs: [input], outputs: { out: wide }, dlq, operator: record });
  const got = await log.read("wide");
  expect(got).toHaveLength(70);
  expect(got.every(({ value }) => value.twice === (value.n as number) * 2)).toBe(true);
  const homes = Map.groupBy(got, ({ value }) => value.id);
  for (const some of homes.values()) expect(new Set(some.map(({ partition }) => partition)).size).toBe(1);
});

test("a record that throws goes to the dead letters untouched, and takes back what it had emitted", async () => {
  log = await TestLog.open(input, small, large, dlq);
  await log.write(input, 0, rows(100));
  const run = (r: { n: number }, emit: (alias: string, record: unknown) => void): void => {
    emit("small", r);
    emit("large", { ...r, n: r.n });
    if (r.n % 25 === 7) throw new Error(`cannot do ${r.n}`);
  };
  await drain({ definition: { run }, inputs: [input], outputs: { small, large }, dlq, operator: record });
  const bad = [7, 32, 57, 82];
  for (const topic of ["small", "large"]) expect((await log.read(topic)).map(({ value }) => value.n).filter((n) => bad.includes(n as number))).toEqual([]);
  expect(await log.read("small")).toHaveLength(96);
  const letters = await log.read("stage.dlq");
  expect(letters.map(({ value }) => value)).toEqual(bad.map((n) => ({ id: `k${n % 7}`, n })));
  expect(letters[0].headers).toMatchObject({ "mr.dlq.topic": "in", "mr.dlq.partition": "0", "mr.dlq.offset": "7", "mr.dlq.stage": "stage", "mr.dlq.release": "r1", "mr.dlq.attempt": "1", "mr.dlq.errorClass": "Error", "mr.dlq.errorCode": "MR-ENGINE-001", "mr.dlq.errorMessage": "cannot do 7" });
});

test("a record is tried as often as declared, a rejected one only once", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(3));
  const attempts = new Map<number, number>();
  const run = (r: { n: number }, emit: (record: unknown) => void): void => {
    const attempt = (attempts.get(r.n) ?? 0) + 1;
    attempts.set(r.n, attempt);
    if (r.n === 0 && attempt < 3) throw new Error("not yet");
    if (r.n === 1) throw new RejectRecord("never");
    if (r.n === 2) throw new Error("always");
    emit(r);
  };
  await drain({ definition: { run }, inputs: [input], outputs: { out: small }, dlq, retries: { attempts: 4, backoffMs: 1 }, operator: record });
  expect([...attempts]).toEqual([[0, 3], [1, 1], [2, 4]]);
  expect((await log.read("small")).map(({ value }) => value.n)).toEqual([0]);
  expect((await log.read("stage.dlq")).map(({ value, headers }) => [value.n, headers["mr.dlq.attempt"]])).toEqual([[1, "1"], [2, "4"]]);
});

test("an emitted record that breaks the output's schema is the stage's fault, and named", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(2));
  await drain({ definition: { run: (r: { n: number }, emit) => emit(r.n === 1 ? { id: "x", n: "one" } : r) }, inputs: [input], outputs: { out: small }, dlq, operator: record });
  const [letter] = await log.read("stage.dlq");
  expect(letter.headers["mr.dlq.errorCode"]).toBe("MR-ENGINE-004");
  expect(letter.headers["mr.dlq.errorMessage"]).toContain('"n" must be a whole number');
});

test("a stage that fails on every record pauses itself and drains nothing into the dead letters", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(3_000));
  const runner = runnerOf(log, { definition: { run: () => { throw new Error("bad release"); } }, inputs: [input], outputs: { out: small }, dlq, operator: record });
  await expect(runner.run()).rejects.toBeInstanceOf(StagePaused);
  expect(await log.read("stage.dlq")).toEqual([]);
  expect((await log.log.positions("stage")).filter(({ offset }) => offset > 0)).toEqual([]);
});

test("an async stage keeps the order of its input, and of each key's calls", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(300));
  const running = new Map<string, number>();
  let most = 0;
  const run = async (r: { id: string; n: number }, emit: (record: unknown) => void): Promise<void> => {
    expect(running.get(r.id) ?? 0, "two calls of one key at once").toBe(0);
    running.set(r.id, 1);
    most = Math.max(most, [...running.values()].filter(Boolean).length);
    await new Promise((resolve) => setTimeout(resolve, (r.n * 7) % 3));
    if (r.n === 50) throw new Error("no");
    emit(r);
    running.set(r.id, 0);
  };
  await drain({ definition: { run: (r, emit) => run(r, emit).finally(() => running.set((r as { id: string }).id, 0)), concurrency: 5 }, inputs: [input], outputs: { out: small }, dlq, operator: record });
  const got = await log.read("small");
  expect(got).toHaveLength(299);
  for (const some of Map.groupBy(got, ({ value }) => value.id).values()) expect(some.map(({ value }) => value.n)).toEqual(some.map(({ value }) => value.n as number).toSorted((a, b) => a - b));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(5);
});

test("a batch function that fails is halved until the culprit stands alone", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(64));
  const runBatch = (records: { n: number }[], emit: (record: unknown) => void): void => {
    for (const r of records) emit(r);
    if (records.some(({ n }) => n === 41)) throw new Error("not 41");
  };
  await drain({ definition: { runBatch }, inputs: [input], outputs: { out: small }, dlq, operator: (definition, host, failures) => BatchOperator.ofDefinition(definition, host, failures) });
  const passed = (await log.read("small")).map(({ value }) => value.n as number);
  expect(passed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, n) => n).filter((n) => n !== 41));
  expect((await log.read("stage.dlq")).map(({ value }) => value.n)).toEqual([41]);
});

test("tasks move between processes and nothing is lost or doubled", async () => {
  log = await TestLog.open(input, small, dlq);
  const stage: TestStage = { definition: { run: (r, emit) => emit(r) }, inputs: [input], outputs: { out: small }, dlq, operator: record, runner: { bytesMax: 1_000 } };
  const first = runnerOf(log, stage);
  const firstEnded = first.run();
  for (let i = 0; i < 40; i++) await log.write(input, i % 2, rows(25, i * 25));
  const second = runnerOf(log, stage);
  const secondEnded = second.run();
  await until(() => first.counts.tasks.length === 1 && second.counts.tasks.length === 1);
  for (let i = 40; i < 80; i++) await log.write(input, i % 2, rows(25, i * 25));
  first.stop();
  await firstEnded;
  for (let i = 80; i < 120; i++) await log.write(input, i % 2, rows(25, i * 25));
  await until(() => log.caughtUp("stage"));
  second.stop();
  await secondEnded;
  const got = (await log.read("small")).map(({ value }) => value.n as number);
  expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
});

test("a process that is replaced while it works can do no harm", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 0, rows(10));
  let release = (): void => undefined;
  const blocked = new Promise<void>((resolve) => (release = resolve));
  const slow = runnerOf(log, { definition: { run: async (r, emit) => { await blocked; emit(r); } }, inputs: [input], outputs: { out: small }, dlq, operator: record });
  const slowEnded = slow.run().then(() => "ended", () => "lost");
  await until(() => slow.counts.tasks.length === 2);
  await log.log.seek("stage", [{ topic: "in", partition: 0, offset: 5 }]);
  release();
  expect(await slowEnded).toBe("lost");
  expect(await log.read("small")).toEqual([]);
  await drain({ definition: { run: (r, emit) => emit(r) }, inputs: [input], outputs: { out: small }, dlq, operator: record });
  expect((await log.read("small")).map(({ value }) => value.n)).toEqual([5, 6, 7, 8, 9]);
});

test("a record known to kill the process goes to the dead letters unseen, and each one is announced before it is run", async () => {
  log = await TestLog.open(input, small, dlq);
  await log.write(input, 1, rows(6));
  const announced: number[] = [];
  const seen: number[] = [];
  await drain({
    definition: { run: (r: { n: number }, emit) => { seen.push(r.n); emit(r); } },
    inputs: [input], outputs: { out: small }, dlq, operator: record,
    runner: { skip: new Set(["in/1/3"]), probe: (_topic, _partition, offset) => void announced.push(offset) },
  });
  expect(seen).toEqual([0, 1, 2, 4, 5]);
  expect(announced).toEqual([0, 1, 2, 4, 5]);
  const [letter] = await log.read("stage.dlq");
  expect(letter.value.n).toBe(3);
  expect(letter.headers["mr.dlq.errorCode"]).toBe("MR-ENGINE-007");
});
