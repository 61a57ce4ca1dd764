import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import { column, topicOf } from "../../engine/engine-for-tests.ts";
import type { AssignedTask, LogDriver } from "../driver.ts";
import { declared, read, write } from "./kafka-for-tests.ts";
import { openKafkaLog } from "./open-kafka-log.ts";

/* A Kafka that asks who is there, and lets everybody do what docs/kafka.md says that they need, and nothing else. */

const passwords = { admin: "a dmin", branch: "br;an=ch" };
const login = Object.entries(passwords).map(([name, password]) => `user_${name}="${password}"`).join(" ");
const scratch = mkdtempSync(join(tmpdir(), "mr-kafka-login-"));

let kafka: KafkaServer;
beforeAll(async () => {
  kafka = await startKafka({
    properties: {
      "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN",
      "sasl.mechanism.inter.broker.protocol": "PLAIN",
      "listener.name.plaintext.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="${passwords.admin}" ${login};`,
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      // Nobody comes to the brokers without a name; the controller's own door is not open to others.
      "super.users": "User:admin;User:ANONYMOUS",
    },
  });
});
afterAll(async () => {
  rmSync(scratch, { recursive: true });
  await kafka?.stop();
});

const prefix = "p.";
const logAs = (name: keyof typeof passwords, password: string = passwords[name]): Promise<LogDriver> => openKafkaLog({ brokers: kafka.brokers, prefix, sasl: { mechanism: "PLAIN", username: name, password }, patienceMs: 10_000 });

/** @param resource - as `--topic in --group g` */
async function allow(operations: string[], ...resource: string[]): Promise<void> {
  const config = join(scratch, "admin.properties");
  writeFileSync(config, `security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="${passwords.admin}";\n`);
  await kafka.tool("org.apache.kafka.tools.AclCommand", ["--bootstrap-server", kafka.brokers[0], "--command-config", config, "--add", "--allow-principal", "User:branch", ...operations.flatMap((operation) => ["--operation", operation]), ...resource]);
}

const input = topicOf("in", [column("n", "integer")], { partitions: 1 });
const output = { ...input, name: "out" };
const other = { ...input, name: "other" };

test("a wrong password is told as one", async () => {
  const log = await logAs("branch", "guessed");
  await expect(log.topics()).rejects.toMatchObject({ code: "MR-LOG-008" });
  await log.close();
});

test("a stage may do what its graph says, by the list of the docs, and nothing else", { timeout: 300_000 }, async () => {
  const control = await logAs("admin");
  await declared(control, input, output, other);
  await write(control, input, 0, [{ n: 1 }]);
  await allow(["Read", "Describe"], "--topic", "p.in", "--group", "p.branch");
  await allow(["Write", "Describe"], "--topic", "p.out");
  await allow(["Read", "Write", "Delete", "Describe", "Create", "Alter"], "--topic", "p.millrace.state.branch");
  await allow(["Read", "Write", "Describe"], "--topic", "p.millrace.registry");
  await allow(["Write", "Describe"], "--resource-pattern-type", "prefixed", "--transactional-id", "p.branch#", "--transactional-id", "p.millrace.append#", "--transactional-id", "p.millrace.registry");
  const log = await logAs("branch");
  const assigned = Promise.withResolvers<AssignedTask[]>();
  const member = await log.join({ group: "branch", member: "m", topics: ["in"], onAssigned: assigned.resolve, onRevoked: async () => undefined, onLost: assigned.reject });
  expect(await assigned.promise).toMatchObject([{ task: 0, positions: [] }]);
  const { entries } = await log.fetch({ partitions: [{ topic: "in", partition: 0, offset: 0 }], bytesMax: 1_000, waitMs: 1_000 });
  await member.commit({ tasks: [0], positions: [{ topic: "in", partition: 0, offset: 1 }], outputs: [{ topic: "out", partition: 0, batch: entries[0].batch }] });
  expect((await read(control, "out")).map(({ value }) => value)).toEqual([{ n: 1 }]);
  await expect(log.append({ producer: "branch", outputs: [{ topic: "other", partition: 0, batch: entries[0].batch }] })).rejects.toMatchObject({ code: /MR-LOG-00[38]/ });
  await expect(log.append({ producer: "branch", outputs: [{ topic: "in", partition: 0, batch: entries[0].batch }] })).rejects.toMatchObject({ code: "MR-LOG-008" });
  await expect(log.fetch({ partitions: [{ topic: "out", partition: 0, offset: 0 }], bytesMax: 1_000, waitMs: 0 })).rejects.toMatchObject({ code: "MR-LOG-008" });
  await member.leave();
  await log.close();
  await control.close();
});
