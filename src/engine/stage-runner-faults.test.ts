import { afterEach, expect, test } from "vitest";
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
