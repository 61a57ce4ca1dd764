import { expect, test } from "vitest";
import { BatchBuilder } from "../batch/builder.ts";
import type { Table } from "../lake/table.ts";
import { unreadableHeader } from "../log/unreadable.ts";
import { column, TestLog, topicOf } from "./engine-for-tests.ts";
import { StagePaused } from "./failures.ts";
import { TestTable } from "./table-for-tests.ts";

const topic = topicOf("in", [column("id", "integer"), column("note", "string", true)]);

/** Records by their number; one below 0 cannot be read. */
async function write(log: TestLog, partition: number, ids: number[]): Promise<void> {
  const builder = new BatchBuilder({ columns: topic.columns.map((each) => ({ ...each, nullable: true })), where: "test" });
  for (const id of ids) {
    if (id < 0) builder.append({ note: null }, 1_000, { headers: [[unreadableHeader, `no ${id}`]] });
    else builder.append({ id, note: "x" }, 1_000);
  }
  await log.log.append({ producer: "test", outputs: [{ topic: topic.name, partition, batch: builder.finish() }] });
}

/** A process of the table that ends with an error, and is gone. */
async function dies(log: TestLog, table: TestTable, options: Parameters<TestTable["runner"]>[1]): Promise<unknown> {
  const client = log.client();
  const error: unknown = await (await table.runner(client, options)).run().then(() => undefined, (thrown: unknown) => thrown);
  await client.close();
  return error;
}

async function opened(): Promise<{ log: TestLog; table: TestTable; dead(): Promise<string[]> }> {
  const table = await TestTable.open(topic);
  const log = await TestLog.open(topic, table.dlq);
  const dead = async () => (await log.read(table.dlq.name)).map(({ headers }) => `${headers[unreadableHeader]} at ${headers["mr.dlq.partition"]}/${headers["mr.dlq.offset"]}, ${headers["mr.dlq.errorCode"]}`);
  return { log, table, dead };
}

test("a record that cannot be read goes to the table's dead letters, and its neighbours become rows", async () => {
  const { log, table, dead } = await opened();
  await write(log, 0, [1, -2, 3]);
  await write(log, 1, [-4]);
  const runner = await table.runner(log.log);
  await table.runUntil(runner, async () => runner.counts.recordsOut === 2 && runner.counts.dead === 2);
  expect(await table.ids()).toEqual([1, 3]);
  expect(await dead()).toEqual(["no -2 at 0/1, MR-DATA-001", "no -4 at 1/0, MR-DATA-001"]);
  expect(runner.counts).toMatchObject({ recordsIn: 4, recordsOut: 2, dead: 2 });
  await log.close();
});

/** Its commits fail: what its process dies of between its dead letters and its rows. */
function withoutCommits(table: Table): Table {
  const over: Partial<Table> = { writer: async (options) => Object.assign(await table.writer(options), { commit: async () => Promise.reject(new Error("killed")) }) };
  return new Proxy(table, { get: (target, name) => (name in over ? Reflect.get(over, name) : bound(target, Reflect.get(target, name))) });
}

const bound = (target: object, value: unknown): unknown => (typeof value === "function" ? value.bind(target) : value);

test("a process that dies between its dead letters and its rows writes each once", async () => {
  const { log, table, dead } = await opened();
  await write(log, 0, [1, -2, 3]);
  for (let life = 0; life < 3; life++) expect(await dies(log, table, { change: withoutCommits })).toMatchObject({ message: "killed" });
  expect(await table.ids()).toEqual([]);
  await write(log, 0, [-5, 6]);
  const runner = await table.runner(log.log);
  await table.runUntil(runner, async () => runner.counts.recordsOut === 3);
  expect(await table.ids()).toEqual([1, 3, 6]);
  expect(await dead()).toEqual(["no -2 at 0/1, MR-DATA-001", "no -5 at 0/3, MR-DATA-001"]);
  await log.close();
});

test("dead letters alone are not written again by the next process, which reads them again", async () => {
  const { log, table, dead } = await opened();
  await write(log, 1, [-1]);
  const first = await table.runner(log.log);
  await table.runUntil(first, async () => first.counts.dead === 1);
  await write(log, 1, [2, -3]);
  const second = await table.runner(log.log);
  await table.runUntil(second, async () => second.counts.recordsOut === 1);
  expect(await table.ids()).toEqual([2]);
  expect(await dead()).toEqual(["no -1 at 1/0, MR-DATA-001", "no -3 at 1/2, MR-DATA-001"]);
  await log.close();
});

test("too many of them stop the table, and nothing is lost", async () => {
  const { log, table } = await opened();
  await write(log, 0, [1, -2, -3, -4]);
  expect(await dies(log, table, { limit: { ratio: 0.5, window: 4 } })).toBeInstanceOf(StagePaused);
  const runner = await table.runner(log.log);
  await table.runUntil(runner, async () => runner.counts.recordsOut === 1 && runner.counts.dead === 3);
  expect(await table.ids()).toEqual([1]);
  await log.close();
});
