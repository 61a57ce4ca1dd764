import { setTimeout as pause } from "node:timers/promises";
import { MillraceError } from "../../errors.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { ProducerId, Spot } from "./kafka-port.ts";
import { fault, KafkaFault } from "./kafka-port.ts";
import type { RecordBatch } from "./record-batch.ts";
import { stamp } from "./record-batch.ts";

export interface Outgoing extends Spot {
  batch: RecordBatch;
}

/** What is written in one transaction. */
export interface Transaction {
  /** @returns the offset of each batch's first record */
  send(batches: readonly Outgoing[]): Promise<number[]>;
  /** Positions of a group, for those who look at them from outside. */
  commitOffsets(group: string, offsets: (Spot & { offset: number })[]): Promise<void>;
}

/**
 * How long what was committed is waited for until readers see it: as long as a slow broker takes. Behind a transaction whose writer
 * has died it would take longer.
 */
const visibleMsMax = 2_000;
/** Bytes of one request; brokers take 100 MiB. */
const requestBytesMax = 64 * 1024 * 1024;

/**
 * Writes transactions, one after the other, under an id of its own. Whoever takes the same id afterwards ends what this one
 * has under way and shuts it out.
 */
export class TransactionalProducer {
  readonly #cluster: KafkaCluster;
  readonly #id: string;
  readonly #timeoutMs: number;
  #producer: ProducerId | undefined;
  #sequences = new Map<string, number>();
  /** What became of the last transaction is not known: another one might be written into it. */
  #isBroken = false;

  constructor(cluster: KafkaCluster, transactionalId: string, timeoutMs: number) {
    this.#cluster = cluster;
    this.#id = transactionalId;
    this.#timeoutMs = timeoutMs;
  }

  /** Takes the id: others that hold it are shut out. Without it, the first transaction does. */
  async begin(): Promise<void> {
    this.#producer = await this.#cluster.initProducer(this.#id, this.#timeoutMs);
    this.#sequences.clear();
  }

  /**
   * Runs `work` and makes all that it wrote visible at once, or nothing of it.
   *
   * @param visibleMs - how long to wait until readers see it, once it is made
   * @throws MillraceError `MR-LOG-006` when the id has been taken by another, or after one that could not be ended; `-009` when Kafka cannot be reached for long:
   *   then it is not known whether the transaction was made
   */
  async run<T>(work: (transaction: Transaction) => Promise<T>, visibleMs = visibleMsMax): Promise<T> {
    if (this.#isBroken) throw shutOut(this.#id, undefined);
    if (!this.#producer) await this.begin();
    const producer = this.#producer as ProducerId;
    const ends = new Map<string, Spot & { end: number }>();
    let wrote = false;
    try {
      const result = await work({
        send: async (batches) => {
          wrote = true;
          const offsets = await this.#send(producer, batches);
          for (const [i, { topic, partition, batch }] of batches.entries()) ends.set(`${topic}/${partition}`, { topic, partition, end: offsets[i] + batch.count });
          return offsets;
        },
        commitOffsets: (group, offsets) => {
          wrote = true;
          return this.#cluster.commitOffsets(this.#id, producer, group, offsets);
        },
      });
      if (wrote) await this.#end(producer, true);
      await this.#visible([...ends.values()], visibleMs);
      return result;
    } catch (error) {
      if (wrote) await this.#end(producer, false).catch(() => (this.#isBroken = true));
      if (isShutOut(error)) throw shutOut(this.#id, error);
      throw asMillrace(error, this.#id);
    }
  }

  async #end(producer: ProducerId, commit: boolean): Promise<void> {
    this.#producer = await this.#cluster.endTransaction(this.#id, producer, commit);
    // The next transaction is written in a new epoch, which counts from the beginning.
    this.#sequences.clear();
  }

  /**
   * Kafka answers when a transaction is decided, and shows it a moment later. Who has committed reads what it wrote; but
   * nobody waits for long because somebody else's transaction stands open in front of it.
   */
  async #visible(ends: (Spot & { end: number })[], visibleMs: number): Promise<void> {
    const until = performance.now() + visibleMs;
    for (let left = ends; left.length > 0 && performance.now() < until; ) {
      const found = await this.#cluster.offsets("end", left).catch(() => undefined);
      if (!found) return;
      left = left.filter(({ end }, i) => found[i] < end);
      if (left.length > 0) await pause(1);
    }
  }

  /** Several batches of one partition go one behind the other, in the order given. */
  async #send(producer: ProducerId, batches: readonly Outgoing[]): Promise<number[]> {
    const offsets = new Array<number>(batches.length);
    for (const request of requestsOf(batches)) {
      for (const i of request) stamp(batches[i].batch, producer, this.#next(batches[i]), true, this.#cluster.port.checksum);
      const written = await this.#cluster.produce(this.#id, request.map((i) => ({ topic: batches[i].topic, partition: batches[i].partition, bytes: batches[i].batch.bytes })));
      for (const [n, i] of request.entries()) offsets[i] = written[n];
    }
    return offsets;
  }

  #next({ topic, partition, batch }: Outgoing): number {
    const spot = `${topic}/${partition}`;
    const sequence = this.#sequences.get(spot) ?? 0;
    this.#sequences.set(spot, sequence + batch.count);
    return sequence;
  }
}

/** Which batches go together: of each partition one, and no more bytes than a broker takes. */
function requestsOf(batches: readonly Outgoing[]): number[][] {
  const requests: { has: Set<string>; bytes: number; batches: number[] }[] = [];
  for (const [i, { topic, partition, batch }] of batches.entries()) {
    const spot = `${topic}/${partition}`;
    const bytes = batch.bytes.byteLength;
    // Behind the last one that writes there, so that order holds.
    const behind = requests.findLastIndex(({ has }) => has.has(spot)) + 1;
    let request = requests.find((each, n) => n >= behind && each.bytes + bytes <= requestBytesMax);
    if (!request) requests.push((request = { has: new Set(), bytes: 0, batches: [] }));
    request.has.add(spot);
    request.bytes += bytes;
    request.batches.push(i);
  }
  return requests.map(({ batches: some }) => some);
}

/** Writes without a transaction, each batch once however often it is sent. */
export class IdempotentProducer {
  readonly #cluster: KafkaCluster;
  #producer: ProducerId | undefined;
  readonly #sequences = new Map<string, number>();

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
  }

  /** @returns the offset of the batch's first record */
  async send({ topic, partition, batch }: Outgoing): Promise<number> {
    this.#producer ??= await this.#cluster.initProducer(null, 0);
    const spot = `${topic}/${partition}`;
    const sequence = this.#sequences.get(spot) ?? 0;
    stamp(batch, this.#producer, sequence, false, this.#cluster.port.checksum);
    try {
      const [offset] = await this.#cluster.produce(null, [{ topic, partition, bytes: batch.bytes }]);
      this.#sequences.set(spot, (sequence + batch.count) % 2 ** 31);
      return offset;
    } catch (error) {
      // What became of it is not known: the next one begins as another producer, or its number might be taken.
      this.#producer = undefined;
      this.#sequences.clear();
      throw asMillrace(error, `topic "${topic}", partition ${partition}`);
    }
  }
}

/** 49: the id belongs to another producer by now. */
const shuttingOut: number[] = [fault.invalidProducerEpoch, fault.producerFenced, fault.invalidTransactionState, fault.unknownProducer, 49];

const isShutOut = (error: unknown): boolean => error instanceof KafkaFault && shuttingOut.includes(error.code);

function shutOut(id: string, cause: unknown): MillraceError {
  return new MillraceError("MR-LOG-006", { what: "Kafka has shut this producer out", where: `transactional id "${id}"`, mend: "nothing to do: another process has taken over, or this one was silent for too long; it starts anew", cause });
}

/** What Kafka refuses for good, in Millrace's words. */
export function asMillrace(error: unknown, where: string): unknown {
  if (!(error instanceof KafkaFault)) return error;
  switch (error.code) {
    case fault.topicAuthorization:
    case fault.groupAuthorization:
    case fault.clusterAuthorization:
    case fault.transactionalIdAuthorization:
      return new MillraceError("MR-LOG-008", { what: `Kafka does not allow this: ${error.message}`, where, mend: "give the identity the ACLs that docs/kafka.md lists", cause: error });
    case fault.untrusted:
      return new MillraceError("MR-LOG-009", { what: `the broker's certificate is not trusted: ${error.message}`, where, mend: "give the certificate of whoever signed it as `tls.ca`, and name the brokers as it names them", cause: error });
    case fault.saslMechanism:
    case fault.saslAuthentication:
      return new MillraceError("MR-LOG-008", { what: `Kafka does not know who this is: ${error.message}`, where, mend: "see the mechanism, the name and the password under `sasl`", cause: error });
    case fault.unknownTopic:
      return new MillraceError("MR-LOG-003", { what: `Kafka has no such topic or partition: ${error.message}`, where, mend: "declare it, and `millrace apply`", cause: error });
    case fault.tooLarge:
    case fault.invalidRecord:
    case 18:
      return new MillraceError("MR-LOG-011", { what: `Kafka does not take this: ${error.message}`, where, mend: "write less at once, and records of compacted topics with keys", cause: error });
    default:
      return new MillraceError("MR-LOG-009", { what: `Kafka refuses: ${error.message} (its error ${error.code})`, where, mend: "see the brokers' own log", retryable: true, cause: error });
  }
}
