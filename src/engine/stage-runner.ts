import { indexAtOffset } from "../batch/batch.ts";
import { offsetAt, stretch, withoutTombstones } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import type { AssignedTask, Entry, FetchResult, LaneMark, LogDriver, Member, Output, Position, StateEntry } from "../log/driver.ts";
import { Collector, type StageOutputs } from "./collector.ts";
import { CommitQueue } from "./commit-queue.ts";
import { StageInterrupted } from "./failures.ts";
import { gapOf } from "./gap.ts";
import type { InputGate } from "./input-gate.ts";
import type { InputBatch, Operator } from "./operator.ts";
import { Task } from "./task.ts";
import { Waits } from "./waits.ts";

export interface StageRunnerOptions {
  stage: string;
  /** Unique per process start. */
  member: string;
  log: LogDriver;
  /** Topics read; task `i` reads partition `i` of each that has it. */
  inputs: { topic: string; partitions: number }[];
  outputs: StageOutputs;
  /** Lanes of the inputs that hold the watermark until they speak, as `topic:lane`. */
  expectedLanes: string[];
  /** Someone downstream waits for event time: send marks even where no record goes. */
  sendsMarks: boolean;
  operator: (task: number) => Operator;
  /** What stands before the operator. Absent: everything goes on. */
  gate?: InputGate;
  now: () => number;
  /** Bytes read for one epoch. Default 1 MiB. */
  bytesMax?: number;
  /** Called when the first epoch with records is on disk: this life has got past what the one before it may have died of. */
  onFirstEpoch?: () => void;
  /** Called before each record of the first epochs, which is then run alone: how a record that kills the process is found. */
  probe?: (topic: string, partition: number, offset: number) => void;
  /** Records known to kill the process, as `topic/partition/offset`: they go to the dead letters unseen. */
  skip?: ReadonlySet<string>;
}

export interface StageCounts {
  recordsIn: number;
  recordsOut: number;
  dead: number;
  late: number;
  /** Records that break a check which only warns, once for each; those of epochs that were dropped among them. */
  warned: number;
  epochs: number;
  /** From the log's taking of a record to the commit of the epoch that has it: records read, as \`Waits\` counts them. */
  waits: number[];
  /** Records written but not yet read, at the last look. */
  lag: number;
  /** Groups and windows held open. */
  held: number;
  tasks: number[];
}

const waitMs = 10_000;
/** How often windows look at the wall clock while no input is active, and marks that are owed are sent. */
const quietMs = 250;
const marksMs = 250;
/** Epochs on their way to the disk while the next one is computed. */
const commitsMax = 2;
/** Epochs for which a careful life stays careful: then what killed the last one is behind it. */
const carefulEpochs = commitsMax + 2;

/**
 * The life of a stage in one process: read a batch, run, commit the epoch, repeat.
 *
 * It keeps no plan for failures: when a commit is refused or the log is lost, `run` rejects, everything in memory is
 * thrown away, and a new runner begins at the last epoch on disk.
 */
export class StageRunner {
  readonly #options: StageRunnerOptions;
  readonly #tasks = new Map<number, Task>();
  readonly #counts = { recordsIn: 0, recordsOut: 0, dead: 0, late: 0, epochs: 0 };
  readonly #waits = new Waits();
  readonly #ends = new Map<string, number>();
  #member: Member | undefined;
  #arrivals: AssignedTask[] = [];
  #revocations: { tasks: number[]; done: () => void }[] = [];
  readonly #commits = new CommitQueue({ underWayMax: commitsMax, onFailure: (error) => this.#fail(error) });
  #failure: unknown;
  #stopping = false;
  #fetching: Fetching | undefined;
  #wake: () => void = () => undefined;

  constructor(options: StageRunnerOptions) {
    this.#options = options;
  }

  get counts(): StageCounts {
    let lag = 0;
    let held = 0;
    for (const task of this.#tasks.values()) {
      held += task.operator.held ?? 0;
      for (const [topic, offset] of task.offsets) lag += Math.max(0, (this.#ends.get(`${topic}/${task.number}`) ?? offset) - offset);
    }
    return { ...this.#counts, waits: this.#waits.counts, warned: this.#options.gate?.warned ?? 0, lag, held, tasks: [...this.#tasks.keys()] };
  }

  /** Finishes the epoch under way, then lets `run` resolve. */
  stop(): void {
    this.#stopping = true;
    this.#commits.hurry();
    this.#interrupt();
  }

  /** Resolves after `stop`; rejects when the stage must start anew. */
  async run(): Promise<void> {
    const { log, stage, member, inputs } = this.#options;
    this.#member = await log.join({
      group: stage,
      member,
      topics: inputs.map(({ topic }) => topic),
      onAssigned: (tasks) => {
        this.#arrivals.push(...tasks);
        this.#interrupt();
      },
      onRevoked: (tasks) =>
        new Promise((done) => {
          this.#revocations.push({ tasks, done });
          this.#interrupt();
        }),
      onLost: (error) => this.#fail(error),
    });
    try {
      while (!this.#stopping) await this.#round();
      await this.#settle();
    } catch (error) {
      // The epoch under way was dropped, not the ones before it.
      if (!(this.#stopping && error instanceof StageInterrupted)) throw error;
      await this.#settle();
    } finally {
      this.#fetching?.abort.abort();
      for (const { done } of this.#revocations) done();
    }
    await this.#member.leave();
  }

  #fail(error: unknown): void {
    this.#failure ??= gapOf(error, this.#options.stage) ?? error;
    this.#interrupt();
  }

  /** Ends the waiting for records: something else wants to be done. */
  #interrupt(): void {
    this.#fetching?.abort.abort();
    this.#wake();
  }

  async #round(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#revocations.length > 0) await this.#giveUpTasks();
    if (this.#arrivals.length > 0) await this.#takeTasks();
    if (this.#tasks.size === 0) {
      await this.#sleepUntilWoken();
      return;
    }
    const fetched = await this.#fetch();
    if (!fetched) return;
    for (const { topic, partition, end } of fetched.ends) this.#ends.set(`${topic}/${partition}`, end);
    if (fetched.entries.length > 0) await this.#work(fetched.entries);
    else await this.#lookAtClock();
  }

  async #giveUpTasks(): Promise<void> {
    await this.#settle();
    this.#dropFetch();
    for (const { tasks, done } of this.#revocations.splice(0)) {
      for (const task of tasks) this.#tasks.delete(task);
      this.#arrivals = this.#arrivals.filter(({ task }) => !tasks.includes(task));
      done();
    }
  }

  async #takeTasks(): Promise<void> {
    const { inputs, operator, expectedLanes } = this.#options;
    this.#dropFetch();
    const begun: Task[] = [];
    for (const { task: number, positions } of this.#arrivals.splice(0)) {
      const topics = inputs.filter(({ partitions }) => number < partitions).map(({ topic }) => topic);
      const known = await this.#withStarts(number, topics, positions);
      const task = new Task(number, operator(number), topics, known, expectedLanes);
      await task.restore(this.#member as Member);
      this.#tasks.set(number, task);
      if (known.length > positions.length || this.#hasNews(task)) begun.push(task);
    }
    if (begun.length === 0) return;
    await this.#commit(begun.map((task) => this.#taskEpoch(task, this.#collector(task))));
    await this.#settle();
  }

  /**
   * The positions of a task, with the first offset there is for topics that it never committed. They are committed before
   * anything is read: from then on the log knows what is unread, and what retention takes of it is a gap.
   */
  async #withStarts(task: number, topics: string[], positions: Position[]): Promise<Position[]> {
    const fresh = topics.filter((topic) => !positions.some((position) => position.topic === topic));
    const starts = fresh.map(async (topic): Promise<Position> => {
      const { partitionInfo } = await this.#options.log.topic(topic);
      return { topic, partition: task, offset: partitionInfo[task].start };
    });
    return [...positions, ...(await Promise.all(starts))];
  }

  /** A task without an active input may never read anything: those downstream must not wait for it. */
  #hasNews({ lanes }: Task): boolean {
    return this.#options.sendsMarks && (lanes.status !== "active" || Number.isFinite(lanes.watermark));
  }

  #collector(task: Task): Collector {
    return new Collector(this.#options.stage, task.number, this.#options.outputs);
  }

  #sleepUntilWoken(): Promise<void> {
    if (this.#stopping || this.#failure !== undefined || this.#arrivals.length > 0 || this.#revocations.length > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The entries asked for last time, and at once the question for those after them. Undefined when interrupted. */
  async #fetch(): Promise<FetchResult | undefined> {
    this.#fetching ??= this.#ask();
    const { abort, result } = this.#fetching as Fetching;
    const look = this.#watchesClock ? setTimeout(() => abort.abort(), quietMs) : undefined;
    const fetched = await result;
    clearTimeout(look);
    this.#fetching = undefined;
    if (!fetched || this.#stopping || this.#failure !== undefined || this.#arrivals.length > 0 || this.#revocations.length > 0) return undefined;
    const entries = fetched.entries.map((entry) => this.#advance(entry));
    if (entries.length > 0) this.#fetching = this.#ask();
    return { ...fetched, entries };
  }

  #advance(entry: Entry): Entry {
    const { offsets } = this.#tasks.get(entry.partition) as Task;
    const unread = afterPosition(entry, offsets.get(entry.topic) ?? 0);
    offsets.set(entry.topic, entry.next);
    return unread;
  }

  /** Something is to be done when time has passed, though no record comes. */
  get #watchesClock(): boolean {
    return [...this.#tasks.values()].some((task) => task.owesMark || ((task.operator.held ?? 0) > 0 && task.lanes.status !== "active"));
  }

  #ask(): Fetching {
    const abort = new AbortController();
    const partitions = [...this.#tasks.values()].flatMap((task) => [...task.offsets].map(([topic, offset]) => ({ topic, partition: task.number, offset })));
    const result = this.#options.log.fetch({ partitions, bytesMax: this.#options.bytesMax ?? 1024 * 1024, waitMs, signal: abort.signal });
    return {
      abort,
      result: result.catch((error: unknown) => {
        this.#fail(error);
        return undefined;
      }),
    };
  }

  /** What was read ahead no longer fits the tasks. Positions are those of the last epoch: nothing read ahead has moved them. */
  #dropFetch(): void {
    this.#fetching?.abort.abort();
    this.#fetching = undefined;
  }

  async #work(entries: Entry[]): Promise<void> {
    const byTask = Map.groupBy(entries, ({ partition }) => partition);
    const epochs: TaskEpoch[] = [];
    for (const [number, some] of byTask) {
      const task = this.#tasks.get(number);
      if (task) epochs.push(await this.#workOnTask(task, some));
    }
    await this.#commit(epochs);
  }

  async #workOnTask(task: Task, entries: Entry[]): Promise<TaskEpoch> {
    const out = this.#collector(task);
    const taken: Taken[] = [];
    for (const entry of entries) {
      if (entry.batch) {
        const { topic, partition, offset, batch } = entry;
        await this.#process(task, { topic, partition, offset, batch }, out);
        taken.push({ atMs: entry.appendedAt, records: entry.batch.count });
      }
      if (entry.mark) task.lanes.update({ ...entry.mark, lane: `${entry.topic}:${entry.mark.lane}` });
    }
    await task.operator.advance?.(task.lanes.watermark, out);
    this.#closeByClock(task, out);
    return this.#taskEpoch(task, out, taken);
  }

  async #process(task: Task, input: InputBatch, out: Collector): Promise<void> {
    const { topic, partition, batch } = input;
    const { skip } = this.#options;
    const probe = this.#counts.epochs < carefulEpochs ? this.#options.probe : undefined;
    let from = 0;
    for (let index = 0; (probe || skip) && index < batch.count; index++) {
      const offset = offsetAt(input, index);
      const skipped = skip?.has(`${topic}/${partition}/${offset}`) === true;
      if (!probe && !skipped) continue;
      if (index > from) await this.#pass(task, { ...input, ...stretch(input, from, index) }, out);
      from = index + 1;
      if (skipped) {
        out.deadLetter(batch, index, partition, crashHeaders(this.#options.stage, topic, partition, offset, this.#options.now()));
        continue;
      }
      probe?.(topic, partition, offset);
      await this.#pass(task, { ...input, ...stretch(input, index, index + 1) }, out);
    }
    if (from < batch.count) await this.#pass(task, { ...input, ...stretch(input, from) }, out);
  }

  async #pass(task: Task, input: InputBatch, out: Collector): Promise<void> {
    const { gate } = this.#options;
    const left = gate ? gate.pass(input, out) : input;
    if (left) await task.operator.process(left, out);
  }

  /** Windows that no input moves any more close when the wall clock says so. */
  #closeByClock(task: Task, out: Collector): void {
    if (!task.operator.quiet || task.lanes.status === "active") return;
    const closed = task.operator.quiet(this.#options.now(), out);
    if (closed !== undefined) task.lanes.advance(closed);
  }

  async #lookAtClock(): Promise<void> {
    const epochs: TaskEpoch[] = [];
    for (const task of this.#tasks.values()) {
      const before = task.lanes.watermark;
      const out = this.#collector(task);
      this.#closeByClock(task, out);
      if (task.lanes.watermark > before || task.owesMark) epochs.push(this.#taskEpoch(task, out));
    }
    if (epochs.length > 0) await this.#commit(epochs);
  }

  #taskEpoch(task: Task, out: Collector, taken: Taken[] = []): TaskEpoch {
    const { watermark, status } = task.lanes;
    const mark: LaneMark = { lane: `${this.#options.stage}/${task.number}`, watermark: task.operator.resultsFrom?.(watermark) ?? watermark, status };
    const everywhere = this.#options.sendsMarks && this.#markIsDue(task, mark);
    const outputs = out.finish(mark, everywhere);
    return { task, outputs, state: task.takeState(), taken, counts: { ...out.counts, recordsIn: taken.reduce((sum, { records }) => sum + records, 0) } };
  }

  #markIsDue(task: Task, mark: LaneMark): boolean {
    const { lastMark } = task;
    const changed = lastMark?.status !== mark.status;
    const moved = lastMark?.watermark !== mark.watermark && this.#options.now() - task.lastMarkAt >= marksMs;
    // A mark that comes too soon after the last one is sent later, also when nothing more is read.
    task.owesMark = !changed && !moved && lastMark?.watermark !== mark.watermark;
    if (!changed && !moved) return false;
    task.lastMark = mark;
    task.lastMarkAt = this.#options.now();
    return true;
  }

  async #commit(epochs: TaskEpoch[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const state = epochs.flatMap(({ task, state }) => state.map((entry) => ({ ...entry, task: task.number })));
    const epoch = {
      tasks: epochs.map(({ task }) => task.number),
      positions: epochs.flatMap(({ task }) => task.positions()),
      outputs: epochs.flatMap(({ outputs }) => outputs),
      state: state.length > 0 ? state : undefined,
    };
    await this.#commits.add(this.#member as Member, () => epoch, () => this.#count(epochs));
  }

  #count(epochs: TaskEpoch[]): void {
    // One that only says where the stage is does not show that it can do its work.
    if (epochs.some(({ counts }) => counts.recordsIn + counts.emitted > 0) && ++this.#counts.epochs === 1) this.#options.onFirstEpoch?.();
    const now = this.#options.now();
    for (const { counts, taken } of epochs) {
      this.#counts.recordsIn += counts.recordsIn;
      this.#counts.recordsOut += counts.emitted;
      this.#counts.dead += counts.dead;
      this.#counts.late += counts.late;
      for (const { atMs, records } of taken) this.#waits.note(now - atMs, records);
    }
  }

  async #settle(): Promise<void> {
    await this.#commits.settle();
    if (this.#failure !== undefined) throw this.#failure;
  }
}

interface Fetching {
  result: Promise<FetchResult | undefined>;
  abort: AbortController;
}

interface TaskEpoch {
  task: Task;
  outputs: Output[];
  state: StateEntry[];
  taken: Taken[];
  counts: { emitted: number; dead: number; late: number; recordsIn: number };
}

/** Records that the log took at one time. */
interface Taken {
  atMs: number;
  records: number;
}

/**
 * A fetch gives whole batches: the records before the position have been worked on already. One that only deletes its key
 * in a compacted topic has nothing for a stage to work on.
 */
function afterPosition(entry: Entry, position: number): Entry {
  const { batch, offset } = entry;
  if (!batch) return entry;
  const unread = stretch({ offset, batch }, indexAtOffset(batch, position - offset));
  const left = withoutTombstones(unread.batch);
  return { ...entry, offset: unread.offset, batch: left.count > 0 ? left : undefined };
}

function crashHeaders(stage: string, topic: string, partition: number, offset: number, nowMs: number): [string, string][] {
  const error = new MillraceError("MR-ENGINE-007", {
    what: "the stage's process died each time it met this record",
    where: `stage "${stage}", topic "${topic}", partition ${partition}, offset ${offset}`,
    mend: "look for endless recursion, a native crash or too much memory in the stage's code, then redrive it",
  });
  const fields = { topic, partition, offset, stage, failedAt: new Date(nowMs).toISOString(), errorClass: "ProcessCrash", errorCode: error.code, errorMessage: error.parts.what };
  return Object.entries(fields).map(([name, value]) => [`mr.dlq.${name}`, String(value)]);
}
