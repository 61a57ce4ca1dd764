import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import type { TopicDecl } from "../../model/manifest.ts";
import { readSchema } from "../../model/schema.ts";
import { branch } from "./branch-for-tests.ts";
import { declared, newPrefix, read, write } from "./kafka-for-tests.ts";
import { openKafkaLog } from "./open-kafka-log.ts";

/* A client in Java, with Apache's own Avro, writes what a stage reads and reads what a stage wrote. */

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka?.stop());

const client = new URL("AvroClient.java", import.meta.url).pathname;

const order = {
  id: z.int(),
  customer: z.string(),
  amount: z.number(),
  at: z.iso.datetime(),
  day: z.iso.date().optional(),
  size: z.enum(["S", "M"]).nullable(),
  address: z.object({ street: z.string(), floor: z.int().optional(), tags: z.array(z.string()) }),
};

function topicOf(name: string, shape: z.ZodRawShape): TopicDecl {
  const { jsonSchema: schema, columns } = readSchema(z.object(shape), "test");
  return { name, schema, columns, key: "customer", eventTime: "at", partitions: 2 };
}

const orders = topicOf("orders", order);
const large = topicOf("orders.large", order);
const dead: TopicDecl = { ...orders, name: "stage.dlq", internal: "dlq" };

/** As Avro writes JSON: unions by the name of their branch. */
const theirs = (id: number, amount: number) => ({ id, customer: `c${id}`, amount, at: 1_700_000_000_000 + (id % 1_000), day: { int: -1 }, size: { "orders_size": "M" }, address: { street: "Straße", floor: { long: 3 }, tags: ["a", ""] } });
const ours = (id: number, amount: number) => ({ id, customer: `c${id}`, amount, at: new Date(1_700_000_000_000 + (id % 1_000)).toISOString(), day: "1969-12-31", size: "M", address: { street: "Straße", floor: 3, tags: ["a", ""] } });

test("a producer and a consumer that are not ours, over a change of the schema", async () => {
  const prefix = newPrefix();
  const log = await openKafkaLog({ brokers: kafka.brokers, prefix, formats: { default: "avro", topics: {} } });
  await declared(log, orders, large, dead);
  const input: [number, number][] = [[1, 500], [2, 5], [2 ** 53 - 1, 700.25], [1 - 2 ** 53, 1e300]];
  await kafka.tool(client, ["write", kafka.brokers[0], prefix, "orders"], input.map((each) => `c${each[0]}\t${JSON.stringify(theirs(...each))}\n`).join(""));
  await kafka.tool("org.apache.kafka.tools.ConsoleProducer", ["--bootstrap-server", kafka.brokers[0], "--topic", `${prefix}orders`], "this is no Avro\n");

  await branch(log, { orders, large, dead });
  const passed = await read(log, "orders.large");
  const wanted = input.filter(([, amount]) => amount > 100);
  expect(passed.map(({ value }) => value).sort((a, b) => Number(a.id) - Number(b.id))).toEqual(wanted.map((each) => ours(...each)).sort((a, b) => a.id - b.id));
  expect(passed.every(({ key, value, eventTime }) => key === value.customer && eventTime === Date.parse(String(value.at)))).toBe(true);
  expect((await read(log, "stage.dlq")).map(({ headers }) => [headers["mr.dlq.errorCode"], headers["mr.unreadable.value"]])).toEqual([["MR-DATA-001", "this is no Avro"]]);

  // The next release has a field more, which may be missing, and one less.
  const { day: _, ...rest } = order;
  const newer = topicOf("orders.large", { ...rest, rating: z.number().optional() });
  await declared(log, newer);
  const { day: __, ...left } = ours(9, 900);
  await write(log, newer, 0, [{ ...left, rating: 4.5 }]);
  const lines = (await kafka.tool(client, ["read", kafka.brokers[0], prefix, "orders.large"])).trim().split("\n").map((line) => line.split("\t"));
  const seen = lines.map(([key, schema, record]) => ({ key, schema, record: JSON.parse(record) as Record<string, unknown> })).sort((a, b) => Number(a.record.id) - Number(b.record.id));
  const resolved = [...wanted.map((each) => ({ ...ours(...each), rating: null as number | null })), { ...ours(9, 900), rating: 4.5 }].sort((a, b) => a.id - b.id);
  expect(seen.map(({ key, record }) => ({ key, record }))).toEqual(resolved.map(({ day: ___, ...record }) => ({ key: record.customer, record: { ...record, at: Date.parse(record.at) } })));
  expect(new Set(seen.map(({ schema }) => schema)).size).toBe(2);
  // And a stage that knows the newer schema reads both.
  expect((await read(log, "orders.large")).map(({ value }) => value.rating)).toEqual(expect.arrayContaining([undefined, undefined, undefined, 4.5]));
  await log.close();
});
