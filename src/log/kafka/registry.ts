import { setTimeout as pause } from "node:timers/promises";
import { MillraceError } from "../../errors.ts";
import { requireFormat } from "../../model/check-formats.ts";
import { formatOf, type TopicFormats, type ValueFormat } from "../../model/value-format.ts";
import type { TopicSpec } from "../driver.ts";
import { recordsOf } from "./committed.ts";
import { topicBytesMax } from "./entry-encode.ts";
import { type KafkaCluster, type KafkaTopic, staleMs } from "./kafka-cluster.ts";
import type { KafkaNames } from "./names.ts";
import { TransactionalProducer } from "./producer.ts";
import { encodeHeaders, RecordBatchWriter, whole } from "./record-batch.ts";
import { declaredSchema, type NamedSchema, type RecordSchema } from "./record-schemas.ts";

/** A topic as it was declared, and which of Kafka's it is. */
export interface KnownTopic {
  spec: TopicSpec;
  /** Its name in Kafka. */
  name: string;
  /** Kafka's own id: under an old name there may be a new topic. */
  id: string;
  /** In which format its records are written. Absent: `json`. */
  values?: ValueFormat;
  /** In Avro: by which schema records are read that name none. */
  schema?: string;
}

export interface KnownGroup {
  group: string;
  topics: string[];
  tasks: number;
}

const triesMax = 200;

/**
 * What Kafka has no place for, in a compacted topic of its own: declarations of topics, groups and what they read, the
 * columns behind the ids of schemas. Each process keeps a copy and reads on when it misses something.
 *
 * What must not be decided by two at once is written in a transaction under one id for all: who began earlier is shut out,
 * and tries again over what the other one wrote.
 */
export class Registry {
  readonly #cluster: KafkaCluster;
  readonly #names: KafkaNames;
  readonly #timeoutMs: number;
  readonly #formats: TopicFormats | undefined;
  readonly #topics = new Map<string, KnownTopic>();
  readonly #groups = new Map<string, KnownGroup>();
  readonly #schemas = new Map<string, RecordSchema>();
  #read = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #reading: Promise<void> | undefined;
  #ready: Promise<void> | undefined;

  constructor(cluster: KafkaCluster, names: KafkaNames, { transactionMs, formats }: { transactionMs: number; formats?: TopicFormats }) {
    this.#cluster = cluster;
    this.#names = names;
    this.#timeoutMs = transactionMs;
    this.#formats = formats;
  }

  get topics(): KnownTopic[] {
    return [...this.#topics.values()];
  }

  get groups(): KnownGroup[] {
    return [...this.#groups.values()];
  }

  /** Reads what others have written since. Several who want that at once share one reading, if it begins after they ask. */
  async refresh(): Promise<void> {
    await this.#begin();
    const under = this.#reading;
    if (under) await under.catch(() => undefined);
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /** A topic that is declared and there, by its name. From memory where it is known. @throws MillraceError `MR-LOG-003` */
  async topic(name: string): Promise<KnownTopic> {
    const known = this.#topics.get(name);
    if (known && (await this.#cluster.topic(known.name))?.id === known.id) return known;
    return this.#freshTopic(name);
  }

  async #freshTopic(name: string): Promise<KnownTopic> {
    for (const began = performance.now(); ; await pause(50)) {
      await this.refresh();
      const known = this.#topics.get(name);
      const [there] = known ? await this.#cluster.topics([known.name]) : [];
      if (known && there?.id === known.id) return known;
      // One that is written down and not there may be unknown to this one broker only, which has just started.
      if (!known || performance.now() - began > staleMs) throw new MillraceError("MR-LOG-003", { what: `there is no topic named "${name}"`, where: "the log on Kafka", mend: "declare it, and `millrace apply`; `millrace topics list` tells which there are" });
    }
  }

  /** @throws MillraceError `MR-LOG-003`, or `-004` where the topic has no such partition */
  async requirePartition(topic: string, partition: number): Promise<KnownTopic> {
    const known = await this.topic(topic);
    if (Number.isInteger(partition) && partition >= 0 && partition < known.spec.partitions) return known;
    throw new MillraceError("MR-LOG-004", { what: `there is no partition ${partition}`, where: `topic "${topic}", which has ${known.spec.partitions}`, mend: "name a partition from 0 on that the topic has" });
  }

  /** What a group reads, as it said when it last joined. Undefined: it never did. */
  group(name: string): KnownGroup | undefined {
    return this.#groups.get(name);
  }

  async keepGroup(known: KnownGroup): Promise<void> {
    await this.refresh();
    if (JSON.stringify(this.#groups.get(known.group)) === JSON.stringify(known)) return;
    await this.#decide(async (write) => write(`group:${known.group}`, known));
  }

  /** Writes down schemas that nobody has seen yet: others must be able to look them up before they see a record. */
  async keepSchemas(schemas: readonly NamedSchema[]): Promise<void> {
    const isFresh = ({ id }: NamedSchema): boolean => !this.#schemas.has(id);
    if (!schemas.some(isFresh)) return;
    await this.refresh();
    const fresh = new Map(schemas.filter(isFresh).map(({ id, schema }) => [id, schema]));
    if (fresh.size === 0) return;
    await this.#decide(async (write) => {
      for (const [id, schema] of fresh) if (!this.#schemas.has(id)) await write(`schema:${id}`, schema);
    });
  }

  schema(id: string): RecordSchema | undefined {
    return this.#schemas.get(id);
  }

  /** @throws MillraceError `MR-LOG-010` when it is there with another shape */
  async ensureTopic(spec: TopicSpec): Promise<void> {
    const format = this.#formatOf(spec);
    await this.refresh();
    if (await this.#stands(spec, format)) return;
    const declared = format.values === "avro" ? declaredSchema(spec) : undefined;
    if (declared) await this.keepSchemas([declared]);
    await this.#decide(async (write) => {
      if (await this.#stands(spec, format)) return;
      const name = this.#names.topic(spec.name);
      const there = await this.#topicFor(name, spec);
      const known = this.#topics.get(spec.name);
      if (known?.id === there.id) requireSameShape(known.spec, spec);
      await this.#cluster.configureTopic(name, configOf(spec));
      await write(`topic:${spec.name}`, { spec, name, id: there.id, ...format } satisfies KnownTopic);
    });
  }

  #formatOf(spec: TopicSpec): Pick<KnownTopic, "values" | "schema"> {
    const values = formatOf(spec, this.#formats);
    if (values === "json") return {};
    requireFormat({ columns: [], schema: {}, ...spec.decl, ...spec }, values);
    return { values, ...(values === "avro" && spec.decl && { schema: declaredSchema(spec)?.id }) };
  }

  /** Whether all that is asked for is so already. */
  async #stands(spec: TopicSpec, format: Pick<KnownTopic, "values" | "schema">): Promise<boolean> {
    const known = this.#topics.get(spec.name);
    if (!known || (await this.#cluster.topics([known.name]))[0]?.id !== known.id) return false;
    requireSameShape(known.spec, spec);
    return JSON.stringify(known.spec) === JSON.stringify(spec) && known.values === format.values && known.schema === format.schema;
  }

  async #topicFor(name: string, spec: TopicSpec): Promise<KafkaTopic> {
    await this.#cluster.createTopic(name, spec.partitions, configOf(spec));
    const there = await this.#cluster.until(name, (topic) => topic !== undefined) as KafkaTopic;
    if (there.leaders.length === spec.partitions) return there;
    throw otherShape(spec.name, `${there.leaders.length} partitions`, `${spec.partitions}`);
  }

  async deleteTopic(name: string): Promise<void> {
    await this.refresh();
    if (!this.#topics.has(name)) return;
    await this.#decide(async (write) => {
      const known = this.#topics.get(name);
      if (!known) return;
      await this.#cluster.deleteTopic(known.name);
      await this.#cluster.until(known.name, (topic) => topic?.id !== known.id);
      await write(`topic:${name}`, undefined);
    });
  }

  /** Makes the topic that holds the state of a group's tasks, or gives it more partitions. */
  async ensureState(group: string, tasks: number): Promise<KafkaTopic> {
    const name = this.#names.state(group);
    for (;;) {
      const [there] = await this.#cluster.topics([name]);
      if (there && there.leaders.length >= tasks) return there;
      if (there) await this.#cluster.growTopic(name, tasks);
      else await this.#cluster.createTopic(name, tasks, ownConfig);
      await this.#cluster.until(name, (topic) => (topic?.leaders.length ?? 0) >= tasks);
    }
  }

  /** What is decided here is decided by one after the other, in this process and among all. */
  async #decide(work: (write: (key: string, value: unknown) => Promise<void>) => Promise<void>): Promise<void> {
    const turn = this.#turn.catch(() => undefined).then(() => this.#decideAlone(work));
    this.#turn = turn;
    await turn;
  }

  async #decideAlone(work: (write: (key: string, value: unknown) => Promise<void>) => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      const producer = new TransactionalProducer(this.#cluster, this.#names.registry, this.#timeoutMs);
      try {
        // The id is taken first: what others wrote before is read, and what they write afterwards is refused to us.
        await producer.begin();
        await this.refresh();
        await producer.run((transaction) =>
          work(async (key, value) => {
            const writer = new RecordBatchWriter();
            writer.add(Date.now(), whole(Buffer.from(key)), value === undefined ? undefined : whole(Buffer.from(JSON.stringify(value))), encodeHeaders([]));
            await transaction.send([{ topic: this.#names.registry, partition: 0, batch: writer.finish() }]);
          }),
          this.#timeoutMs,
        );
        return await this.refresh();
      } catch (error) {
        if (!(error instanceof MillraceError && error.code === "MR-LOG-006") || tries >= triesMax) throw error;
        await pause(Math.random() * Math.min(20 * tries, 500));
      }
    }
  }

  /** The registry's own topic, made by whoever comes first. */
  #begin(): Promise<void> {
    this.#ready ??= (async () => {
      const name = this.#names.registry;
      const [there] = await this.#cluster.topics([name]);
      if (there) return;
      await this.#cluster.createTopic(name, 1, { ...ownConfig, "cleanup.policy": "compact" });
      await this.#cluster.until(name, (topic) => topic !== undefined);
    })();
    this.#ready.catch(() => {
      this.#ready = undefined;
    });
    return this.#ready;
  }

  async #readOn(): Promise<void> {
    const spot = { topic: this.#names.registry, partition: 0 };
    const [end] = await this.#cluster.offsets("end", [spot]);
    for await (const { key, value, offset } of recordsOf(this.#cluster, [{ ...spot, from: this.#read, to: end }])) {
      this.#take(key, value && (JSON.parse(Buffer.from(value).toString("utf8")) as unknown));
      this.#read = offset + 1;
    }
    this.#read = Math.max(this.#read, end);
  }

  #take(key: string, value: unknown): void {
    const at = key.indexOf(":");
    const name = key.slice(at + 1);
    const kept = { topic: this.#topics, group: this.#groups, schema: this.#schemas }[key.slice(0, at)] as Map<string, unknown> | undefined;
    if (value === undefined) kept?.delete(name);
    else kept?.set(name, value);
  }
}

/** What Kafka must know of a topic. Times of events are not times of writing: neither a late nor an early one is refused. */
function configOf({ retentionMs = -1, retentionBytes = -1, compact }: TopicSpec): Record<string, string> {
  return {
    "retention.ms": String(retentionMs),
    "retention.bytes": String(retentionBytes),
    "cleanup.policy": compact ? "compact" : "delete",
    "message.timestamp.type": "CreateTime",
    "message.timestamp.before.max.ms": unlimited,
    "message.timestamp.after.max.ms": unlimited,
    "max.message.bytes": String(topicBytesMax),
  };
}

const unlimited = String(2n ** 63n - 1n);

/** Of our own topics: nothing goes by itself, and what is removed leaves the disk in pieces that are not too large. */
const ownConfig = { "retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete", "segment.bytes": String(128 * 1024 * 1024), "max.message.bytes": String(topicBytesMax) };

function requireSameShape(known: TopicSpec, spec: TopicSpec): void {
  if (known.partitions !== spec.partitions) throw otherShape(spec.name, `${known.partitions} partitions`, `${spec.partitions}`);
  if (known.key !== spec.key) throw otherShape(spec.name, known.key === undefined ? "no key" : `key "${known.key}"`, spec.key === undefined ? "none" : `"${spec.key}"`);
}

function otherShape(name: string, is: string, wanted: string): MillraceError {
  return new MillraceError("MR-LOG-010", { what: `topic "${name}" is there with ${is}, not ${wanted}`, where: "the log on Kafka", mend: "keep its shape, or give the new one another name" });
}
