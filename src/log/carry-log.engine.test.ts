import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, onTestFinished, test } from "vitest";
import { type KafkaServer, startKafka } from "../../scripts/engines/kafka.ts";
import { valueFormats } from "../model/value-format.ts";
import { carryingChecks } from "./carry-log-for-tests.ts";
import { EmbeddedLog } from "./embedded/embedded-log.ts";
import { directPort } from "./embedded/port.ts";
import { LogService } from "./embedded/service.ts";
import { kafkaLogFor, newPrefix } from "./kafka/kafka-for-tests.ts";

/** Needs Kafka: MILLRACE_KAFKA names the folder of its jars. */
let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka();
});
afterAll(() => server?.stop());

for (const [values, { title, body }] of valueFormats.flatMap((values) => carryingChecks.map((check) => [values, check] as const))) {
  test(`from a folder to Kafka, ${values}: ${title}`, async () => {
    const service = new LogService({ folder: mkdtempSync(join(tmpdir(), "millrace-carry-kafka-")) });
    const { log } = await kafkaLogFor(server.brokers, newPrefix(), { values });
    onTestFinished(async () => {
      await log.close();
      await service.close();
    });
    await body(new EmbeddedLog(directPort(service, { name: "test", reads: ["*"], writes: ["*"], admin: true })), log);
  });
}
