/**
 * The few requests of Kafka's protocol that the log is made of, each to one broker and tried once. Which broker is the right
 * one, and what is tried again, is known above: see `KafkaCluster`.
 *
 * Every call rejects with `KafkaFault`.
 */
export interface BrokerPort {
  /** All brokers, and the topics named: those that are there. */
  metadata(topics: string[] | "all"): Promise<ClusterView>;
  /** What the whole cluster has agreed on: features and their levels. */
  features(): Promise<Map<string, number>>;
  /** A setting of a broker; undefined where it has none of that name, or does not tell. */
  setting(broker: number, name: string): Promise<string | undefined>;
  coordinator(kind: "group" | "transaction", key: string): Promise<number>;
  /** @returns false where there is one of that name */
  createTopic(name: string, partitions: number, config: Record<string, string>): Promise<boolean>;
  deleteTopic(name: string): Promise<void>;
  growTopic(name: string, partitions: number): Promise<void>;
  configure(kind: "topic" | "group", name: string, config: Record<string, string>): Promise<void>;
  /** Makes `offset` the first that can be read. */
  deleteBefore(spot: Spot, offset: number): Promise<void>;
  /** Readers' view: records of open transactions do not count. -1: there is none. */
  offsets(at: OffsetQuery, spots: Spot[]): Promise<number[]>;
  /** Bytes on the broker's disk, in the order of the request. */
  sizes(spots: Spot[]): Promise<number[]>;
  /** Writes to all its copies what stands in record batches, one for each partition. */
  produce(transactionalId: string | null, batches: ProduceBatch[]): Promise<Produced[]>;
  fetch(request: BrokerFetch): Promise<FetchedPartition[]>;
  /** Ends what a producer of this id has under way, and shuts it out. */
  initProducer(transactionalId: string | null, timeoutMs: number): Promise<ProducerId>;
  commitOffsets(transactionalId: string, producer: ProducerId, group: string, offsets: (Spot & { offset: number })[]): Promise<void>;
  /** @returns the producer as which the next transaction is written */
  endTransaction(transactionalId: string, producer: ProducerId, commit: boolean): Promise<ProducerId>;
  /** Joins a group (epoch 0), stays in it, or leaves it (epoch -1). */
  heartbeat(beat: Heartbeat): Promise<HeartbeatAnswer>;
  /** Of groups that it coordinates, in the order of the request; of one that nobody has joined, none. */
  groupMembers(groups: string[]): Promise<GroupMember[][]>;
  readonly isOpen: boolean;
  close(): void;
}

/** What opens connections, and what the library brings that is no request. */
export interface KafkaPort {
  open(host: string, port: number): Promise<BrokerPort>;
  /** CRC-32C. */
  checksum(bytes: Uint8Array): number;
  /** @param codec - as in the attributes of a record batch: 1 gzip, 2 snappy, 3 lz4, 4 zstd */
  decompress(codec: number, bytes: Uint8Array): Uint8Array;
}

export interface Spot {
  topic: string;
  partition: number;
}

export interface ClusterView {
  brokers: { id: number; host: string; port: number }[];
  topics: { name: string; id: string; /** By partition; -1: none for now. */ leaders: number[] }[];
}

/** Where to look: an end of the partition, or the first record at or after a time. */
export type OffsetQuery = "start" | "end" | { timeMs: number };

export interface ProduceBatch extends Spot {
  bytes: Uint8Array;
}

export interface Produced {
  /** 0: written. */
  fault: number;
  /** Of the batch's first record; -1 where it is not known. */
  offset: number;
}

export interface BrokerFetch {
  spots: (Spot & { offset: number })[];
  bytesMax: number;
  /** How long to wait while there is nothing. */
  waitMs: number;
}

export interface FetchedPartition extends Spot {
  /** 0: none. */
  fault: number;
  /** One past the last offset that can be read. */
  end: number;
  aborted: { producer: bigint; firstOffset: number }[];
  /** Record batches as stored; the last one may be cut off. */
  records: Uint8Array;
}

export interface ProducerId {
  id: bigint;
  epoch: number;
}

export interface Heartbeat {
  group: string;
  member: string;
  epoch: number;
  /** Sent in full when joining and when it changed. */
  topics?: string[];
  /** What the member holds; sent when it changed. */
  owned?: { id: string; partitions: number[] }[];
  rebalanceMs: number;
}

export interface HeartbeatAnswer {
  epoch: number;
  intervalMs: number;
  /** What the member is to hold; absent: as before. */
  assigned?: { id: string; partitions: number[] }[];
}

export interface GroupMember {
  member: string;
  assigned: { topic: string; partitions: number[] }[];
}

/** What Kafka, or the way to it, answers instead of what was asked for. */
export class KafkaFault extends Error {
  override readonly name = "KafkaFault";
  /** Kafka's number of it; `unreachable` when no answer came. */
  readonly code: number;

  constructor(code: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Kafka's numbers of what is told apart here. */
export const fault = {
  /** Not one of Kafka's: the connection broke, or no answer came in time. */
  unreachable: -2,
  /** Not one of Kafka's either: the broker's certificate is not one that is trusted here. */
  untrusted: -3,
  unknown: -1,
  offsetOutOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  tooLarge: 10,
  unknownMember: 25,
  topicAuthorization: 29,
  groupAuthorization: 30,
  clusterAuthorization: 31,
  saslMechanism: 33,
  invalidConfig: 40,
  topicExists: 36,
  invalidPartitions: 37,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  concurrentTransactions: 51,
  transactionalIdAuthorization: 53,
  saslAuthentication: 58,
  unknownProducer: 59,
  groupNotFound: 69,
  invalidRecord: 87,
  producerFenced: 90,
  fencedMember: 110,
} as const;

/** Said while a leader or coordinator moves, copies catch up, or a transaction before this one is being ended. */
const passing = new Set<number>([fault.unreachable, fault.leaderNotAvailable, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 41, fault.concurrentTransactions, 56, 72, 74, 75, 78, 88, 100, 103, 106]);

export const isPassing = (code: number): boolean => passing.has(code);
