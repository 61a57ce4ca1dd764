import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LogDriver } from "../log/driver.ts";
import type { Column } from "../model/manifest.ts";
import type { QueryResult, TableSource, TopicSource } from "./query-request.ts";
import { SqlRunner } from "./sql-runner.ts";
import { batchOf, datasetsOf, openLog, resolveFrom, scratchFolder } from "./sql-for-tests.ts";
import { topicSource } from "./topic-source.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "name", type: "string", nullable: true },
  { name: "amount", type: "number", nullable: false },
  { name: "ok", type: "boolean", nullable: false },
  { name: "at", type: "timestamp", nullable: false },
  { name: "day", type: "date", nullable: true },
  { name: "tags", type: "json", nullable: true },
];

const record = (id: number): object => ({
  id,
  name: id % 7 === 0 ? null : `näme ${id % 100}${id % 50 === 0 ? ", one longer than twelve bytes" : ""}`,
  amount: id / 4,
  ok: id % 2 === 0,
  at: new Date(1_000_000_000_000 + id * 1_000).toISOString(),
  day: id % 3 === 0 ? null : "2024-02-29",
  tags: { a: [id % 3] },
});

const runner = new SqlRunner({ statementsPerProcess: 1_000 });
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let log: Awaited<ReturnType<typeof openLog>>;

beforeAll(async () => {
  scratch = await scratchFolder();
  log = await openLog(scratch.folder);
  await log.log.ensureTopic({ name: "orders.large", partitions: 2, key: "id" });
  for (const partition of [0, 1]) {
    for (let from = 0; from < 10_000; from += 2_500) {
      const batch = batchOf(columns, Array.from({ length: 2_500 }, (_, i) => record(from + i)), { key: "id", eventTime: "at" });
      await log.log.append({ producer: "test", outputs: [{ topic: "orders.large", partition, batch }] });
    }
  }
});
afterAll(async () => {
  await runner.close();
  await log.close();
  await scratch.remove();
});

/** The log as one whose files are elsewhere. */
const withoutPlaces = (): Pick<LogDriver, "fetch"> => ({ fetch: (request) => log.log.fetch(request) });

const topics = (way: "placed" | "streamed", names = ["orders.large"]): ReturnType<typeof resolveFrom> =>
  resolveFrom(
    datasetsOf({}, {
      topics: async () => names,
      openTopic: async (name) => {
        return topicSource(way === "placed" ? log.log : withoutPlaces(), await log.log.topic(name), columns);
      },
    }),
  );

for (const way of ["placed", "streamed"] as const) {
  const query = (sql: string): Promise<QueryResult> => runner.run({ sql, resolve: topics(way) });

  test(`every record of a topic (${way}) says where it lies`, async () => {
    const { rows } = await query('select _partition, count(*), min(_offset), max(_offset), count(distinct _offset), count(day), min(day) from topics."orders.large" group by 1 order by 1');
    expect(rows).toEqual([0, 1].map((partition) => [partition, 10_000, 0, 9_999, 10_000, 6_666, "2024-02-29"]));
  });

  test(`a topic (${way}) is written from as it is read from`, async () => {
    const folder = join(scratch.folder, `rows ${way}`);
    const written = await runner.write({
      sql: 'select day, count(*) as n, sum(amount) as total from topics."orders.large" group by day',
      resolve: topics(way),
      columns: [{ name: "day", type: "date", fieldId: 1, required: false }, { name: "n", type: "long", fieldId: 2, required: true }, { name: "total", type: "double", fieldId: 3, required: true }],
      folder,
    });
    expect(written.rows).toBe(2);
    const files: TableSource = { kind: "table", columns: [{ name: "n", type: "long", fieldId: 2 }, { name: "total", type: "double", fieldId: 3 }], files: written.files };
    const { rows } = await runner.run({ sql: "select sum(n), sum(total) from a.b", resolve: resolveFrom(datasetsOf({ "a.b": files })) });
    expect(rows).toEqual([[20_000, (2 * (9_999 * 10_000)) / 2 / 4]]);
  });

  test(`a topic (${way}) has its fields and what belongs to the record`, async () => {
    const { columns: found, rows } = await query('select * from topics."orders.large" where id in (7, 50) order by _partition, id');
    expect(found.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id BIGINT", "name VARCHAR", "amount DOUBLE", "ok BOOLEAN", "at TIMESTAMP WITH TIME ZONE", "day DATE", "tags VARCHAR",
      "_partition INTEGER", "_offset BIGINT", "_key VARCHAR", "_event_time TIMESTAMP WITH TIME ZONE", "_headers VARCHAR", "_tombstone BOOLEAN",
    ]);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toEqual([7, null, 1.75, false, "2001-09-09T01:46:47Z", "2024-02-29", '{"a":[1]}', 0, 7, "7", "2001-09-09T01:46:47Z", null, false]);
    expect(rows[3]).toEqual([50, "näme 50, one longer than twelve bytes", 12.5, true, "2001-09-09T01:47:30Z", "2024-02-29", '{"a":[2]}', 1, 50, "50", "2001-09-09T01:47:30Z", null, false]);
  });

  test(`a topic (${way}) counts, joins with itself and is found unquoted`, async () => {
    expect((await query("select count(*), sum(id), max(_offset), count(name), count(day) from topics.orders.large")).rows).toEqual([[20_000, 99_990_000, 9_999, 17_142, 13_332]]);
    expect((await query('select count(*) from TOPICS.orders.large a join topics."orders.large" b using (id)')).rows).toEqual([[40_000]]);
    expect((await query("select tags->>'$.a[0]' as a, count(*) from topics.orders.large group by a order by a")).rows).toEqual([["0", 6_668], ["1", 6_666], ["2", 6_666]]);
  });
}

test("records that come after the query began are not in it", async () => {
  await log.log.ensureTopic({ name: "moving", partitions: 1 });
  const add = (from: number): Promise<unknown> => log.log.append({ producer: "test", outputs: [{ topic: "moving", partition: 0, batch: batchOf(columns, Array.from({ length: 100 }, (_, i) => record(from + i))) }] });
  await add(0);
  const info = await log.log.topic("moving");
  await add(100);
  for (const source of [await topicSource(log.log, info, columns), await topicSource(withoutPlaces(), info, columns)]) {
    const { rows } = await runner.run({ sql: "select count(*), max(id) from topics.moving", resolve: async () => ({ sources: [source], known: [] }) });
    expect(rows).toEqual([[100, 99]]);
  }
});

test("an empty topic has columns and no rows", async () => {
  await log.log.ensureTopic({ name: "empty", partitions: 3 });
  for (const way of ["placed", "streamed"] as const) {
    const { rows, columns: found } = await runner.run({ sql: "select * from topics.empty", resolve: topics(way, ["empty"]) });
    expect([rows.length, found.length]).toEqual([0, 13]);
  }
});

test("fields that older records lack are null, and so is all of a tombstone", async () => {
  await log.log.ensureTopic({ name: "grown", partitions: 1, key: "id", compact: true });
  const { BatchBuilder } = await import("../batch/builder.ts");
  const builder = new BatchBuilder({ columns: columns.slice(0, 2), key: "id", where: "a test" });
  builder.append({ id: 1, name: "old" }, 5);
  builder.appendTombstone("1", 6);
  await log.log.append({ producer: "test", outputs: [{ topic: "grown", partition: 0, batch: builder.finish() }] });
  const { rows } = await runner.run({ sql: "select id, name, amount, day, _key, _tombstone from topics.grown order by _offset", resolve: topics("placed", ["grown"]) });
  expect(rows).toEqual([[1, "old", null, null, "1", false], [null, null, null, null, "1", true]]);
});

test("fields called like ours, or twice but for case, keep their values", async () => {
  const odd: Column[] = ["_offset", "a", "A", "__proto__", "weird \"name\""].map((name) => ({ name, type: "integer", nullable: false }));
  await log.log.ensureTopic({ name: "odd", partitions: 1 });
  const row = Object.defineProperty({ _offset: 70, a: 71, A: 72, 'weird "name"': 74 }, "__proto__", { value: 73, enumerable: true });
  await log.log.append({ producer: "test", outputs: [{ topic: "odd", partition: 0, batch: batchOf(odd, [row]) }] });
  const info = await log.log.topic("odd");
  const source = await topicSource(log.log, info, odd);
  const { columns: found, rows } = await runner.run({ sql: "select * exclude (_event_time, _headers, _tombstone, _key, _partition) from topics.odd", resolve: async () => ({ sources: [source], known: [] }) });
  expect(found.map(({ name }) => name)).toEqual(["_offset", "a", "A_1", "__proto__", 'weird "name"']);
  expect(rows).toEqual([[70, 71, 72, 73, 74]]);
});

test("damage in the log is said with the log's own code", async () => {
  const info = await log.log.topic("orders.large");
  const source = await topicSource(log.log, info, columns);
  if (source.records.kind !== "segments") throw new Error("placed records are segments");
  source.records.batches[1].place.crc ^= 1;
  await expect(runner.run({ sql: "select sum(id) from topics.orders.large", resolve: async () => ({ sources: [source], known: [] }) })).rejects.toMatchObject({ code: "MR-LOG-002" });
  const gone: TopicSource = { ...source, records: { ...source.records, folder: `${scratch.folder}-gone` } };
  await expect(runner.run({ sql: "select sum(id) from topics.orders.large", resolve: async () => ({ sources: [gone], known: [] }) })).rejects.toMatchObject({ code: "MR-SQL-005", retryable: true });
});
