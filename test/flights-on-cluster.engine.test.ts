import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaServer, startKafka } from "../scripts/engines/kafka.ts";
import { type PostgresServer, startPostgres } from "../scripts/engines/postgres.ts";
import { type S3Server, startS3 } from "../scripts/engines/s3.ts";
import { ObjectCopies } from "../src/files/object-copies.ts";
import { s3Files } from "../src/files/s3.ts";
import { s3Client } from "../src/files/s3-client.ts";
import { postgresState } from "../src/state/postgres.ts";
import { differencesFromDuckdb, streamed } from "./support/flights-in-duckdb.ts";
import { killedRun } from "./support/killed-run.ts";
import type { MillraceProcess } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/*
 * `examples/flights` on the cluster profile, where nothing but millrace.config.ts is another: its tables must hold what plain
 * DuckDB makes of the same files, row for row. Needs Kafka, PostgreSQL and versitygw; MILLRACE_KAFKA,
 * MILLRACE_POSTGRES_BIN and MILLRACE_S3_BIN name the folders of their programs.
 */

const example = new URL("../examples/flights/", import.meta.url).pathname;
const same = { missing: 0, extra: 0 };
const sources = Object.fromEntries(readdirSync(example).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts")).map((file) => [file, readFileSync(join(example, file), "utf8")]));

let s3: S3Server;
let kafka: KafkaServer;
let postgres: PostgresServer;
let project: TemporaryProject;
let millrace: MillraceProcess | undefined;
beforeAll(async () => {
  [s3, kafka, postgres] = await Promise.all([startS3(["lake"]), startKafka(), startPostgres()]);
  process.env.MILLRACE_SECRET_LAKE_KEY = s3.secretAccessKey;
  process.env.MILLRACE_SECRET_STATE_URL = postgres.url();
  project = temporaryProject({ ...sources, "millrace.config.ts": configOf({ s3, kafka }) }, ["vega-datasets"]);
});
afterAll(async () => {
  for (const name of ["LAKE_KEY", "STATE_URL"]) delete process.env[`MILLRACE_SECRET_${name}`];
  await millrace?.stop();
  await Promise.all([s3?.stop(), kafka?.stop(), postgres?.stop()]);
  project?.remove();
});

const configOf = ({ s3: { endpoint, accessKeyId }, kafka: { brokers } }: { s3: S3Server; kafka: KafkaServer }): string => `
import { connection, defineProject, kafkaLog, postgresState, s3Files, secret } from "millrace";
import { summary } from "./summary.ts";
const store = connection("store", { endpoint: "${endpoint}", accessKeyId: "${accessKeyId}", secretAccessKey: secret("lake-key") });
export default defineProject({ name: "flights", summary, profile: {
  log: kafkaLog({ brokers: ${JSON.stringify(brokers)} }),
  state: postgresState({ url: secret("state-url") }),
  files: s3Files({ at: "s3://lake/flights", connection: store }),
} });
`;

test("the flights arrive complete and once, whatever is killed on the way", { timeout: 600_000 }, async () => {
  const run = await killedRun({ project: project.folder, data: project.data, kills: 5, dags: false, onStart: (started) => void (millrace = started) });
  expect(run.killed).toHaveLength(5);
  const bucket = await s3Client({ bucket: "lake", connection: { endpoint: s3.endpoint, accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey } });
  const files = s3Files(bucket, { prefix: "flights/", stagingFolder: join(project.data, "test-staged"), copies: new ObjectCopies(join(project.data, "test-objects")) });
  expect(await differencesFromDuckdb({ files, state: await postgresState({ connection: { url: postgres.url() }, schema: "millrace" }) }, streamed)).toEqual({ clean: same, delayed_enriched: same, hourly: same });
});
