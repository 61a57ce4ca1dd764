import { expect, test } from "vitest";
import { kafkaLog, postgresState, s3Files } from "./profile.ts";
import { connection, secret } from "./secret.ts";

test("what stands under a project is plain data with its defaults, and secrets stay names", () => {
  expect(kafkaLog({ brokers: ["a:9092", "[::1]:9093"], tls: true, sasl: { mechanism: "SCRAM-SHA-512", username: "m", password: secret("kafka") } })).toEqual({
    kind: "kafka",
    brokers: ["a:9092", "[::1]:9093"],
    prefix: "",
    replication: 3,
    tls: {},
    sasl: { mechanism: "SCRAM-SHA-512", username: "m", password: "{{ secrets.kafka }}" },
  });
  expect(kafkaLog({ brokers: ["a:1"], values: "avro" }).values).toEqual({ default: "avro", topics: {} });
  expect(kafkaLog({ brokers: ["a:1"], values: { topics: { orders: "columnar" } } }).values).toEqual({ default: "json", topics: { orders: "columnar" } });
  expect(postgresState({ url: secret("state-url") })).toEqual({ kind: "postgres", connection: { url: "{{ secrets.state-url }}" }, schema: "millrace" });
  expect(postgresState({ connection: connection("pg", { host: "db", user: "m", password: secret("pg") }), schema: "shop" }).connection).toEqual({ host: "db", user: "m", password: "{{ secrets.pg }}" });
  expect(s3Files({ at: "s3://company/lake/shop/", connection: connection("s3", { endpoint: "https://s3.example.com" }) })).toEqual({ kind: "s3", bucket: "company", prefix: "lake/shop/", connection: { endpoint: "https://s3.example.com" } });
});

test.each<[string, () => unknown, string]>([
  ["no brokers", () => kafkaLog({ brokers: [] }), "no list of brokers"],
  ["a broker without a port", () => kafkaLog({ brokers: ["kafka"] }), "no list of brokers"],
  ["a broker with a password", () => kafkaLog({ brokers: ["me:secret@kafka:9092"] }), "no list of brokers"],
  ["a password of Kafka in clear", () => kafkaLog({ brokers: ["k:1"], sasl: { mechanism: "PLAIN", username: "m", password: "hunter2" } }), "no secret"],
  ["a format of values that nobody knows", () => kafkaLog({ brokers: ["k:1"], values: "xml" as never }), "no format"],
  ["a topic's format that nobody knows", () => kafkaLog({ brokers: ["k:1"], values: { topics: { t: 1 as never } } }), "no format"],
  ["a list of topics", () => kafkaLog({ brokers: ["k:1"], values: { topics: ["avro"] as never } }), "no object"],
  ["a mechanism that nobody knows", () => kafkaLog({ brokers: ["k:1"], sasl: { mechanism: "GUESS" as never, username: "m", password: secret("p") } }), "no mechanism"],
  ["a key of a certificate in clear", () => kafkaLog({ brokers: ["k:1"], tls: { cert: "PEM", key: "PEM" } }), "stands in the project"],
  ["a certificate without its key", () => kafkaLog({ brokers: ["k:1"], tls: { cert: "PEM" } }), "one of cert and key"],
  ["no database", () => postgresState({}), "nothing says"],
  ["a password of PostgreSQL in clear", () => postgresState({ url: "postgres://me:hunter2@db/state" }), "stands in the project"],
  ["a schema that must be quoted", () => postgresState({ url: "postgres://db/state", schema: "My Shop" }), "no name for a schema"],
  ["a folder in place of a bucket", () => s3Files({ at: "/lake" }), "no place in a bucket"],
  ["a key of S3 in clear", () => s3Files({ at: "s3://lake", connection: connection("s3", { accessKeyId: "a", secretAccessKey: "b" }) }), "stands in the project"],
  ["a slip", () => s3Files({ at: "s3://lake", conection: 1 } as never), '"conection"'],
])("%s is refused", (_, declare, what) => {
  expect(declare).toThrow(expect.objectContaining({ code: "MR-MODEL-001", message: expect.stringContaining(what) }));
});
