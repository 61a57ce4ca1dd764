import { setTimeout as pause } from "node:timers/promises";
import { MillraceError } from "../../errors.ts";
import type { BrokerFetch, BrokerPort, FetchedPartition, GroupMember, Heartbeat, HeartbeatAnswer, KafkaPort, OffsetQuery, ProduceBatch, ProducerId, Spot } from "./kafka-port.ts";
import { fault, isPassing, KafkaFault } from "./kafka-port.ts";

export interface ClusterOptions {
  /** `host:port` of brokers to begin with. */
  brokers: string[];
  /** How long a call goes on trying while brokers are away. */
  patienceMs: number;
  replicas?: number;
}

/** A topic as the cluster knows it. */
export interface KafkaTopic {
  name: string;
  /** Kafka's own: a topic made anew under an old name has another. */
  id: string;
  /** The broker that leads each partition; -1: none for now. */
  leaders: number[];
}

const pauseMsMin = 10;
const pauseMsMax = 500;
const concurrentPauseMs = 2;
/** For so long a broker that has just started may not know of a topic. */
export const staleMs = 3_000;

/**
 * All brokers of a Kafka as one: each request finds its way to the broker that leads the partition, or coordinates the
 * group or transaction, and is made again while brokers move, restart or do not answer.
 *
 * Whatever it calls rejects with `KafkaFault` when Kafka refuses for good, and with `MR-LOG-009` when patience has run out.
 */
export class KafkaCluster {
  readonly port: KafkaPort;
  readonly #options: ClusterOptions;
  readonly #addresses = new Map<number, { host: string; port: number }>();
  readonly #shared = new Map<number, Promise<BrokerPort>>();
  /**
   * Connections on which nobody waits now, for records or for copies of what was written: a broker answers one request of a
   * connection after the other, and what is quick must not wait behind what is not.
   */
  readonly #idle = new Map<number, BrokerPort[]>();
  readonly #open = new Set<BrokerPort>();
  readonly #topics = new Map<string, KafkaTopic>();
  readonly #coordinators = new Map<string, number>();
  #closed = false;

  constructor(port: KafkaPort, options: ClusterOptions) {
    this.port = port;
    this.#options = options;
  }

  /** The topics of these names that are there, fresh from a broker. */
  topics(names: string[]): Promise<KafkaTopic[]> {
    return this.#patiently("its topics", async () => {
      const { brokers, topics } = await (await this.#any()).metadata(names);
      this.#addresses.clear();
      for (const { id, host, port } of brokers) this.#addresses.set(id, { host, port });
      for (const name of names) this.#topics.delete(name);
      for (const topic of topics) if (topic.leaders.length > 0) this.#topics.set(topic.name, topic);
      return topics.filter(({ leaders }) => leaders.length > 0);
    });
  }

  /** From memory where it is known. */
  async topic(name: string): Promise<KafkaTopic | undefined> {
    return this.#topics.get(name) ?? (await this.topics([name]))[0];
  }

  /** What is kept of a topic may be out of date. */
  forget(name: string): void {
    this.#topics.delete(name);
  }

  /** @returns false where there is one of that name */
  createTopic(name: string, partitions: number, config: Record<string, string>): Promise<boolean> {
    return this.#patiently(`topic "${name}"`, async () => (await this.#any()).createTopic(name, partitions, config));
  }

  deleteTopic(name: string): Promise<void> {
    return this.#patiently(`topic "${name}"`, async () => (await this.#any()).deleteTopic(name));
  }

  growTopic(name: string, partitions: number): Promise<void> {
    return this.#patiently(`topic "${name}"`, async () => (await this.#any()).growTopic(name, partitions));
  }

  configureTopic(name: string, config: Record<string, string>): Promise<void> {
    return this.#patiently(`topic "${name}"`, async () => (await this.#any()).configure("topic", name, config));
  }

  /** @returns false where the brokers do not let it be so */
  async configureGroup(name: string, config: Record<string, string>): Promise<boolean> {
    try {
      await this.#patiently(`group "${name}"`, async () => (await this.#any()).configure("group", name, config));
      return true;
    } catch (error) {
      if (error instanceof KafkaFault && wishes.has(error.code)) return false;
      throw error;
    }
  }

  /** Waits until the brokers know of a topic what they are to know, and its partitions have leaders. */
  until(name: string, holds: (topic: KafkaTopic | undefined) => boolean): Promise<KafkaTopic | undefined> {
    return this.#patiently(`topic "${name}"`, async () => {
      const [topic] = await this.topics([name]);
      if (!holds(topic) || topic?.leaders.includes(-1)) throw new KafkaFault(fault.leaderNotAvailable, "not known everywhere yet");
      return topic;
    });
  }

  offsets(at: OffsetQuery, spots: Spot[]): Promise<number[]> {
    return this.#spread(spots, (broker, some) => broker.offsets(at, some));
  }

  sizes(spots: Spot[]): Promise<number[]> {
    return this.#spread(spots, (broker, some) => broker.sizes(some));
  }

  async deleteBefore(spot: Spot, offset: number): Promise<void> {
    await this.#spread([spot], async (broker) => [await broker.deleteBefore(spot, offset)]);
  }

  /**
   * Writes record batches, one for each partition. Tried again as they are: their numbers keep Kafka from taking one twice.
   *
   * @returns the offset of each one's first record
   */
  async produce(transactionalId: string | null, batches: ProduceBatch[]): Promise<number[]> {
    const offsets = new Array<number>(batches.length);
    let left = batches.map((_, i) => i);
    await this.#patiently(`topic "${batches[0]?.topic}"`, async () => {
      const written = await this.#byLeader(left.map((i) => ({ ...batches[i], i })), async (leader, some) => {
        const done = await this.#alone(leader, (broker) => broker.produce(transactionalId, some));
        return done.map((each, n) => ({ ...each, i: some[n].i }));
      });
      for (const { fault: code, offset, i } of written) if (code === 0 || code === fault.duplicateSequence) offsets[i] = offset;
      for (const { fault: code, i } of written) if (code !== 0) this.forget(batches[i].topic);
      const refused = written.filter(({ fault: code }) => code !== 0 && code !== fault.duplicateSequence);
      left = refused.map(({ i }) => i);
      if (refused.length > 0) throw new KafkaFault((refused.find(({ fault: code }) => !isPassing(code)) ?? refused[0]).fault, `a write was refused: Kafka's error ${refused[0].fault}`);
    });
    return offsets;
  }

  /**
   * What stands in the partitions from the offsets on. Answers as soon as one of them has something, or after `waitMs`.
   * Partitions that are being moved to another leader may be missing from the answer.
   */
  async fetch({ spots, bytesMax, waitMs }: BrokerFetch): Promise<FetchedPartition[]> {
    const byLeader = await this.#leaders(spots);
    const ask = (wait: number): Promise<FetchedPartition[]>[] => [...byLeader].map(([leader, some]) => this.#fetchFrom(leader, { spots: some, bytesMax, waitMs: wait }));
    const several = byLeader.size > 1;
    const now = (await Promise.all(ask(several ? 0 : waitMs))).flat();
    if (!several || waitMs === 0 || now.some(isNews)) return now;
    // Several leaders, and nothing anywhere: the first that has something answers for all.
    const first = await firstThat(ask(waitMs), (found) => found.some(isNews));
    return now.map((quiet) => first.find(({ topic, partition }) => topic === quiet.topic && partition === quiet.partition) ?? quiet);
  }

  /** As `fetch`, and again while brokers move or are away. */
  fetchPatiently(request: BrokerFetch): Promise<FetchedPartition[]> {
    return this.#patiently(`topic "${request.spots[0]?.topic}"`, async () => {
      const fetched = await this.fetch(request);
      for (const { topic, fault: code } of fetched) if (isPassing(code)) this.forget(topic);
      if (fetched.length > 0 && fetched.every(({ fault: code }) => isPassing(code))) throw new KafkaFault(fetched[0].fault, "its partitions are being moved");
      return fetched;
    });
  }

  async #fetchFrom(leader: number, request: BrokerFetch): Promise<FetchedPartition[]> {
    try {
      return await this.#alone(leader, (broker) => broker.fetch(request));
    } catch (error) {
      for (const { topic } of request.spots) this.forget(topic);
      throw error;
    }
  }

  /** On a connection that nobody else asks anything on meanwhile. */
  async #alone<T>(id: number, ask: (broker: BrokerPort) => Promise<T>): Promise<T> {
    const idle = this.#idle.get(id) ?? [];
    this.#idle.set(id, idle);
    let broker = idle.pop();
    while (broker && !broker.isOpen) broker = idle.pop();
    broker ??= await this.#kept(this.#dial(id));
    try {
      return await ask(broker);
    } finally {
      if (broker.isOpen) idle.push(broker);
    }
  }

  /** Ends what a producer of this id has under way, and shuts it out. */
  initProducer(transactionalId: string | null, timeoutMs: number): Promise<ProducerId> {
    if (transactionalId === null) return this.#patiently("a producer", async () => (await this.#any()).initProducer(null, timeoutMs));
    return this.#atCoordinator("transaction", transactionalId, (broker) => broker.initProducer(transactionalId, timeoutMs));
  }

  commitOffsets(transactionalId: string, producer: ProducerId, group: string, offsets: (Spot & { offset: number })[]): Promise<void> {
    return this.#atCoordinator("group", group, (broker) => broker.commitOffsets(transactionalId, producer, group, offsets));
  }

  endTransaction(transactionalId: string, producer: ProducerId, commit: boolean): Promise<ProducerId> {
    return this.#atCoordinator("transaction", transactionalId, (broker) => broker.endTransaction(transactionalId, producer, commit));
  }

  heartbeat(beat: Heartbeat): Promise<HeartbeatAnswer> {
    return this.#atCoordinator("group", beat.group, (broker) => broker.heartbeat(beat));
  }

  /** In the order of the request; each coordinator is asked for its own. */
  groupMembers(groups: readonly string[]): Promise<GroupMember[][]> {
    return this.#patiently("the members of groups", async () => {
      const coordinators = new Map(await Promise.all(groups.map(async (group) => [group, await this.#coordinator("group", group)] as const)));
      const found = new Map<string, GroupMember[]>();
      const asked = [...Map.groupBy(groups, (group) => coordinators.get(group) as number)].map(async ([id, some]) => {
        try {
          const members = await (await this.#broker(id)).groupMembers(some);
          for (const [i, group] of some.entries()) found.set(group, members[i]);
        } catch (error) {
          for (const group of some) this.#coordinators.delete(`group/${group}`);
          throw error;
        }
      });
      await Promise.all(asked);
      return groups.map((group) => found.get(group) as GroupMember[]);
    });
  }

  close(): void {
    this.#closed = true;
    for (const broker of this.#open) broker.close();
  }

  #atCoordinator<T>(kind: "group" | "transaction", key: string, ask: (broker: BrokerPort) => Promise<T>): Promise<T> {
    return this.#patiently(`${kind} "${key}"`, async () => {
      try {
        return await ask(await this.#broker(await this.#coordinator(kind, key)));
      } catch (error) {
        if (!isConcurrent(error)) this.#coordinators.delete(`${kind}/${key}`);
        throw error;
      }
    });
  }

  /** From memory where it is known. */
  async #coordinator(kind: "group" | "transaction", key: string): Promise<number> {
    const known = `${kind}/${key}`;
    const id = this.#coordinators.get(known) ?? (await (await this.#any()).coordinator(kind, key));
    // One that joined later, or before anything else was asked.
    if (!this.#addresses.has(id)) await this.topics([]);
    this.#coordinators.set(known, id);
    return id;
  }

  /** Asks the leaders of the partitions, each for its own, and gives the answers in the order of the request. */
  async #spread<S extends Spot, T>(spots: S[], ask: (broker: BrokerPort, some: S[]) => Promise<T[]>): Promise<T[]> {
    if (spots.length === 0) return [];
    const numbered = spots.map((spot, i) => ({ ...spot, i }));
    const found = await this.#patiently(`topic "${spots[0].topic}"`, () => this.#byLeader(numbered, async (leader, some) => (await ask(await this.#broker(leader), some)).map((answer, n) => ({ answer, i: some[n].i }))));
    const answers = new Array<T>(spots.length);
    for (const { answer, i } of found) answers[i] = answer;
    return answers;
  }

  async #byLeader<S extends Spot, T>(spots: S[], ask: (leader: number, some: S[]) => Promise<T[]>): Promise<T[]> {
    const asked = [...(await this.#leaders(spots))].map(async ([leader, some]) => {
      try {
        return await ask(leader, some);
      } catch (error) {
        for (const { topic } of some) this.forget(topic);
        throw error;
      }
    });
    return (await Promise.all(asked)).flat();
  }

  async #leaders<S extends Spot>(spots: S[]): Promise<Map<number, S[]>> {
    const unknown = [...new Set(spots.map(({ topic }) => topic))].filter((name) => !this.#topics.has(name));
    if (unknown.length > 0) await this.topics(unknown);
    return Map.groupBy(spots, ({ topic, partition }) => {
      const leader = this.#topics.get(topic)?.leaders[partition];
      if (leader === undefined) throw new KafkaFault(fault.unknownTopic, `there is no partition ${partition} of topic "${topic}"`);
      if (leader >= 0) return leader;
      this.forget(topic);
      throw new KafkaFault(fault.leaderNotAvailable, `partition ${partition} of topic "${topic}" has no leader now`);
    });
  }

  /** Makes a call again while what stands in its way will pass. */
  async #patiently<T>(what: string, call: () => Promise<T>): Promise<T> {
    const began = performance.now();
    for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(Math.max(pauseMs * 2, pauseMsMin), pauseMsMax)) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof KafkaFault)) throw error;
        const waited = performance.now() - began;
        if (!isPassing(error.code) && !(error.code === fault.unknownTopic && waited < staleMs)) throw error;
        if (this.#closed || waited > this.#options.patienceMs) throw this.#unreachable(what, error);
        // A transaction that is just being ended is ended in a few milliseconds.
        if (isConcurrent(error)) pauseMs = concurrentPauseMs;
        await pause(pauseMs * (0.5 + Math.random()));
      }
    }
  }

  #unreachable(what: string, cause: Error): MillraceError {
    return new MillraceError("MR-LOG-009", { what: `Kafka cannot be reached for ${what}: ${cause.message}`, where: `Kafka at ${this.#options.brokers.join(", ")}`, mend: "see whether its brokers run, can be reached from here, and want `tls` or `sasl`; `millrace doctor` tells", retryable: true, cause });
  }

  /** A broker that answers, whichever. */
  async #any(): Promise<BrokerPort> {
    for (const id of this.#shared.keys()) {
      const broker = await this.#broker(id).catch(() => undefined);
      if (broker) return broker;
    }
    for (const id of this.#addresses.keys()) {
      const broker = await this.#broker(id).catch(() => undefined);
      if (broker) return broker;
    }
    return this.#begin();
  }

  async #begin(): Promise<BrokerPort> {
    let failure: unknown;
    for (const [i, address] of this.#options.brokers.entries()) {
      const at = address.lastIndexOf(":");
      try {
        return await this.#shareAs(firstId - i, () => this.port.open(address.slice(0, at), Number(address.slice(at + 1))));
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #broker(id: number): Promise<BrokerPort> {
    return this.#shareAs(id, () => this.#dial(id));
  }

  /** One connection for all whose requests are answered at once. */
  async #shareAs(id: number, dial: () => Promise<BrokerPort>): Promise<BrokerPort> {
    for (;;) {
      const known = this.#shared.get(id) ?? this.#kept(dial());
      this.#shared.set(id, known);
      const broker = await known.catch((error: unknown) => {
        this.#forgetShared(id, known);
        throw error;
      });
      if (broker.isOpen) return broker;
      this.#forgetShared(id, known);
    }
  }

  #forgetShared(id: number, known: Promise<BrokerPort>): void {
    if (this.#shared.get(id) === known) this.#shared.delete(id);
  }

  async #dial(id: number): Promise<BrokerPort> {
    const address = this.#addresses.get(id);
    if (!address) throw new KafkaFault(fault.unreachable, `broker ${id} is away`);
    return this.port.open(address.host, address.port);
  }

  async #kept(dialling: Promise<BrokerPort>): Promise<BrokerPort> {
    const broker = await dialling;
    if (this.#closed) {
      broker.close();
      throw new KafkaFault(fault.unreachable, "the log is closed");
    }
    for (const old of this.#open) if (!old.isOpen) this.#open.delete(old);
    this.#open.add(broker);
    return broker;
  }
}

/** Connections to the addresses that were given, not to a broker by its number. */
const firstId = -10;

/** What a broker answers that has other limits, is older, or does not let this identity decide. 35: it does not know the request. */
const wishes = new Set<number>([fault.invalidConfig, fault.groupAuthorization, fault.clusterAuthorization, 35, 42]);

const isConcurrent = (error: unknown): boolean => error instanceof KafkaFault && error.code === fault.concurrentTransactions;

const isNews = ({ fault: code, records }: FetchedPartition): boolean => code !== 0 || records.byteLength > 0;

/** The first result that is wanted; where none is, all of them together. */
async function firstThat<T>(calls: Promise<T[]>[], wanted: (found: T[]) => boolean): Promise<T[]> {
  const all = Promise.all(calls).then((found) => found.flat());
  const one = new Promise<T[]>((resolve) => {
    for (const call of calls) call.then((found) => wanted(found) && resolve(found), () => undefined);
  });
  // Whoever comes later has nobody who listens.
  all.catch(() => undefined);
  return Promise.race([one, all]);
}
