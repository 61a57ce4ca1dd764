import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import { column, topicOf } from "../../engine/engine-for-tests.ts";
import { valueFormats } from "../../model/value-format.ts";
import { type LogUnderTest, logChecks, logConformance } from "../conformance.ts";
import { branch } from "./branch-for-tests.ts";
import { declared, kafkaLogFor, newPrefix, read, type TestKafkaOptions, write } from "./kafka-for-tests.ts";
import type { BrokerPort, KafkaPort } from "./kafka-port.ts";
import { openKafkaLog } from "./open-kafka-log.ts";

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka?.stop());

async function open(options: TestKafkaOptions = {}): Promise<LogUnderTest> {
  // One Kafka for all checks: each has a prefix of its own.
  const prefix = newPrefix();
  let life = await kafkaLogFor(kafka.brokers, prefix, options);
  return {
    log: life.log,
    reopen: async () => {
      await life.log.close();
      life = await kafkaLogFor(kafka.brokers, prefix, options);
      return life.log;
    },
    expire: (topic, partition, offset) => life.cluster.deleteBefore({ topic: `${prefix}${topic}`, partition }, offset),
    close: () => life.log.close(),
  };
}

for (const values of valueFormats) logConformance(`kafka, ${values}`, () => open({ values }));

/** Kafka as it is, but for one of its answers. */
function broken(change: (broker: BrokerPort) => Partial<BrokerPort>): (port: KafkaPort) => KafkaPort {
  const changed = (broker: BrokerPort): BrokerPort => {
    const over: object = change(broker);
    return new Proxy(broker, {
      get: (target, name) => {
        const value: unknown = Reflect.get(name in over ? over : target, name);
        return typeof value === "function" ? value.bind(name in over ? over : target) : value;
      },
    });
  };
  return (port) => ({ ...port, open: async (host, at) => changed(await port.open(host, at)) });
}

const faults = [
  { name: "gives up what it says it has committed", seenBy: "an epoch is one", change: (broker: BrokerPort) => ({ endTransaction: (...[id, producer]: Parameters<BrokerPort["endTransaction"]>) => broker.endTransaction(id, producer, id.endsWith("registry")) }) },
  { name: "shuts nobody out", seenBy: "a group that is moved", change: (broker: BrokerPort) => ({ initProducer: (...[id, ms]: Parameters<BrokerPort["initProducer"]>) => broker.initProducer(id === null || id.endsWith("registry") ? id : `${id}${Math.random()}`, ms) }) },
  {
    name: "loses a part of what it writes",
    seenBy: "offsets grow by one a record",
    change: (broker: BrokerPort) => ({ produce: async (...[id, batches]: Parameters<BrokerPort["produce"]>) => (batches.length > 1 ? [...(await broker.produce(id, batches.slice(1))), { fault: 0, offset: 0 }] : broker.produce(id, batches)) }),
  },
];

for (const { name, seenBy, change } of faults) {
  test(`a driver that ${name} does not pass`, async () => {
    const check = logChecks.find(({ title }) => title.startsWith(seenBy));
    if (!check) throw new Error(`no check begins with "${seenBy}"`);
    const under = await open({ change: broken(change) });
    await expect(check.run(under)).rejects.toThrow();
    await under.close();
  });
}

const orders = topicOf("orders", [column("id", "integer"), column("customer", "string"), column("amount", "number", true), column("at", "timestamp")], { key: "customer", eventTime: "at", partitions: 2 });
const large = { ...orders, name: "orders.large" };
const dead = { ...orders, name: "branch.dlq" };

test("Kafka's own consumer reads what a stage wrote: keys, JSON, event times", async () => {
  const prefix = newPrefix();
  const log = await openKafkaLog({ brokers: kafka.brokers, prefix });
  await declared(log, orders, large, dead);
  const records = Array.from({ length: 400 }, (_, id) => ({ id, customer: `kunde "${id % 7}" ü`, amount: id / 2, at: new Date(1.7e12 + id).toISOString() }));
  for (const partition of [0, 1]) await write(log, orders, partition, records.filter(({ id }) => id % 2 === partition));
  await branch(log, { orders, large, dead });
  const wanted = records.filter(({ amount }) => amount > 100);
  const printed = await kafka.tool("org.apache.kafka.tools.consumer.ConsoleConsumer", ["--bootstrap-server", kafka.brokers[0], "--topic", `${prefix}orders.large`, "--from-beginning", "--isolation-level", "read_committed", "--max-messages", String(wanted.length), "--timeout-ms", "20000", "--formatter-property", "print.key=true", "--formatter-property", "print.timestamp=true"]);
  const lines = printed.trim().split("\n").map((line) => line.split("\t"));
  const seen = lines.map(([time, key, value]) => ({ time, key, value: JSON.parse(value) as (typeof records)[number] })).sort((a, b) => a.value.id - b.value.id);
  expect(seen).toEqual(wanted.map((record) => ({ time: `CreateTime:${Date.parse(record.at)}`, key: record.customer, value: record })));
  await log.close();
});

test("a plain producer feeds a stage; what is none of the topic's records goes to the dead letters", async () => {
  const prefix = newPrefix();
  const log = await openKafkaLog({ brokers: kafka.brokers, prefix });
  await declared(log, orders, large, dead);
  const good = { customer: "b", id: 2, amount: 700, at: "2026-01-01T00:00:00Z" };
  const lines = [`a:{"id": 1, "customer": "a", "amount": 5.5, "at": "2026-01-01T00:00:00Z"}`, `b:${JSON.stringify(good)}`, "c:no JSON at all", `d:{"id":"three","customer":"d","amount":900,"at":"2026-01-01T00:00:00Z"}`, `e:{"id":5,"customer":"e","amount":900,"at":"2026-01-01T00:00:00.000Z"}`];
  await kafka.tool("org.apache.kafka.tools.ConsoleProducer", ["--bootstrap-server", kafka.brokers[0], "--topic", `${prefix}orders`, "--reader-property", "parse.key=true", "--reader-property", "key.separator=:", "--command-property", "compression.type=lz4"], `${lines.join("\n")}\n`);
  await branch(log, { orders, large, dead });
  const passed = (await read(log, "orders.large")).sort((a, b) => Number(a.value.id) - Number(b.value.id));
  expect(passed.map(({ value, key, eventTime }) => ({ value, key, eventTime }))).toEqual([
    { value: { ...good, at: "2026-01-01T00:00:00.000Z" }, key: "b", eventTime: Date.parse(good.at) },
    { value: { id: 5, customer: "e", amount: 900, at: "2026-01-01T00:00:00.000Z" }, key: "e", eventTime: Date.parse(good.at) },
  ]);
  const put = (await read(log, "branch.dlq")).sort((a, b) => (a.key ?? "") < (b.key ?? "") ? -1 : 1);
  expect(put.map(({ key, headers }) => [key, headers["mr.unreadable.value"], headers["mr.dlq.errorCode"]])).toEqual([["c", "no JSON at all", "MR-DATA-001"], ["d", lines[3].slice(2), "MR-DATA-001"]]);
  await log.close();
});
