import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type KafkaServer, startKafka } from "../scripts/engines/kafka.ts";
import { BatchBuilder } from "../src/batch/builder.ts";
import type { AssignedTask } from "../src/log/driver.ts";
import { connectPlane, joinPlane, planeAddress } from "../src/supervisor/workers/plane-connection.ts";
import { until } from "./support/millrace-process.ts";
import { joining, WorkerBed } from "./support/worker-bed.ts";

/*
 * A stage on another machine whose log is a Kafka that asks for a password, which only the control plane has: the worker
 * reaches topics by its own identity, and no others. Needs Kafka; MILLRACE_KAFKA names the folder of its jars.
 */

const password = "open sesame";
let kafka: KafkaServer;
let bed: WorkerBed;

beforeAll(async () => {
  kafka = await startKafka({
    properties: {
      "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "sasl.mechanism.inter.broker.protocol": "PLAIN",
      "listener.name.plaintext.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="millrace" password="${password}" user_millrace="${password}";`,
    },
  });
  process.env.MILLRACE_SECRET_KAFKA = password;
  bed = await WorkerBed.up("", { profile: profile() });
}, 300_000);
afterAll(async () => {
  await bed?.close();
  delete process.env.MILLRACE_SECRET_KAFKA;
  await kafka?.stop();
});

const profile = (prefix = ""): string => `{ log: kafkaLog({ brokers: ${JSON.stringify(kafka.brokers)}, prefix: "${prefix}", sasl: { mechanism: "PLAIN", username: "millrace", password: secret("kafka") } }) }`;

/** Offsets on Kafka have gaps: records are counted by what is in them. */
async function done(of: WorkerBed): Promise<number[]> {
  const { rows } = await of.millrace.sql(`select count(*), count(distinct id), coalesce(sum(amount), 0) from topics."done"`);
  return rows[0].map(Number);
}

const allOf = (count: number): number[] => [count, count, (count * (count - 1)) / 2];

async function arrives(of: WorkerBed, count: number): Promise<void> {
  await until(async () => (await done(of))[0] >= count);
  expect(await done(of)).toEqual(allOf(count));
}

test("a worker that has no password reads and writes by way of the control plane; killed, nothing is lost or doubled", async () => {
  await bed.post(0, 500);
  const { secret } = await bed.token({ stage: "copy" });
  const first = bed.worker(secret, { secrets: false });
  await arrives(bed, 500);
  await bed.post(500, 2_000);
  await first.kill();
  await bed.post(2_500, 500);
  bed.worker(secret, { secrets: false });
  await arrives(bed, 3_000);
  const { services, stages } = await bed.millrace.status();
  expect(services.map(({ name }) => name)).toEqual(["control", "door"]);
  expect(stages.find(({ name }) => name === "copy")).toMatchObject({ state: "running", instances: [{ restarts: 0 }] });
});

const batch = (n: number) => {
  const builder = new BatchBuilder({ columns: [{ name: "id", type: "string", nullable: false }, { name: "amount", type: "number", nullable: false }], where: "test" });
  builder.append({ id: `x${n}`, amount: n }, 0);
  return builder.finish();
};

test("an identity opens what its stage reads and writes, and nothing else; revoked it opens nothing", async () => {
  const address = planeAddress(bed.millrace.address, readFileSync(bed.caFile));
  const { secret, token } = await bed.token({ stage: "copy" });
  const { identity } = await joinPlane(address, secret, joining);
  const log = await bed.logOf(identity);
  const at = (topic: string) => ({ partitions: [0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 })).slice(0, topic === "secrets" ? 1 : 4), bytesMax: 1e6, waitMs: 0 });
  expect((await log.fetch(at("orders"))).ends).toHaveLength(4);
  expect((await log.topics()).map(({ name }) => name)).toEqual(["copy.redrive", "orders"]);
  const refused = { code: "MR-LOG-008" };
  for (const topic of ["secrets", "done"]) await expect(log.fetch(at(topic))).rejects.toMatchObject(refused);
  await expect(log.topic("secrets")).rejects.toMatchObject(refused);
  const attempts = [log.deleteTopic("orders"), log.ensureTopic({ name: "mine", partitions: 1 }), log.seek("copy", []), log.groups(), log.positions("another"), log.append({ producer: "copy", outputs: [{ topic: "done", partition: 0, batch: batch(1) }] })];
  await Promise.all(attempts.map((attempt) => expect(attempt).rejects.toMatchObject(refused)));
  const news = { onRevoked: async () => undefined, onLost: () => undefined };
  await expect(log.join({ group: "another", member: "m", topics: ["orders"], onAssigned: () => undefined, ...news })).rejects.toMatchObject(refused);
  const assigned = Promise.withResolvers<AssignedTask[]>();
  // It shares the tasks with the worker that is at work.
  const member = await log.join({ group: "copy", member: "test", topics: ["orders"], onAssigned: assigned.resolve, ...news });
  const [{ task }] = await assigned.promise;
  await expect(member.commit({ tasks: [task], positions: [], outputs: [{ topic: "secrets", partition: 0, batch: batch(1) }] })).rejects.toMatchObject(refused);
  await member.leave();
  expect((await bed.millrace.sql(`select count(*) from topics."secrets"`)).rows[0].map(Number)).toEqual([0]);

  const open = await connectPlane(address, "log", identity);
  const cut = once(open, "close");
  await bed.millrace.post(`/api/v1/workers/tokens/${token.id}/revoke`, {});
  await cut;
  for (const way of ["link", "log", "state"] as const) await expect(connectPlane(address, way, identity)).rejects.toMatchObject({ code: "MR-HTTP-001", message: expect.stringContaining("revoked") });
  await expect(joinPlane(address, secret, joining)).rejects.toMatchObject({ code: "MR-HTTP-001" });
});

test("a worker whose token is revoked ends, and the stage waits for another", async () => {
  const [{ token: known }] = (await bed.get<{ workers: { token: string }[] }>("/api/v1/workers")).workers;
  await bed.millrace.post(`/api/v1/workers/tokens/${known}/revoke`, {});
  await until(async () => (await bed.millrace.status()).stages.some(({ name, instances }) => name === "copy" && instances.length === 0));
  await bed.post(3_000, 100);
  const { secret, token } = await bed.token({ stage: "copy" });
  const worker = bed.worker(secret, { secrets: false });
  await arrives(bed, 3_100);
  await bed.millrace.post(`/api/v1/workers/tokens/${token.id}/revoke`, {});
  expect(await worker.ended).toBe(1);
  expect(worker.said).toContain("revoked");
});

test("where the project lets workers reach the brokers themselves, their machine must have the password", async () => {
  const direct = await WorkerBed.up("", { profile: profile("direct."), brokers: true });
  onTestFinished(() => direct.close());
  await direct.post(0, 100);
  const { secret } = await direct.token({ stage: "copy" });
  const without = direct.worker(secret, { secrets: false });
  const copy = async () => (await direct.millrace.status()).stages.find(({ name }) => name === "copy");
  await until(async () => (await copy())?.lastError?.code === "MR-SECRET-001");
  expect((await done(direct))[0]).toBe(0);
  await without.kill();
  direct.worker(secret);
  await arrives(direct, 100);
  expect((await direct.millrace.status()).services.map(({ name }) => name)).toEqual(["control"]);
});
