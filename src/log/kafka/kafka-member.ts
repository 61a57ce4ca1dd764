import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import type { AppendResult, AssignedTask, Epoch, JoinRequest, Member, StateEntry } from "../driver.ts";
import { encodeAll, offsetsOf, outgoingOf } from "./appender.ts";
import type { EncodedSpots } from "./appender.ts";
import { currentPositions } from "./group-standings.ts";
import type { KafkaCluster } from "./kafka-cluster.ts";
import type { HeartbeatAnswer, Spot } from "./kafka-port.ts";
import { fault, KafkaFault } from "./kafka-port.ts";
import type { KafkaNames } from "./names.ts";
import type { Outgoing, Transaction } from "./producer.ts";
import { asMillrace, TransactionalProducer } from "./producer.ts";
import { RecordBatchWriter } from "./record-batch.ts";
import type { Registry } from "./registry.ts";
import { neededFrom, stateBase, StateSnapshots, type Warn, withSnapshot } from "./state-snapshots.ts";
import { TaskClaims } from "./task-claims.ts";
import type { StoredPosition, TaskRecord } from "./task-record.ts";
import { addTaskRecord, stateBatches, stateFrom } from "./task-record.ts";

/** What members of a group are made of. */
export interface MemberParts {
  cluster: KafkaCluster;
  registry: Registry;
  names: KafkaNames;
  transactionMs: number;
  /** Where snapshots of states are stored; absent: with the changes, in the state topic. */
  files?: FilesDriver;
  warn: Warn;
}

/** How often a member says that it is there, and hears of what it is to hold: at rest, and while tasks are on the move. */
const beatMs = 500;
const beatMsMoving = 50;
/** For how long after the last news tasks are taken to be on the move. */
const movingMs = 2_000;
/** How long a member may take to give up tasks before Kafka takes it for dead. */
const rebalanceMs = 30_000;

interface Waiting {
  epoch: Epoch;
  encoding: Promise<EncodedSpots>;
  done: (result: AppendResult) => void;
  failed: (error: unknown) => void;
}

/** What a transaction says of a task, at the end of what it writes to the task's partition. */
interface NextRecord {
  task: number;
  record: TaskRecord;
  outgoing: Outgoing;
  /** Records of the batch. */
  count: number;
  /** To be stored on files once it is committed. */
  snapshot?: StateEntry;
}

/**
 * A member of a group. Kafka's group coordinator says which tasks are whose: a task is a partition of the group's state
 * topic. Kafka's transactions make sure of it: see `TaskClaims`.
 */
export class KafkaMember implements Member {
  readonly #parts: MemberParts;
  readonly #request: JoinRequest;
  readonly #id: string;
  readonly #tasks: number;
  readonly #state: { name: string; id: string };
  readonly #producer: TransactionalProducer;
  readonly #claims: TaskClaims;
  readonly #snapshots: StateSnapshots | undefined;
  /** What this member holds, and where each stands as far as it has committed. */
  readonly #held = new Map<number, TaskRecord>();
  /** Up to where the partition of a task has been emptied. */
  readonly #trimmed = new Map<number, number>();
  readonly #queue: Waiting[] = [];
  /** Epochs that were refused for a while, with all behind them. */
  #refused: Epoch | undefined;
  #isWorking = false;
  #working: Promise<void> | undefined;
  #epoch = 0;
  #over = false;
  #movedAt = performance.now();
  #wake: () => void = () => undefined;
  #beating: Promise<void> | undefined;
  readonly #onEnd: () => void;

  private constructor(parts: MemberParts, request: JoinRequest, tasks: number, state: { name: string; id: string }, onEnd: () => void) {
    this.#parts = parts;
    this.#request = request;
    this.#tasks = tasks;
    this.#state = state;
    this.#onEnd = onEnd;
    this.#id = `${request.member}#${randomUUID()}`;
    const transactionalId = parts.names.transactionalId(request.group, this.#id);
    this.#producer = new TransactionalProducer(parts.cluster, transactionalId, parts.transactionMs);
    this.#claims = new TaskClaims(parts, state.name, transactionalId, this.#producer);
    const warn: Warn = (text, fields) => parts.warn(text, { group: request.group, ...fields });
    this.#snapshots = parts.files && new StateSnapshots(parts.files, `${parts.names.snapshots(request.group)}/${state.id}`, warn);
  }

  static async join(parts: MemberParts, request: JoinRequest, onEnd: () => void): Promise<KafkaMember> {
    const { registry, names } = parts;
    const topics = await Promise.all(request.topics.map((topic) => registry.topic(topic)));
    const tasks = topics.length === 0 ? (request.tasks ?? 1) : Math.max(...topics.map(({ spec }) => spec.partitions));
    const known = { group: request.group, topics: request.topics, tasks };
    const [{ id }] = await Promise.all([registry.ensureState(request.group, tasks), registry.keepGroup(known), configureGroup(parts, request.group)]);
    const member = new KafkaMember(parts, request, tasks, { name: names.state(request.group), id }, onEnd);
    await member.#enter();
    return member;
  }

  async #enter(): Promise<void> {
    await this.#producer.begin();
    const answer = await this.#beat([]);
    // News are handed on from the next turn on: not before `join` has resolved.
    setImmediate(() => {
      this.#beating = this.#live(answer).catch((error: unknown) => this.#lost(error as Error));
    });
  }

  /** @param owned - tells Kafka what this member holds, and asks for what it is to hold; without it Kafka says so when that changes */
  #beat(owned?: readonly number[]): Promise<HeartbeatAnswer> {
    const { cluster, names } = this.#parts;
    return cluster.heartbeat({
      group: names.group(this.#request.group),
      member: this.#id,
      epoch: this.#epoch,
      topics: owned && [this.#state.name],
      owned: owned && (owned.length === 0 ? [] : [{ id: this.#state.id, partitions: [...owned] }]),
      rebalanceMs,
    });
  }

  /** Takes and gives up tasks as Kafka says, until the member leaves or is out. */
  async #live(answer: HeartbeatAnswer): Promise<void> {
    let owned: readonly number[] = [];
    while (!this.#over) {
      this.#epoch = answer.epoch;
      const wanted = answer.assigned?.flatMap(({ partitions }) => partitions);
      if (wanted && !isSame(wanted, owned)) {
        this.#movedAt = performance.now();
        await this.#giveUp(owned.filter((task) => !wanted.includes(task)));
        const fresh = wanted.filter((task) => !owned.includes(task) && task < this.#tasks);
        owned = wanted;
        if (this.#over) return;
        // Whatever Kafka said while tasks were given up, it says again.
        answer = await this.#beat(owned);
        await this.#take(fresh);
        continue;
      }
      await this.#rest();
      if (!this.#over) answer = await this.#beat();
    }
  }

  #rest(): Promise<unknown> {
    const stop = new AbortController();
    this.#wake = () => stop.abort();
    const ms = performance.now() - this.#movedAt < movingMs ? beatMsMoving : beatMs;
    return pause(ms, undefined, { signal: stop.signal }).catch(() => undefined);
  }

  async #take(tasks: number[]): Promise<void> {
    if (tasks.length === 0) return;
    // Of a task that never committed there is no record, but whoever had it before had it in a lower epoch.
    const claimed = await this.#claims.claim(tasks, this.#epoch);
    if (this.#over) return;
    const assigned = await Promise.all(claimed.map(async ([task, record]): Promise<AssignedTask> => ({ task, fence: record.fence, positions: await currentPositions(this.#parts, record, task) })));
    for (const [task, record] of claimed) this.#held.set(task, record);
    this.#request.onAssigned(assigned);
  }

  async #giveUp(tasks: number[]): Promise<void> {
    const held = tasks.filter((task) => this.#held.has(task));
    if (held.length === 0) return;
    await this.#beatingOn(this.#request.onRevoked(held));
    await this.#idle();
    if (this.#over) return;
    await this.#claims.release(held.map((task) => [task, this.#withStored(task, this.#held.get(task) as TaskRecord)]));
    for (const task of held) this.#held.delete(task);
  }

  /** While something takes its time, Kafka goes on hearing of this member. */
  async #beatingOn(work: Promise<void>): Promise<void> {
    let done = false;
    const ended = work.finally(() => {
      done = true;
      this.#wake();
    });
    ended.catch(() => undefined);
    while (!done && !this.#over) {
      await this.#rest();
      if (!done && !this.#over) this.#epoch = (await this.#beat()).epoch;
    }
    if (!this.#over) await ended;
  }

  /** Waits until nothing is being committed. */
  async #idle(): Promise<void> {
    while (this.#isWorking) await this.#working;
  }

  commit(epoch: Epoch): Promise<AppendResult> {
    return new Promise((done, failed) => {
      const encoding = encodeAll(this.#parts.registry, epoch.outputs);
      encoding.catch(() => undefined);
      this.#queue.push({ epoch, encoding, done, failed });
      if (this.#isWorking) return;
      this.#isWorking = true;
      this.#working = this.#work();
    });
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) await this.#commitNext();
    this.#isWorking = false;
  }

  /** Epochs that wait are committed together: a transaction costs the same for one and for many. */
  async #commitNext(): Promise<void> {
    const round: { waiting: Waiting; encoded: EncodedSpots }[] = [];
    while (this.#queue.length > 0 && round.length < roundMax) {
      const waiting = this.#queue[0];
      try {
        this.#requireInOrder(waiting.epoch);
        this.#requireTasks(waiting.epoch);
        round.push({ waiting, encoded: await waiting.encoding });
        this.#queue.shift();
        // A snapshot tells the state behind all that the transaction writes.
        if (this.#snapshots && waiting.epoch.state?.some(({ kind }) => kind === "snapshot")) break;
      } catch (error) {
        if (round.length > 0) break;
        this.#queue.shift();
        this.#refuse(waiting, error);
        return;
      }
    }
    try {
      const offsets = await this.#commitRound(round);
      for (const [i, { waiting }] of round.entries()) waiting.done({ offsets: offsets[i] });
    } catch (error) {
      for (const { waiting } of round) this.#refuse(waiting, waiting === round[0].waiting ? error : outOfOrder(this.#where));
      if (error instanceof MillraceError && error.code === "MR-LOG-006") this.#lost(error);
    }
  }

  #refuse({ epoch, failed }: Waiting, error: unknown): void {
    this.#refused ??= epoch;
    failed(error);
  }

  #requireInOrder(epoch: Epoch): void {
    if (this.#refused === undefined) return;
    if (this.#refused !== epoch) throw this.#over ? stale(this.#where) : outOfOrder(this.#where);
    this.#refused = undefined;
  }

  #requireTasks({ tasks, positions, state = [] }: Epoch): void {
    if (this.#over || tasks.some((task) => !this.#held.has(task))) throw stale(this.#where);
    const outside = [...positions.map(({ partition }) => partition), ...state.map(({ task }) => task)].find((task) => !tasks.includes(task));
    if (tasks.length === 0 || outside !== undefined) throw new MillraceError("MR-LOG-011", { what: tasks.length === 0 ? "an epoch names no task" : `an epoch speaks of task ${outside}, which it does not name`, where: this.#where, mend: "name each task whose position or state is committed" });
  }

  get #where(): string {
    return `group "${this.#request.group}", member "${this.#request.member}"`;
  }

  async #commitRound(round: { waiting: Waiting; encoded: EncodedSpots }[]): Promise<number[][]> {
    const { cluster, names } = this.#parts;
    const outgoing = round.map(({ encoded }) => outgoingOf(encoded));
    const { tasks, written } = await this.#producer.run(async (transaction) => {
      const next = await this.#nextRecords(round.map(({ waiting }) => waiting.epoch), transaction);
      const all = [...outgoing.flat(), ...next.map(({ outgoing: own }) => own)];
      const offsets = all.length > 0 ? await transaction.send(all) : [];
      const shown = await this.#shownOffsets(round.map(({ waiting }) => waiting.epoch));
      // A source reads no topic: its transactions spare Kafka a request, and the group a place in them.
      if (shown.length > 0) await transaction.commitOffsets(names.group(this.#request.group), shown);
      return { tasks: next, written: offsets };
    });
    for (const [i, { task, record, count, snapshot }] of tasks.entries()) {
      const at = written[outgoing.flat().length + i];
      this.#kept(task, record, at);
      if (snapshot && at >= 0) this.#snapshots?.store(task, at + count, snapshot.bytes);
    }
    let at = 0;
    const offsets: number[][] = [];
    for (const [i, { encoded }] of round.entries()) {
      offsets.push(await offsetsOf(cluster, encoded, written.slice(at, at + outgoing[i].length)));
      at += outgoing[i].length;
    }
    return offsets;
  }

  /** What the tasks' records become, and the batches that say so; state that a snapshot begins is written at once. */
  async #nextRecords(epochs: Epoch[], transaction: Transaction): Promise<NextRecord[]> {
    const next: NextRecord[] = [];
    for (const task of new Set(epochs.flatMap(({ tasks }) => tasks))) {
      const before = this.#held.get(task) as TaskRecord;
      const spot: Spot = { topic: this.#state.name, partition: task };
      const snapshot = this.#snapshots && offered(epochs[epochs.length - 1], task);
      const entries = epochs.flatMap(({ state = [] }) => state.filter((entry) => entry.task === task && entry !== snapshot));
      const { last, state } = await this.#writeState(entries, spot, before.state, transaction);
      const positions = await this.#merged(before.positions, epochs, task);
      // What begins anew has no use for snapshots of what was before.
      const record = this.#withStored(task, { ...before, positions, state, snapshots: state === before.state ? before.snapshots : undefined });
      addTaskRecord(last, record);
      next.push({ task, record, outgoing: { ...spot, batch: last.finish() }, count: last.count, snapshot });
    }
    return next;
  }

  #withStored(task: number, record: TaskRecord): TaskRecord {
    return withSnapshot(record, this.#snapshots?.stored(task));
  }

  /**
   * The state's records go with the task's own record, unless they are what state begins with from now on: then they go
   * first, for the task's record says where they stand.
   */
  async #writeState(entries: StateEntry[], spot: Spot, state: number | undefined, transaction: Transaction): Promise<{ state?: number; last: RecordBatchWriter }> {
    const begins = Math.max(entries.findLastIndex(({ kind }) => kind === "snapshot"), state === undefined && entries.length > 0 ? 0 : -1);
    const { full, last } = stateBatches(begins < 0 ? entries : entries.slice(begins));
    const send = (batches: typeof full): Promise<number[]> => transaction.send(batches.map((batch) => ({ ...spot, batch })));
    if (begins < 0) {
      if (full.length > 0) await send(full);
      return { state, last };
    }
    const [offset] = await send([...full, last.finish()]);
    return { state: offset, last: new RecordBatchWriter() };
  }

  /** A task's record is committed, at offset `at` of its partition. */
  #kept(task: number, record: TaskRecord, at: number): void {
    const before = this.#held.get(task);
    this.#held.set(task, record);
    const needed = neededFrom(record);
    this.#trim(task, needed ?? at);
    if (needed !== undefined && needed !== (before && neededFrom(before))) void this.#snapshots?.sweep(task, needed);
  }

  /** What nobody reads again of a task's partition goes, now and then. That it does not go hurts nobody but the disk. */
  #trim(task: number, from: number): void {
    const trimmed = this.#trimmed.get(task) ?? 0;
    if (from - trimmed < trimAfter) return;
    this.#trimmed.set(task, from);
    this.#parts.cluster.deleteBefore({ topic: this.#state.name, partition: task }, from).catch(() => undefined);
  }

  async #merged(before: StoredPosition[], epochs: Epoch[], task: number): Promise<StoredPosition[]> {
    const all = new Map(before.map((position) => [position.topic, position]));
    for (const { positions } of epochs) {
      for (const { topic, partition, offset, metadata } of positions) {
        if (partition === task) all.set(topic, { topic, offset, metadata, id: await this.#idOf(topic) });
      }
    }
    return [...all.values()];
  }

  /** Of a topic that is read. A source speaks of what is no topic here. */
  async #idOf(topic: string): Promise<string | undefined> {
    return this.#request.topics.includes(topic) ? (await this.#parts.registry.topic(topic)).id : undefined;
  }

  /** Kafka's own offsets of the group: nobody here reads them, but whoever looks at its lag from outside does. */
  async #shownOffsets(epochs: Epoch[]): Promise<(Spot & { offset: number })[]> {
    const shown = new Map<string, Spot & { offset: number }>();
    for (const { topic, partition, offset } of epochs.flatMap(({ positions }) => positions)) {
      if (this.#request.topics.includes(topic)) shown.set(`${topic}/${partition}`, { topic: (await this.#parts.registry.topic(topic)).name, partition, offset });
    }
    return [...shown.values()];
  }

  async *restore(task: number): AsyncIterable<StateEntry> {
    const record = this.#held.get(task);
    if (!record) throw stale(this.#where);
    const { cluster, warn } = this.#parts;
    const spot: Spot = { topic: this.#state.name, partition: task };
    const [[start], [end]] = await Promise.all([cluster.offsets("start", [spot]), cluster.offsets("end", [spot])]);
    const where = `group "${this.#request.group}", task ${task}`;
    const base = await stateBase(record, start, { files: this.#snapshots, where, warn: (text, fields) => warn(text, { where, ...fields }) });
    if (!base) return;
    if (base.snapshot) yield { kind: "snapshot", bytes: base.snapshot };
    yield* stateFrom(cluster, spot, base.from, end);
  }

  async leave(): Promise<void> {
    if (this.#over) return;
    await this.#end();
    await this.#tellGone();
  }

  async #tellGone(): Promise<void> {
    await this.#parts.cluster.heartbeat({ group: this.#parts.names.group(this.#request.group), member: this.#id, epoch: left, rebalanceMs }).catch((error: unknown) => {
      if (!(error instanceof KafkaFault)) throw error;
    });
  }

  /** Nothing is committed by this member any more. What is under way is let finish. */
  async #end(): Promise<void> {
    this.#over = true;
    this.#wake();
    this.#onEnd();
    await this.#idle();
  }

  /** The log is being closed: the process goes, and its tasks with it. */
  async close(): Promise<void> {
    await this.leave().catch(() => undefined);
    await this.#beating;
  }

  #lost(error: Error): void {
    if (this.#over) return;
    // Others need not wait until Kafka takes this one for dead.
    void this.#end().then(() => this.#tellGone()).catch(() => undefined);
    this.#request.onLost(error instanceof KafkaFault && outOfGroup.has(error.code) ? stale(this.#where) : (asMillrace(error, this.#where) as Error));
  }
}

/** Who is silent for so long is taken for dead, where the brokers allow it: theirs is 45 s. */
export const sessionMs = 10_000;

/** Tasks are to move at once when members come, go or die. Each of these is a wish that brokers may refuse: they have limits. */
async function configureGroup({ cluster, names }: MemberParts, group: string): Promise<void> {
  await cluster.configureGroup(names.group(group), { "consumer.session.timeout.ms": String(sessionMs) });
  await cluster.configureGroup(names.group(group), { "consumer.assignment.interval.ms": "0" });
}

const isSame = (some: readonly number[], others: readonly number[]): boolean => some.length === others.length && some.every((task) => others.includes(task));

/** The epoch of a member that leaves. */
export const left = -1;
const roundMax = 32;
/** Records of a state partition that may stand there without a reader. */
const trimAfter = 5_000;
const outOfGroup = new Set<number>([fault.unknownMember, fault.fencedMember]);

/** The snapshot of a task that says again what the delta in front of it has said. */
function offered({ state = [] }: Epoch, task: number): StateEntry | undefined {
  const own = state.filter((entry) => entry.task === task);
  return own.at(-1)?.kind === "snapshot" && own.at(-2)?.kind === "delta" ? own.at(-1) : undefined;
}

function stale(where: string): MillraceError {
  return new MillraceError("MR-LOG-006", { what: "a commit was refused: the task is another member's", where, mend: "nothing to do: another process has taken over, and this one starts anew" });
}

function outOfOrder(where: string): MillraceError {
  return new MillraceError("MR-LOG-011", { what: "an epoch before this one was refused", where, mend: "the stage starts anew from its last position" });
}
