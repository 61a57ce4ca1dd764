import { isIP } from "node:net";
import type { Connection, Reader, Writer } from "@platformatic/kafka";
import { MillraceError } from "../../errors.ts";
import type { BrokerFetch, BrokerPort, ClusterView, FetchedPartition, GroupMember, Heartbeat, HeartbeatAnswer, KafkaPort, OffsetQuery, ProduceBatch, Produced, ProducerId, Spot } from "./kafka-port.ts";
import { fault, KafkaFault } from "./kafka-port.ts";
import type { KafkaSettings } from "./settings.ts";

/** The library is not among ours: who uses Kafka installs it. This is the only file that knows it. */
type Library = typeof import("@platformatic/kafka");

const connectMs = 5_000;
/** Longer than any wait that is asked of a broker. A broker that is silent for this long is taken for gone. */
const answerMs = 10_000;
/** How long a broker waits for the copies of what is written, before it says that they are missing: then it is asked again. */
const copiesMs = 5_000;
const adminMs = 9_000;

/** Kafka by way of `@platformatic/kafka`. @throws MillraceError `MR-CONNECT-005` without that library */
export async function kafkaClient({ brokers, sasl, tls, client = "millrace", replicas = -1 }: KafkaSettings): Promise<KafkaPort> {
  const library = await import("@platformatic/kafka").catch((cause: unknown) => {
    throw new MillraceError("MR-CONNECT-005", { what: "the library for Kafka is not installed", where: `Kafka at ${brokers.join(", ")}`, mend: "npm install @platformatic/kafka", cause });
  });
  const { ca, cert, key, serverName } = typeof tls === "object" ? tls : {};
  const options = {
    connectTimeout: connectMs,
    requestTimeout: answerMs,
    ...(tls !== undefined && { tls: { ca, cert, key } }),
    ...(sasl !== undefined && { sasl }),
  };
  // An address is no name that a client may ask a server for: the certificate is held against it all the same.
  const named = (host: string) => (tls === undefined || (serverName === undefined && isIP(host) !== 0) ? {} : { tlsServerName: serverName ?? true });
  return {
    open: async (host, port) => {
      const connection = new library.Connection(client, { ...options, ...named(host) });
      connection.on("error", () => undefined);
      await asked(() => connection.connect(host, port) as Promise<void>);
      return new Broker(library, connection, replicas);
    },
    checksum: (bytes) => library.crc32c(bytes),
    decompress: (codec, bytes) => {
      const algorithm = Object.values(library.compressionsAlgorithms).find(({ bitmask }) => bitmask === codec);
      if (!algorithm) throw new KafkaFault(fault.unknown, `compression ${codec} is not known`);
      return algorithm.decompressSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  };
}

/** One connection to one broker. */
class Broker implements BrokerPort {
  readonly #library: Library;
  readonly #connection: Connection;
  readonly #replicas: number;

  constructor(library: Library, connection: Connection, replicas: number) {
    this.#library = library;
    this.#connection = connection;
    this.#replicas = replicas;
  }

  get isOpen(): boolean {
    return this.#connection.isConnected();
  }

  close(): void {
    void this.#connection.close().catch(() => undefined);
  }

  async metadata(names: string[] | "all"): Promise<ClusterView> {
    const answer = await this.#even(() => this.#library.metadataV12.api.async(this.#connection, names === "all" ? null : names, false, false));
    const topics = answer.topics.filter(({ errorCode, name }) => name !== null && ![fault.unknownTopic, fault.topicAuthorization].includes(errorCode as 3));
    return {
      brokers: answer.brokers.map(({ nodeId: id, host, port }) => ({ id, host, port })),
      topics: topics.map(({ name, topicId: id, partitions }) => ({ name: name as string, id, leaders: byPartition(partitions) })),
    };
  }

  async features(): Promise<Map<string, number>> {
    const { finalizedFeatures = [] } = await asked(() => this.#library.apiVersionsV4.api.async(this.#connection, "millrace", "1"));
    return new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
  }

  async setting(broker: number, name: string): Promise<string | undefined> {
    const { results } = await this.#even(() => this.#library.describeConfigsV4.api.async(this.#connection, [{ resourceType: 4, resourceName: String(broker), configurationKeys: [name] }], false, false));
    return results[0]?.configs.find((config) => config.name === name)?.value ?? undefined;
  }

  async coordinator(kind: "group" | "transaction", key: string): Promise<number> {
    const { coordinators } = await asked(() => this.#library.findCoordinatorV6.api.async(this.#connection, kind === "group" ? 0 : 1, [key]));
    return coordinators[0].nodeId;
  }

  async createTopic(name: string, partitions: number, config: Record<string, string>): Promise<boolean> {
    const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
    const topic = { name, numPartitions: partitions, replicationFactor: this.#replicas, assignments: [], configs };
    return unless(fault.topicExists, () => this.#library.createTopicsV7.api.async(this.#connection, [topic], adminMs, false));
  }

  async deleteTopic(name: string): Promise<void> {
    await unless(fault.unknownTopic, () => this.#library.deleteTopicsV6.api.async(this.#connection, [{ name }], adminMs));
  }

  async growTopic(name: string, partitions: number): Promise<void> {
    await unless(fault.invalidPartitions, () => this.#library.createPartitionsV3.api.async(this.#connection, [{ name, count: partitions, assignments: null }], adminMs, false));
  }

  async configure(kind: "topic" | "group", name: string, config: Record<string, string>): Promise<void> {
    const configs = Object.entries(config).map(([name, value]) => ({ name, configOperation: 0, value }) as const);
    await asked(() => this.#library.incrementalAlterConfigsV1.api.async(this.#connection, [{ resourceType: kind === "topic" ? 2 : 32, resourceName: name, configs }], false));
  }

  async deleteBefore({ topic, partition }: Spot, offset: number): Promise<void> {
    await asked(() => this.#library.deleteRecordsV2.api.async(this.#connection, [{ name: topic, partitions: [{ partitionIndex: partition, offset: BigInt(offset) }] }], adminMs));
  }

  async offsets(at: OffsetQuery, spots: Spot[]): Promise<number[]> {
    const timestamp = at === "end" ? -1n : at === "start" ? -2n : BigInt(Math.max(0, Math.ceil(at.timeMs)));
    const topics = byTopic(spots, ({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }));
    const answer = await asked(() => this.#library.listOffsetsV9.api.async(this.#connection, -1, readCommitted, topics));
    const found = new Map(answer.topics.flatMap(({ name, partitions }) => partitions.map((partition) => [`${name}/${partition.partitionIndex}`, partition] as const)));
    return spots.map(({ topic, partition }) => Number(found.get(`${topic}/${partition}`)?.offset ?? -1));
  }

  async sizes(spots: Spot[]): Promise<number[]> {
    const topics = byTopic(spots, ({ partition }) => partition);
    const { results } = await asked(() => this.#library.describeLogDirsV4.api.async(this.#connection, topics));
    const sizes = new Map<string, number>();
    for (const { topics } of results) for (const { name, partitions } of topics) for (const { partitionIndex, partitionSize } of partitions) sizes.set(`${name}/${partitionIndex}`, Number(partitionSize));
    return spots.map(({ topic, partition }) => sizes.get(`${topic}/${partition}`) ?? 0);
  }

  produce(transactionalId: string | null, batches: ProduceBatch[]): Promise<Produced[]> {
    return this.#send(0, produceVersion, () => this.#produceRequest(transactionalId, batches), (reader) => readProduced(reader, batches));
  }

  #produceRequest(transactionalId: string | null, batches: ProduceBatch[]): Writer {
    const writer = this.#library.Writer.create().appendString(transactionalId).appendInt16(allCopies).appendInt32(copiesMs);
    const topics = byTopic(batches, (batch) => batch);
    return writer.appendArray(topics, (w, { name, partitions }) => w.appendString(name).appendArray(partitions, (w, { partition, bytes }) => void w.appendInt32(partition).appendBytes(asBuffer(bytes)))).appendTaggedFields();
  }

  fetch(request: BrokerFetch): Promise<FetchedPartition[]> {
    return this.#send(1, fetchVersion, () => this.#fetchRequest(request), readFetched);
  }

  #fetchRequest({ spots, bytesMax, waitMs }: BrokerFetch): Writer {
    const topics = byTopic(spots, (spot) => spot);
    const writer = this.#library.Writer.create().appendInt32(noReplica).appendInt32(waitMs).appendInt32(1).appendInt32(bytesMax).appendInt8(readCommitted).appendInt32(0).appendInt32(-1);
    writer.appendArray(topics, (w, { name, partitions }) => w.appendString(name).appendArray(partitions, (w, { partition, offset }) => void w.appendInt32(partition).appendInt32(-1).appendInt64(BigInt(offset)).appendInt32(-1).appendInt64(-1n).appendInt32(bytesMax)));
    return writer.appendArray([], () => undefined).appendString("").appendTaggedFields();
  }

  async initProducer(transactionalId: string | null, timeoutMs: number): Promise<ProducerId> {
    const { producerId: id, producerEpoch: epoch } = await asked(() => this.#library.initProducerIdV5.api.async(this.#connection, transactionalId, timeoutMs, -1n, -1));
    return { id, epoch };
  }

  async commitOffsets(transactionalId: string, { id, epoch }: ProducerId, group: string, offsets: (Spot & { offset: number })[]): Promise<void> {
    const topics = byTopic(offsets, ({ partition, offset }) => ({ partitionIndex: partition, committedOffset: BigInt(offset), committedLeaderEpoch: -1, committedMetadata: "" }));
    const { createRequest, parseResponse } = this.#library.txnOffsetCommitV4;
    // Version 5 is 4 by another name: by it the broker takes the group into the transaction without being asked to.
    await asked(() => this.#call(28, 5, () => createRequest(transactionalId, group, id, epoch, -1, "", null, topics), (reader) => parseResponse(0, 28, 5, reader)));
  }

  endTransaction(transactionalId: string, { id, epoch }: ProducerId, commit: boolean): Promise<ProducerId> {
    return this.#send(26, 5, () => this.#library.endTxnV4.createRequest(transactionalId, id, epoch, commit), (reader) => {
      reader.readInt32();
      const code = reader.readInt16();
      // While it shuts this producer out for another, the coordinator knows no better answer (its own illegal state): asked again, it says so.
      if (code !== 0) throw new KafkaFault(code === fault.unknown ? fault.concurrentTransactions : code, `a transaction was not ended: Kafka's error ${code}`);
      return { id: reader.readInt64(), epoch: reader.readInt16() };
    });
  }

  async heartbeat({ group, member, epoch, topics, owned, rebalanceMs }: Heartbeat): Promise<HeartbeatAnswer> {
    const held = owned?.map(({ id: topicId, partitions }) => ({ topicId, partitions })) ?? null;
    const { createRequest, parseResponse } = this.#library.consumerGroupHeartbeatV1;
    const answer = await asked(() => this.#call(68, 1, () => createRequest(group, member, epoch, null, null, rebalanceMs, topics ?? null, null, null, held), (reader) => parseResponse(0, 68, 1, reader)));
    return { epoch: answer.memberEpoch, intervalMs: answer.heartbeatIntervalMs, assigned: answer.assignment?.topicPartitions.map(({ topicId: id, partitions }) => ({ id, partitions })) };
  }

  async groupMembers(names: string[]): Promise<GroupMember[][]> {
    if (names.length === 0) return [];
    const answer = await this.#even(() => this.#library.consumerGroupDescribeV0.api.async(this.#connection, names, false));
    const groups = new Map(answer.groups.map((group) => [group.groupId, group]));
    return names.map((name) => {
      const { errorCode, members } = groups.get(name) ?? { errorCode: fault.groupNotFound, members: [] };
      if (errorCode === fault.groupNotFound) return [];
      if (errorCode !== 0) throw new KafkaFault(errorCode, `group "${name}": Kafka's error ${errorCode}`);
      return members.map(({ memberId: member, assignment }) => ({ member, assigned: assignment.topicPartitions.map(({ topicName: topic, partitions }) => ({ topic, partitions })) }));
    });
  }

  /** An answer in which something failed, as it came. */
  async #even<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const answer = (error as { response?: T }).response;
      if (answer !== undefined) return answer;
      throw faultOf(error);
    }
  }

  #send<T>(key: number, version: number, request: () => Writer, parse: (reader: Reader) => T): Promise<T> {
    return asked(() => this.#call(key, version, request, parse));
  }

  #call<T>(key: number, version: number, request: () => Writer, parse: (reader: Reader) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#connection.send(key, version, request, (_id, _key, _version, reader) => parse(reader), true, true, (error, answer) => (error ? reject(error) : resolve(answer as T)));
    });
  }
}

/** From this version on a broker takes a partition into the transaction without being asked to. */
const produceVersion = 12;
/** The last one that names topics by name. */
const fetchVersion = 12;
const readCommitted = 1;
const noReplica = -1;
const allCopies = -1;

function readProduced(reader: Reader, batches: ProduceBatch[]): Produced[] {
  const found = new Map<string, Produced>();
  reader.readArray((r) => {
    const topic = r.readString();
    r.readArray((r) => {
      const partition = r.readInt32();
      const code = r.readInt16();
      found.set(`${topic}/${partition}`, { fault: code, offset: Number(r.readInt64()) });
      r.skip(16);
      r.readArray((r) => (r.readInt32(), r.readNullableString()));
      r.readNullableString();
    });
  });
  return batches.map(({ topic, partition }) => found.get(`${topic}/${partition}`) ?? { fault: fault.unknown, offset: -1 });
}

function readFetched(reader: Reader): FetchedPartition[] {
  reader.readInt32();
  const code = reader.readInt16();
  if (code !== 0) throw new KafkaFault(code, `nothing was fetched: Kafka's error ${code}`);
  reader.readInt32();
  return reader.readArray((r) => {
    const topic = r.readString();
    return r.readArray((r) => readPartition(topic, r));
  }).flat();
}

function readPartition(topic: string, reader: Reader): FetchedPartition {
  const partition = reader.readInt32();
  const code = reader.readInt16();
  reader.readInt64();
  const end = Number(reader.readInt64());
  reader.readInt64();
  const aborted = reader.readNullableArray((r) => ({ producer: r.readInt64(), firstOffset: Number(r.readInt64()) })) ?? [];
  reader.readInt32();
  const bytes = Math.max(0, reader.readUnsignedVarInt() - 1);
  const records = reader.buffer.slice(reader.position, reader.position + bytes);
  reader.skip(bytes);
  return { topic, partition, fault: code, end, aborted, records };
}

function byTopic<S extends Spot, P>(spots: S[], of: (spot: S) => P): { name: string; partitions: P[] }[] {
  return [...Map.groupBy(spots, ({ topic }) => topic)].map(([name, some]) => ({ name, partitions: some.map(of) }));
}

function byPartition(partitions: { partitionIndex: number; leaderId: number }[]): number[] {
  const leaders: number[] = [];
  for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId;
  return leaders;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw faultOf(error);
  }
}

/** @returns false when Kafka answers with `code` */
async function unless(code: number, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await asked(ask);
    return true;
  } catch (error) {
    if (error instanceof KafkaFault && error.code === code) return false;
    throw error;
  }
}

/** Kafka's number stands somewhere in the library's tree of errors; where there is none, no answer came. */
function faultOf(error: unknown): KafkaFault {
  if (error instanceof KafkaFault) return error;
  const answered = withCode(error);
  if (answered) return new KafkaFault(answered.apiCode, answered.serverErrorMessage ?? answered.message, error);
  const reason = innermost(error as Error);
  if (distrust.test((reason as NodeJS.ErrnoException).code ?? "")) return new KafkaFault(fault.untrusted, reason.message.split(";")[0], error);
  return new KafkaFault(fault.unreachable, reason === error ? reason.message : `${(error as Error).message} ${reason.message}`, error);
}

/** How Node's codes of certificates that it does not take look. */
const distrust = /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$/;

/** What the library says of a connection is that it failed; why stands further in. */
function innermost(error: Error): Error {
  const inner = error.cause ?? (error as AggregateError).errors?.[0];
  return inner instanceof Error ? innermost(inner) : error;
}

interface AnsweredError extends Error {
  apiCode: number;
  serverErrorMessage?: string | null;
}

function withCode(error: unknown): AnsweredError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (typeof (error as AnsweredError).apiCode === "number") return error as AnsweredError;
  const inner: unknown[] = [...((error as AggregateError).errors ?? []), error.cause];
  for (const each of inner) {
    const found = withCode(each);
    if (found) return found;
  }
  return undefined;
}
