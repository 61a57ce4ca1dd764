import { afterAll, beforeAll, test } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import { startFlow, until } from "./kafka-flow-for-tests.ts";

/* Brokers and stages that die while records flow. */

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka({ brokers: 3, heap: "384m" });
});
afterAll(() => kafka?.stop());

/** All brokers have all that they are to have: another one may be killed. */
async function allCopies(): Promise<boolean> {
  return (await kafka.tool("org.apache.kafka.tools.TopicCommand", ["--bootstrap-server", kafka.brokers.join(","), "--describe", "--under-replicated-partitions"])).trim() === "";
}

test("each broker is killed and comes back, and with it leaders and coordinators move", async () => {
  const flow = await startFlow(kafka.brokers);
  await flow.goesOn();
  for (const broker of [0, 1, 2]) {
    await kafka.kill(broker);
    await flow.goesOn();
    await kafka.start(broker);
    await flow.goesOn();
    await until(allCopies, 90_000);
  }
  await flow.end();
}, 480_000);

test("a stage is killed between two lines of its own, and the next one takes over", async () => {
  const flow = await startFlow(kafka.brokers);
  for (let kills = 0; kills < 3; kills++) {
    // Its tasks are free once Kafka takes the dead for dead, 10 s after its last sign of life.
    await flow.goesOn();
    flow.stage.kill();
  }
  await flow.end();
}, 480_000);
