import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../../scripts/engines/kafka.ts";
import { declared, newPrefix, read } from "../log/kafka/kafka-for-tests.ts";
import { openKafkaLog } from "../log/kafka/open-kafka-log.ts";
import { column, topicOf } from "./engine-for-tests.ts";
import { TestTable } from "./table-for-tests.ts";

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka?.stop());

test("what a plain producer writes into a table's topic becomes rows, and what is no record goes to the dead letters", async () => {
  const prefix = newPrefix();
  const log = await openKafkaLog({ brokers: kafka.brokers, prefix });
  const table = await TestTable.open(topicOf("orders", [column("id", "integer"), column("note", "string", true)]));
  await declared(log, table.topic, table.dlq);
  const lines = ['{"id":1,"note":"a"}', "no JSON", '{"id":"three"}', '{"note":"no id"}', '{"id":2}'];
  await kafka.tool("org.apache.kafka.tools.ConsoleProducer", ["--bootstrap-server", kafka.brokers[0], "--topic", `${prefix}orders`], `${lines.join("\n")}\n`);
  const runner = await table.runner(log);
  await table.runUntil(runner, async () => runner.counts.recordsOut === 2 && runner.counts.dead === 3);
  expect(await table.ids()).toEqual([1, 2]);
  const dead = (await read(log, table.dlq.name)).map(({ headers }) => [headers["mr.unreadable.value"], headers["mr.dlq.errorCode"], headers["mr.dlq.stage"]]);
  expect(dead.sort()).toEqual([lines[1], lines[2], lines[3]].sort().map((line) => [line, "MR-DATA-001", "table:main.rows"]));
  await log.close();
});
