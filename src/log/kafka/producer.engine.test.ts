import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import type { MillraceError } from "../../errors.ts";
import { recordsOf } from "./committed.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import { kafkaLogFor, newPrefix } from "./kafka-for-tests.ts";
import { TransactionalProducer } from "./producer.ts";
import { encodeHeaders, RecordBatchWriter, whole } from "./record-batch.ts";

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka();
});
afterAll(() => kafka?.stop());

/** Writes one record that says `text`, in a transaction of its own that takes the id first. */
async function append(cluster: KafkaCluster, id: string, topic: string, text: string): Promise<void> {
  const producer = new TransactionalProducer(cluster, id, 15_000);
  await producer.begin();
  await producer.run(async ({ send }) => {
    const writer = new RecordBatchWriter();
    writer.add(Date.now(), whole(Buffer.from("key")), whole(Buffer.from(text)), encodeHeaders([]));
    await send([{ topic, partition: 0, batch: writer.finish() }]);
    // As long as work takes, so that the other one comes at any moment of it.
    await pause(Math.random() * 3);
  });
}

test("two that take one id from each other all the time: each is told that it was shut out, or what it wrote is there", async () => {
  const prefix = newPrefix();
  const [topic, id] = [`${prefix}t`, `${prefix}id`];
  const lives = await Promise.all([1, 2].map(() => kafkaLogFor(kafka.brokers, prefix)));
  const [{ cluster }] = lives;
  await cluster.createTopic(topic, 1, {});
  await cluster.until(topic, (there) => there !== undefined);
  const made: string[] = [];
  const refused = new Set<string>();
  await Promise.all(lives.map(async (life, which) => {
    for (let i = 0; i < 300; i++) {
      const text = `${which}/${i}`;
      await append(life.cluster, id, topic, text).then(() => made.push(text), ({ code }: MillraceError) => refused.add(code));
      await pause(Math.random() * 5);
    }
  }));
  const [end] = await cluster.offsets("end", [{ topic, partition: 0 }]);
  const found: string[] = [];
  for await (const { value } of recordsOf(cluster, [{ topic, partition: 0, from: 0, to: end }])) found.push(Buffer.from(value as Uint8Array).toString());
  for (const { log } of lives) await log.close();
  expect([...refused]).toEqual(["MR-LOG-006"]);
  expect(made.length).toBeGreaterThan(50);
  expect(found.toSorted()).toEqual(made.toSorted());
}, 300_000);
