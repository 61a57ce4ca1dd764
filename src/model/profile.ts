import { type BucketConnection, bucketConnection, bucketPlace, isBucketAddress } from "./bucket.ts";
import { checkNumber, checkOptions, invalid } from "./option-checks.ts";
import { type PostgresConnection, type PostgresPlace, postgresConnection } from "./postgres-connection.ts";
import { type ConnectionDefinition, secretNames } from "./secret.ts";
import { type TopicFormats, type ValueFormat, valueFormats } from "./value-format.ts";

/*
 * What stands under a project: log, state and files, each chosen alone. What is left out is embedded: it lies in the data
 * folder and needs nothing to be installed. Passwords and keys are secrets, and stand nowhere in the project.
 */

/** What stands under a project, as plain JSON. */
export interface ProfileDecl {
  log?: KafkaLogDecl;
  state?: PostgresStateDecl;
  files?: S3FilesDecl;
}

export interface KafkaLogDecl {
  kind: "kafka";
  /** `host:port` of brokers to begin with. */
  brokers: string[];
  /** What the names of all topics, groups and transactions on the brokers begin with. */
  prefix: string;
  /** Copies of each topic that is made. */
  replication: number;
  /** How values of records are written. Absent: all as JSON. */
  values?: TopicFormats;
  tls?: KafkaTls;
  sasl?: KafkaSasl;
}

export interface KafkaTls {
  /** Certificates of those who may sign the brokers', as PEM. Absent: those that Node knows. */
  ca?: string;
  /** Of this client, as PEM, with its key: a secret. */
  cert?: string;
  key?: string;
}

export interface KafkaSasl {
  mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  username: string;
  /** A secret. */
  password: string;
}

export interface PostgresStateDecl {
  kind: "postgres";
  connection: PostgresConnection;
  /** Where its tables are; made when it is not there. */
  schema: string;
}

export interface S3FilesDecl {
  kind: "s3";
  bucket: string;
  /** What the names of all objects begin with: empty, or with a slash at its end. */
  prefix: string;
  connection?: BucketConnection;
}

export interface KafkaLogOptions {
  /** `host:port` of brokers to begin with; the others are learnt from them. */
  brokers: readonly string[];
  /** What the names of all topics, groups and transactions on the brokers begin with: at most 100 letters, digits, dots, hyphens and underscores. Default: nothing, so that a topic is called there as it is here. */
  prefix?: string;
  /** Copies of each topic that is made, 1 to 15. Default 3; with one broker 1. */
  replication?: number;
  /**
   * How values of records are written: `json` (the default), `avro`, or `columnar` for topics that Millrace alone writes and reads.
   * One for all, or a default with others by name of the topic. Each record says how it was written, so that this may be changed at any time.
   */
  values?: ValueFormat | { default?: ValueFormat; topics?: Readonly<Record<string, ValueFormat>> };
  /** Default: no encryption. */
  tls?: boolean | KafkaTls;
  sasl?: KafkaSasl;
}

export interface PostgresStateOptions extends PostgresPlace {
  /** Where its tables are; made when it is not there. Projects that share a database have each its own. Default: `millrace`. */
  schema?: string;
}

export interface S3FilesOptions {
  /** `s3://bucket/folder`, which is this project's alone. */
  at: string;
  /** How the bucket is reached. Default: as the tools of Amazon find it. */
  connection?: ConnectionDefinition<BucketConnection>;
}

/**
 * The log on Apache Kafka 4 or later.
 * @example profile: { log: kafkaLog({ brokers: ["kafka-1:9092", "kafka-2:9092"], tls: true, sasl: { mechanism: "SCRAM-SHA-512", username: "millrace", password: secret("kafka-password") } }) }
 * @throws MillraceError `MR-MODEL-001` for an option that cannot be
 */
export function kafkaLog(options: KafkaLogOptions): KafkaLogDecl {
  const where = "kafkaLog";
  checkOptions(options, ["brokers", "prefix", "replication", "values", "tls", "sasl"], where);
  const { brokers, prefix = "", values, tls, sasl } = options;
  if (!Array.isArray(brokers) || brokers.length === 0 || !brokers.every((broker) => typeof broker === "string" && /^(\[[0-9a-fA-F:]+\]|[^\s:/@]+):\d{1,5}$/.test(broker))) throw invalid("`brokers` is no list of brokers", where, 'write brokers: ["kafka-1:9092"]');
  if (typeof prefix !== "string" || !/^[A-Za-z0-9._-]{0,100}$/.test(prefix)) throw invalid(`${JSON.stringify(prefix)} is no prefix`, where, "use at most 100 letters, digits, dots, hyphens and underscores");
  return {
    kind: "kafka",
    brokers: [...brokers],
    prefix,
    replication: checkNumber(options.replication, { name: "replication", min: 1, max: 15, fallback: brokers.length === 1 ? 1 : 3, whole: true }, where),
    ...(values !== undefined && { values: formatsOf(values, where) }),
    ...(tls !== undefined && tls !== false && { tls: tlsOf(tls, where) }),
    ...(sasl !== undefined && { sasl: saslOf(sasl, where) }),
  };
}

/**
 * The control plane's state in PostgreSQL 15 or later.
 * @example profile: { state: postgresState({ url: secret("state-url") }) }
 * @throws MillraceError `MR-MODEL-001` for an option that cannot be, or a password that is no secret
 */
export function postgresState(options: PostgresStateOptions): PostgresStateDecl {
  const where = "postgresState";
  checkOptions(options, ["connection", "url", "schema"], where);
  const { schema = "millrace" } = options;
  if (typeof schema !== "string" || !/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) throw invalid(`${JSON.stringify(schema)} is no name for a schema`, where, "use 1 to 63 small letters, digits and underscores; the first no digit");
  return { kind: "postgres", connection: postgresConnection(options, where), schema };
}

/**
 * The lake in a bucket of an S3-compatible store that honours conditions on puts.
 * @example profile: { files: s3Files({ at: "s3://company-lake/shop", connection: connection("lake", { endpoint, accessKeyId: secret("lake-id"), secretAccessKey: secret("lake-key") }) }) }
 * @throws MillraceError `MR-MODEL-001` for an option that cannot be, or a key that is no secret
 */
export function s3Files(options: S3FilesOptions): S3FilesDecl {
  const where = "s3Files";
  checkOptions(options, ["at", "connection"], where);
  const { at } = options;
  if (typeof at !== "string" || !isBucketAddress(at)) throw invalid("`at` is no place in a bucket", where, 'write at: "s3://bucket/folder"');
  const connection = bucketConnection(options.connection, [at], where);
  return { kind: "s3", ...bucketPlace(at, where), ...(connection && { connection }) };
}

function formatsOf(values: unknown, where: string): TopicFormats {
  if (typeof values === "string") return { default: oneFormat(values, where), topics: {} };
  checkOptions(values, ["default", "topics"], `${where}, values`);
  const { default: all = "json", topics = {} } = values as { default?: unknown; topics?: unknown };
  if (typeof topics !== "object" || topics === null || Array.isArray(topics)) throw invalid("topics is no object", `${where}, values`, 'write topics: { orders: "avro" }');
  return { default: oneFormat(all, where), topics: Object.fromEntries(Object.entries(topics).map(([topic, format]) => [topic, oneFormat(format, `${where}, values, topic "${topic}"`)])) };
}

function oneFormat(format: unknown, where: string): ValueFormat {
  if ((valueFormats as readonly unknown[]).includes(format)) return format as ValueFormat;
  throw invalid(`${JSON.stringify(format)} is no format of values`, where, `use one of ${valueFormats.join(", ")}`);
}

function tlsOf(tls: unknown, where: string): KafkaTls {
  if (tls === true) return {};
  checkOptions(tls, ["ca", "cert", "key"], `${where}, tls`);
  const { ca, cert, key } = tls as KafkaTls;
  for (const [name, value] of Object.entries({ ca, cert, key })) if (value !== undefined && typeof value !== "string") throw invalid(`${name} is no text`, `${where}, tls`, "give PEM, or a secret that holds it");
  if ((cert === undefined) !== (key === undefined)) throw invalid("one of cert and key is missing", `${where}, tls`, "give both, or none");
  if (key !== undefined && secretNames(key).length === 0) throw invalid("the key stands in the project", `${where}, tls`, 'name it in place of writing it: key: secret("kafka-key")');
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key }) };
}

const mechanisms: readonly unknown[] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] satisfies KafkaSasl["mechanism"][];

function saslOf(sasl: unknown, where: string): KafkaSasl {
  checkOptions(sasl, ["mechanism", "username", "password"], `${where}, sasl`);
  const { mechanism, username, password } = sasl as KafkaSasl;
  if (!mechanisms.includes(mechanism)) throw invalid(`${JSON.stringify(mechanism)} is no mechanism`, `${where}, sasl`, `use one of ${mechanisms.join(", ")}`);
  if (typeof username !== "string" || username === "") throw invalid("there is no username", `${where}, sasl`, 'write username: "millrace"');
  if (typeof password !== "string" || secretNames(password).length === 0) throw invalid("the password is no secret", `${where}, sasl`, 'name it: password: secret("kafka-password")');
  return { mechanism, username, password };
}
