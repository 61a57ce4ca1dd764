import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../scripts/engines/kafka.ts";
import { checkProfile } from "../src/cli/doctor/check-profile.ts";
import { newPrefix, read } from "../src/log/kafka/kafka-for-tests.ts";
import { openKafkaLog } from "../src/log/kafka/open-kafka-log.ts";
import type { KafkaSettings } from "../src/log/kafka/settings.ts";
import { kafkaLog, type KafkaLogOptions } from "../src/model/profile.ts";
import { secret } from "../src/model/secret.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { temporaryProject } from "./support/temporary-project.ts";

/* A Kafka that is reached by TLS, and lets in who knows a password that is never sent. */

const [username, password] = ["shop", "l8 zy=dog"];
let kafka: KafkaServer;
beforeAll(async () => {
  // As brokers are that nobody has set up for it.
  kafka = await startKafka({ users: { [username]: password }, properties: { "group.consumer.min.session.timeout.ms": "45000" } });
  process.env.MILLRACE_SECRET_KAFKA_PASSWORD = password;
});
afterAll(async () => {
  delete process.env.MILLRACE_SECRET_KAFKA_PASSWORD;
  await kafka?.stop();
});

const sasl: KafkaSettings["sasl"] = { mechanism: "SCRAM-SHA-512", username, password };
const reached = (): KafkaSettings => ({ brokers: kafka.secure, tls: { ca: kafka.certificate }, sasl, patienceMs: 3_000 });

test("a project works over it, its password a secret: a record goes in, through a stage, and comes out", async () => {
  const prefix = newPrefix();
  const project = temporaryProject({
    "millrace.config.ts": `import { defineProject, kafkaLog, secret } from "millrace";
      export default defineProject({ profile: { log: kafkaLog({ brokers: ${JSON.stringify(kafka.secure)}, prefix: "${prefix}", tls: { ca: ${JSON.stringify(kafka.certificate)} }, sasl: { mechanism: "SCRAM-SHA-256", username: "${username}", password: secret("kafka-password") } }) } });`,
    "pipeline.ts": `import { http, stage, topic } from "millrace";
      import { z } from "zod";
      const Order = z.object({ id: z.string(), amount: z.number() });
      export const orders = topic("orders", { schema: Order, key: "id" });
      export const large = topic("large", { schema: Order, key: "id" });
      export const intake = http("intake", { to: orders });
      export const branch = stage("branch", { from: orders, to: large, run: (order, emit) => order.amount > 10 && emit(order) });`,
  });
  const millrace = await MillraceProcess.start(project.folder, project.data);
  try {
    expect((await millrace.status()).problems).toEqual([]);
    const orders = [5, 15, 25].map((amount) => ({ id: `o${amount}`, amount }));
    expect((await millrace.post("/ingest/intake", orders)).status).toBe(200);
    await until(async () => (await millrace.status()).stages.find(({ name }) => name === "branch")?.lagRecords === 0);
    const log = await openKafkaLog({ ...reached(), prefix });
    expect((await read(log, "large")).map(({ value }) => value)).toEqual(orders.slice(1));
    await log.close();
    expect(JSON.stringify(await millrace.status())).not.toContain(password);
  } finally {
    await millrace.stop();
    project.remove();
  }
});

const refusals: { what: string; change: () => Partial<KafkaSettings>; error: { code: string; parts: object } }[] = [
  { what: "a wrong password", change: () => ({ sasl: { ...sasl, password: "guessed" } as KafkaSettings["sasl"] }), error: { code: "MR-LOG-008", parts: { what: expect.stringContaining("does not know who this is"), mend: expect.stringContaining("the password") } } },
  { what: "a name that nobody has", change: () => ({ sasl: { ...sasl, username: "nobody" } as KafkaSettings["sasl"] }), error: { code: "MR-LOG-008", parts: { mend: expect.stringContaining("the name") } } },
  { what: "a mechanism that the brokers do not take", change: () => ({ sasl: { ...sasl, mechanism: "PLAIN" } as KafkaSettings["sasl"] }), error: { code: "MR-LOG-008", parts: { what: expect.stringContaining("mechanism"), mend: expect.stringContaining("the mechanism") } } },
  { what: "a certificate that nobody here trusts", change: () => ({ tls: true }), error: { code: "MR-LOG-009", parts: { what: expect.stringMatching(/certificate is not trusted: self-signed/), mend: expect.stringContaining("`tls.ca`") } } },
  { what: "a certificate of another name", change: () => ({ tls: { ca: kafka.certificate, serverName: "kafka.example.com" } }), error: { code: "MR-LOG-009", parts: { what: expect.stringMatching(/certificate is not trusted: .*kafka\.example\.com/), mend: expect.stringContaining("as it names them") } } },
  { what: "no TLS", change: () => ({ tls: undefined }), error: { code: "MR-LOG-009", parts: { mend: expect.stringContaining("want `tls` or `sasl`") } } },
  { what: "no login", change: () => ({ sasl: undefined }), error: { code: "MR-LOG-009", parts: { mend: expect.stringContaining("want `tls` or `sasl`") } } },
  { what: "TLS where there is none", change: () => ({ brokers: kafka.direct }), error: { code: "MR-LOG-009", parts: { what: expect.stringMatching(/TLS/) } } },
];

test.each(refusals)("$what is told as what it is", async ({ change, error }) => {
  const log = await openKafkaLog({ ...reached(), ...change() });
  await expect(log.topics()).rejects.toMatchObject(error);
  await log.close();
});

test("the doctor says the same of them, and what the brokers' settings mean", async () => {
  const profile = (more: Partial<KafkaLogOptions>) => ({ log: kafkaLog({ brokers: kafka.secure, tls: { ca: kafka.certificate }, sasl: { mechanism: "SCRAM-SHA-512", username, password: secret("kafka-password") }, ...more }) });
  expect(await checkProfile(profile({}))).toEqual([{ name: "log", state: "warn", what: expect.stringMatching(/; one copy of each record; a machine that dies unseen .* for 45 s$/), mend: expect.stringContaining("group.consumer.min.session.timeout.ms=6000") }]);
  expect(await checkProfile(profile({ tls: true }))).toMatchObject([{ state: "fail", what: expect.stringContaining("not trusted"), mend: expect.stringContaining("`tls.ca`") }]);
  process.env.MILLRACE_SECRET_KAFKA_PASSWORD = "guessed";
  expect(await checkProfile(profile({}))).toMatchObject([{ state: "fail", what: expect.stringContaining("does not know who this is") }]);
});
