import { randomUUID } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { TopicFormats } from "../../model/value-format.ts";
import type { FilesDriver } from "../../files/driver.ts";
import type { AppendRequest, AppendResult, FetchRequest, FetchResult, GroupInfo, JoinRequest, LogDriver, Member, PartitionInfo, Position, TopicInfo, TopicSpec } from "../driver.ts";
import { Appender } from "./appender.ts";
import { Fetcher } from "./fetcher.ts";
import { type FoundBefore, groupInfos, joinedAs, taskStandings } from "./group-standings.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import { KafkaMember, left, type MemberParts } from "./kafka-member.ts";
import type { Spot } from "./kafka-port.ts";
import { fault, KafkaFault } from "./kafka-port.ts";
import { KafkaNames } from "./names.ts";
import { asMillrace, TransactionalProducer } from "./producer.ts";
import { RecordBatchWriter } from "./record-batch.ts";
import { type KnownTopic, Registry } from "./registry.ts";
import type { Warn } from "./state-snapshots.ts";
import { TaskClaims } from "./task-claims.ts";
import { addTaskRecord, type StoredPosition, type TaskRecord } from "./task-record.ts";

export interface KafkaLogOptions {
  prefix?: string;
  transactionMs: number;
  /** How values of records are written. Default: all as JSON. */
  formats?: TopicFormats;
  /** Where snapshots of states are stored, for every machine that a stage may come to; absent: in Kafka. */
  files?: FilesDriver;
  /** Told what went wrong beside the work. */
  warn?: Warn;
}

/**
 * The log on Apache Kafka. A topic is a topic of Kafka, a record is a record, an epoch is a transaction; offsets have gaps
 * where Kafka writes down how transactions ended.
 */
export class KafkaLog implements LogDriver {
  readonly #parts: MemberParts;
  readonly #appender: Appender;
  readonly #fetcher: Fetcher;
  readonly #members = new Set<KafkaMember>();
  readonly #foundBefore: FoundBefore = new Map();

  constructor(cluster: KafkaCluster, { prefix, transactionMs, formats, files, warn = () => undefined }: KafkaLogOptions) {
    const names = new KafkaNames(prefix);
    const registry = new Registry(cluster, names, { transactionMs, formats });
    this.#parts = { cluster, names, registry, transactionMs, files, warn };
    this.#appender = new Appender(cluster, registry, names.transactionalId("millrace.append", randomUUID()), transactionMs);
    this.#fetcher = new Fetcher(cluster, registry);
  }

  async ensureTopic(spec: TopicSpec): Promise<void> {
    if (!(Number.isInteger(spec.partitions) && spec.partitions >= 1)) throw new MillraceError("MR-LOG-004", { what: `a topic cannot have ${spec.partitions} partitions`, where: `topic "${spec.name}"`, mend: "give it a whole number of them, from 1 on" });
    await this.#inWords(`topic "${spec.name}"`, () => this.#parts.registry.ensureTopic(spec));
  }

  deleteTopic(name: string): Promise<void> {
    return this.#inWords(`topic "${name}"`, () => this.#parts.registry.deleteTopic(name));
  }

  async topics(): Promise<TopicInfo[]> {
    const { registry, cluster } = this.#parts;
    return this.#inWords("the list of topics", async () => {
      await registry.refresh();
      const known = registry.topics;
      const there = known.length === 0 ? [] : await cluster.topics(known.map(({ name }) => name));
      const standing = known.filter(({ id }) => there.some((topic) => topic.id === id));
      return (await this.#infos(standing)).sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    });
  }

  topic(name: string): Promise<TopicInfo> {
    return this.#inWords(`topic "${name}"`, async () => (await this.#infos([await this.#parts.registry.topic(name)]))[0]);
  }

  async #infos(known: KnownTopic[]): Promise<TopicInfo[]> {
    const { cluster } = this.#parts;
    const spots = known.flatMap(({ name: topic, spec }) => Array.from({ length: spec.partitions }, (_, partition): Spot => ({ topic, partition })));
    const [starts, ends, sizes] = await Promise.all([cluster.offsets("start", spots), cluster.offsets("end", spots), cluster.sizes(spots)]);
    let at = 0;
    return known.map(({ spec }) => ({
      ...spec,
      partitionInfo: Array.from({ length: spec.partitions }, (_, partition): PartitionInfo => {
        const i = at++;
        const [start, end] = [starts[i], ends[i]];
        // What Kafka counts are offsets: the few that are none of ours are not worth reading all of them. The latest time that it knows is that of the last transaction's end.
        return { partition, start, end, records: end - start, bytes: sizes[i] };
      }),
    }));
  }

  append({ outputs }: AppendRequest): Promise<AppendResult> {
    return this.#inWords("a write to Kafka", () => this.#appender.append(outputs));
  }

  fetch(request: FetchRequest): Promise<FetchResult> {
    return this.#fetcher.fetch(request);
  }

  offsetForTime(topic: string, partition: number, timestampMs: number): Promise<number> {
    return this.#inWords(`topic "${topic}"`, async () => {
      const { name } = await this.#parts.registry.requirePartition(topic, partition);
      const spot: Spot = { topic: name, partition };
      const [[offset], [end]] = await Promise.all([this.#parts.cluster.offsets({ timeMs: timestampMs }, [spot]), this.#parts.cluster.offsets("end", [spot])]);
      return offset < 0 ? end : this.#recordFrom({ topic, partition, offset });
    });
  }

  /** The first record at an offset or behind it that is no marker: these have a time, and no event. */
  async #recordFrom(position: Position): Promise<number> {
    for (let { offset } = position; ; ) {
      const { entries } = await this.#fetcher.fetch({ partitions: [{ ...position, offset }], bytesMax: 1, waitMs: 0 });
      const marker = entries[0]?.batch === undefined ? entries[0] : undefined;
      if (!marker) return offset;
      offset = marker.next;
    }
  }

  positions(group: string): Promise<Position[]> {
    return this.#inWords(`group "${group}"`, async () => (await taskStandings(this.#parts, [group]))[0].flatMap(({ positions }) => positions));
  }

  groups(): Promise<GroupInfo[]> {
    return this.#inWords("the list of groups", async () => {
      await this.#parts.registry.refresh();
      return groupInfos(this.#parts, this.#parts.registry.groups, this.#foundBefore);
    });
  }

  seek(group: string, positions: Position[]): Promise<void> {
    return this.#inWords(`group "${group}"`, async () => {
      const { registry } = this.#parts;
      for (const { topic, partition, offset } of positions) {
        await registry.requirePartition(topic, partition);
        if (!(Number.isSafeInteger(offset) && offset >= 0)) throw new MillraceError("MR-LOG-011", { what: `${offset} is no offset`, where: `topic "${topic}", partition ${partition}`, mend: "name a whole number from 0 on" });
      }
      const tasks = [...new Set(positions.map(({ partition }) => partition))];
      const known = registry.group(group);
      await registry.ensureState(group, Math.max(known?.tasks ?? 1, ...tasks.map((task) => task + 1)));
      if (!known) await registry.keepGroup({ group, topics: [...new Set(positions.map(({ topic }) => topic))], tasks: Math.max(...tasks) + 1 });
      while (!(await this.#move(group, tasks, positions)));
      await this.#evict(group, () => true);
    });
  }

  /** Takes the tasks from their owners, writes where they are to stand, and lets them go. @returns false when somebody took them meanwhile */
  async #move(group: string, tasks: number[], positions: Position[]): Promise<boolean> {
    const { cluster, names, transactionMs, registry } = this.#parts;
    const id = names.transactionalId(group, `seek#${randomUUID()}`);
    const producer = new TransactionalProducer(cluster, id, transactionMs);
    try {
      const claimed = await new TaskClaims(this.#parts, names.state(group), id, producer).claim(tasks, 0);
      const moved = await Promise.all(claimed.map(async ([task, record]) => ({ task, record: await movedTo(record, positions.filter(({ partition }) => partition === task), registry) })));
      await producer.run((transaction) =>
        transaction.send(
          moved.map(({ task, record }) => {
            const writer = new RecordBatchWriter();
            addTaskRecord(writer, { ...record, owner: undefined });
            return { topic: names.state(group), partition: task, batch: writer.finish() };
          }),
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof MillraceError && error.code === "MR-LOG-006") return false;
      throw error;
    }
  }

  dismiss = (group: string, isDead: (member: string) => boolean): Promise<void> => this.#inWords(`group "${group}"`, () => this.#evict(group, isDead));

  /** Members that have lost their tasks hear of it at once, and not when they next commit. */
  async #evict(group: string, isMeant: (member: string) => boolean): Promise<void> {
    const { cluster, names } = this.#parts;
    const [members] = await cluster.groupMembers([names.group(group)]);
    for (const { member } of members.filter(({ member }) => isMeant(joinedAs(member)))) {
      await cluster.heartbeat({ group: names.group(group), member, epoch: left, rebalanceMs: 1_000 }).catch((error: unknown) => {
        if (!(error instanceof KafkaFault && error.code === fault.unknownMember)) throw error;
      });
    }
  }

  async join(request: JoinRequest): Promise<Member> {
    const member: KafkaMember = await this.#inWords(`group "${request.group}"`, () => KafkaMember.join(this.#parts, request, () => this.#members.delete(member)));
    this.#members.add(member);
    return member;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.close()));
    this.#parts.cluster.close();
  }

  async #inWords<T>(where: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asMillrace(error, where);
    }
  }
}

async function movedTo(record: TaskRecord, positions: Position[], registry: Registry): Promise<TaskRecord> {
  const all = new Map(record.positions.map((position) => [position.topic, position]));
  for (const { topic, offset, metadata } of positions) all.set(topic, { topic, offset, metadata, id: (await registry.topic(topic)).id } satisfies StoredPosition);
  return { ...record, positions: [...all.values()] };
}
