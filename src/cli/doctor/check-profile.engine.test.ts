import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../../../scripts/engines/kafka.ts";
import { type PostgresServer, startPostgres } from "../../../scripts/engines/postgres.ts";
import { type S3Server, startS3 } from "../../../scripts/engines/s3.ts";
import { connection, secret } from "../../model/secret.ts";
import { kafkaLog, postgresState, type ProfileDecl, s3Files } from "../../model/profile.ts";
import { checkProfile } from "./check-profile.ts";

/** Needs versitygw, Kafka and PostgreSQL. */
let s3: S3Server;
let kafka: KafkaServer;
let postgres: PostgresServer;
beforeAll(async () => {
  [s3, kafka, postgres] = await Promise.all([startS3(["lake"]), startKafka(), startPostgres()]);
  process.env.MILLRACE_SECRET_DOCTOR_S3 = s3.secretAccessKey;
  process.env.MILLRACE_SECRET_DOCTOR_STATE = postgres.url();
});
afterAll(async () => {
  for (const name of ["S3", "STATE"]) delete process.env[`MILLRACE_SECRET_DOCTOR_${name}`];
  await Promise.all([s3?.stop(), kafka?.stop(), postgres?.stop()]);
});

const filesOf = (at: string): ProfileDecl => ({ files: s3Files({ at, connection: connection("store", { endpoint: s3.endpoint, accessKeyId: s3.accessKeyId, secretAccessKey: secret("doctor-s3") }) }) });
const state = (url: string): ProfileDecl => {
  process.env.MILLRACE_SECRET_DOCTOR_STATE = url;
  return { state: postgresState({ url: secret("doctor-state") }) };
};

test("servers that answer say their version and what they let us do; nothing stays behind", async () => {
  const checks = await checkProfile({ log: kafkaLog({ brokers: kafka.brokers, prefix: "doc." }), ...filesOf("s3://lake/shop"), ...state(postgres.url()) });
  expect(checks).toEqual([
    { name: "log", state: "warn", what: expect.stringMatching(/^Kafka, 1 broker, metadata.version \d+, transaction.version 2; topics can be made; snapshots of states go to s3:\/\/lake\/shop\/; one copy of each record$/), mend: expect.any(String) },
    { name: "state", state: "ok", what: expect.stringMatching(/^PostgreSQL \d+\.\d+.*, schema millrace; tables can be made$/) },
    { name: "files", state: "ok", what: "s3://lake/shop/; puts, reads, deletes, and refuses to replace" },
  ]);
  expect(await postgres.run("select count(*) from information_schema.schemata where schema_name = 'millrace'")).toContain("0");
});

test("states of stages that are declared no more are named, those of others on the same brokers not", async () => {
  for (const topic of ["left.millrace.state.gone", "left.millrace.state.here", "other.millrace.state.gone"]) await kafka.tool("org.apache.kafka.tools.TopicCommand", ["--bootstrap-server", kafka.brokers[0], "--create", "--topic", topic]);
  const [check] = await checkProfile({ log: kafkaLog({ brokers: kafka.brokers, prefix: "left." }) }, ["here"]);
  expect(check).toMatchObject({ state: "warn", what: expect.stringMatching(/declared no more: left\.millrace\.state\.gone$/), mend: expect.stringContaining("kafka-topics.sh --delete") });
});

test("too few brokers, a bucket that is not there, a user without rights", async () => {
  await postgres.run("create role reader login password 'reader'; revoke create on database postgres from public");
  const address = new URL(postgres.url());
  Object.assign(address, { username: "reader", password: "reader" });
  const checks = await checkProfile({ log: kafkaLog({ brokers: kafka.brokers, replication: 3 }), ...filesOf("s3://no-such-bucket/x"), ...state(address.href) });
  expect(checks.map(({ name, state: found }) => [name, found])).toEqual([["log", "fail"], ["state", "fail"], ["files", "fail"]]);
  expect(checks[1].what).toMatch(/permission denied/);
});
