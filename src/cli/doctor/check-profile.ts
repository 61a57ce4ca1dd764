import { MillraceError } from "../../errors.ts";
import { lookAtBucket } from "../../files/look-at-bucket.ts";
import { s3Client } from "../../files/s3-client.ts";
import { sessionMs } from "../../log/kafka/kafka-member.ts";
import { lookAtKafka } from "../../log/kafka/look-at-kafka.ts";
import type { KafkaLogDecl, PostgresStateDecl, ProfileDecl, S3FilesDecl } from "../../model/profile.ts";
import { lookAtPostgres } from "../../state/look-at-postgres.ts";
import { filledProfile } from "../../supervisor/drivers/filled-profile.ts";
import { kafkaSettings } from "../../supervisor/drivers/open-stage-log.ts";
import { redriveGroup } from "../../model/redrive-group.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/**
 * Asks each server that the profile names: whether it answers, which version it is, and whether it lets Millrace do what it must.
 *
 * @param stages - those that the project declares; absent: not known for sure
 */
export async function checkProfile(profile: ProfileDecl, stages?: readonly string[]): Promise<Check[]> {
  const { log, state, files } = profile;
  const servers = await Promise.all([
    ...(log ? [answered("log", "see that a broker listens there, that its advertised listeners are reachable from here, and that the user may create topics", () => checkKafka((filledProfile({ log }) as { log: KafkaLogDecl }).log, { files, stages }))] : []),
    ...(state ? [answered("state", "see that PostgreSQL listens there, and that the user may create a schema: grant create on database … to …", () => checkPostgres((filledProfile({ state }) as { state: PostgresStateDecl }).state))] : []),
    ...(files ? [answered("files", "see that the store listens there, and that the key may put, read, list and delete in the bucket", () => checkBucket((filledProfile({ files }) as { files: S3FilesDecl }).files))] : []),
  ]);
  return state && !files ? [...servers, withoutBucket] : servers;
}

/** Several may run, for their state can be shared; what they keep in files cannot. */
const withoutBucket: Check = warn(
  "control planes",
  "several may run, and they share no files: each shows logs and reads large results of what ran beside it, and an applied release reaches none of the others",
  "run one control plane; or give the project a bucket, files: s3Files(…)",
);

async function checkKafka(log: KafkaLogDecl, { files, stages }: { files: S3FilesDecl | undefined; stages: readonly string[] | undefined }): Promise<Check> {
  const { brokers, metadata, transactions, sessionMsMin = 0, otherStates } = await lookAtKafka(kafkaSettings(log), stages?.flatMap((stage) => [stage, redriveGroup(stage)]));
  const snapshots = files ? `s3://${files.bucket}/${files.prefix}` : "Kafka";
  const what = `Kafka, ${brokers} broker${brokers === 1 ? "" : "s"}, metadata.version ${metadata}, transaction.version ${transactions}; topics can be made; snapshots of states go to ${snapshots}`;
  if (transactions < 2) return fail("log", what, "upgrade to Kafka 4, then: kafka-features.sh --bootstrap-server … upgrade --feature transaction.version=2");
  if (brokers < log.replication) return fail("log", `${what}; ${log.replication} copies of each topic are wanted`, `start more brokers, or set replication: ${brokers}`);
  const wishes = [
    ...(log.replication === 1 ? [{ what: "one copy of each record", mend: "with three brokers set replication: 3, and on them min.insync.replicas=2" }] : []),
    ...(sessionMsMin > sessionMs ? [{ what: `a machine that dies unseen by a control plane keeps its stages' tasks for ${sessionMsMin / 1_000} s`, mend: "set group.consumer.min.session.timeout.ms=6000 on the brokers" }] : []),
    ...(otherStates.length > 0 ? [{ what: `states of stages that are declared no more: ${otherStates.join(", ")}`, mend: "where no earlier release is to come back, remove these topics with kafka-topics.sh --delete, and what lies under stage-state/ of the same names in the bucket" }] : []),
  ];
  return wishes.length === 0 ? ok("log", what) : warn("log", [what, ...wishes.map((wish) => wish.what)].join("; "), wishes.map(({ mend }) => mend).join("; "));
}

const postgresMin = 15;

async function checkPostgres(state: PostgresStateDecl): Promise<Check> {
  const { number, version } = await lookAtPostgres(state);
  const what = `PostgreSQL ${version}, schema ${state.schema}; tables can be made`;
  return number < postgresMin * 10_000 ? fail("state", what, `upgrade it: ${postgresMin} or later is needed`) : ok("state", what);
}

async function checkBucket({ bucket, prefix, connection }: S3FilesDecl): Promise<Check> {
  const { honoursConditions, keeps } = await lookAtBucket(await s3Client({ bucket, connection, tries: 1 }), prefix);
  const what = `s3://${bucket}/${prefix}`;
  if (!honoursConditions) return fail("files", `${what}; a put that was to find nothing replaced what was there`, "use a store that honours If-None-Match: * on puts; on this one, commits of two at once would lose rows");
  return keeps ? ok("files", `${what}; puts, reads, deletes, and refuses to replace`) : fail("files", `${what}; what was put is not there`, "use a store that shows an object as soon as it is put");
}

/** What a server or the way to it says is told as it is; a message of ours brings its own mend. */
async function answered(name: string, mend: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof MillraceError) return fail(name, `${error.parts.what} (${error.parts.where})`, error.parts.mend);
    return fail(name, error instanceof Error ? error.message.split("\n")[0] : String(error), mend);
  }
}
