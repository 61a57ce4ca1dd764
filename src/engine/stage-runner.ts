import { indexAtOffset } from "../batch/batch.ts";
import { offsetAt, stretch, withoutTombstones } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import type { AssignedTask, Entry, FetchResult, LaneMark, LogDriver, Member, Output, StateEntry } from "../log/driver.ts";
import { Collector, type StageOutputs } from "./collector.ts";
import type { Operator } from "./operator.ts";
import { Task } from "./task.ts";

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
  now: () => number;
  /** Bytes read for one epoch. Default 1 MiB. */
  bytesMax?: number;
  /** Called when the first epoch is on disk: this life has got past what the one before it may have died of. */
  onFirstEpoch?: () => void;
  /** Called before each record, which is then run alone, until the first epoch is on disk: how a record that kills the process is found. */
  probe?: (topic: string, partition: number, offset: number) => void;
  /** Records known to kill the process, as `topic/partition/offset`: they go to the dead letters unseen. */
  skip?: ReadonlySet<string>;
}

export interface StageCounts {
  recordsIn: number;
  recordsOut: number;
  dead: number;
  late: number;
  epochs: number;
  /** Records written but not yet read, at the last look. */
  lag: number;
  /** Groups and windows held open. */
  held: number;
  tasks: number[];
}

const waitMs = 10_000;
/** How often windows look at the wall clock while no input is active. */
const quietMs = 250;
const marksMs = 250;
/** Epochs on their way to the disk while the next one is computed. */
const commitsMax = 2;

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
  readonly #ends = new Map<string, number>();
  #member: Member | undefined;
  #arrivals: AssignedTask[] = [];
  #revocations: { tasks: number[]; done: () => void }[] = [];
  #commits: Promise<void>[] = [];
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
    return { ...this.#counts, lag, held, tasks: [...this.#tasks.keys()] };
  }

  /** Finishes the epoch under way, then lets `run` resolve. */
  stop(): void {
    this.#stopping = true;
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
    } finally {
      this.#fetching?.abort.abort();
      for (const { done } of this.#revocations) done();
    }
    await this.#member.leave();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
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
    for (const { task: number, positions } of this.#arrivals.splice(0)) {
      const topics = inputs.filter(({ partitions }) => number < partitions).map(({ topic }) => topic);
      const task = new Task(number, operator(number), topics, positions, expectedLanes);
      await task.restore(this.#member as Member);
      this.#tasks.set(number, task);
    }
    await this.#announce();
  }

  /** Readers downstream wait for every task to speak. One whose inputs nobody must be waited for says so at once: no record may ever come its way. */
  async #announce(): Promise<void> {
    if (!this.#options.sendsMarks) return;
    const quiet = [...this.#tasks.values()].filter((task) => task.lastMark === undefined && task.lanes.status !== "active");
    if (quiet.length > 0) await this.#commit(quiet.map((task) => this.#taskEpoch(task, new Collector(this.#options.stage, task.number, this.#options.outputs), 0)));
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
    const fetched = await (this.#fetching as Fetching).result;
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

  #ask(): Fetching {
    const abort = new AbortController();
    const partitions = [...this.#tasks.values()].flatMap((task) => [...task.offsets].map(([topic, offset]) => ({ topic, partition: task.number, offset })));
    const waits = [...this.#tasks.values()].some((task) => (task.operator.held ?? 0) > 0 && task.lanes.status !== "active");
    const result = this.#options.log.fetch({ partitions, bytesMax: this.#options.bytesMax ?? 1024 * 1024, waitMs: waits ? quietMs : waitMs, signal: abort.signal });
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
    const out = new Collector(this.#options.stage, task.number, this.#options.outputs);
    let recordsIn = 0;
    for (const entry of entries) {
      if (entry.batch) {
        await this.#process(task, entry, out);
        recordsIn += entry.batch.count;
      }
      if (entry.mark) task.lanes.update({ ...entry.mark, lane: `${entry.topic}:${entry.mark.lane}` });
    }
    await task.operator.advance?.(task.lanes.watermark, out);
    this.#closeByClock(task, out);
    return this.#taskEpoch(task, out, recordsIn);
  }

  async #process(task: Task, { topic, partition, offset, batch }: Entry, out: Collector): Promise<void> {
    if (!batch) return;
    const { skip } = this.#options;
    // What killed the process stands in what is read first; behind that, records need not be run alone.
    const probe = this.#counts.epochs === 0 ? this.#options.probe : undefined;
    if (!probe && !skip) {
      await task.operator.process({ topic, partition, offset, batch }, out);
      return;
    }
    for (let index = 0; index < batch.count; index++) {
      const at = offsetAt({ offset, batch }, index);
      if (skip?.has(`${topic}/${partition}/${at}`)) {
        out.deadLetter(batch, index, partition, crashHeaders(this.#options.stage, topic, partition, at, this.#options.now()));
        continue;
      }
      probe?.(topic, partition, at);
      await task.operator.process({ topic, partition, ...stretch({ offset, batch }, index, index + 1) }, out);
    }
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
      const out = new Collector(this.#options.stage, task.number, this.#options.outputs);
      this.#closeByClock(task, out);
      if (task.lanes.watermark > before) epochs.push(this.#taskEpoch(task, out, 0));
    }
    if (epochs.length > 0) await this.#commit(epochs);
  }

  #taskEpoch(task: Task, out: Collector, recordsIn: number): TaskEpoch {
    const { watermark, status } = task.lanes;
    const mark: LaneMark = { lane: `${this.#options.stage}/${task.number}`, watermark: task.operator.resultsFrom?.(watermark) ?? watermark, status };
    const everywhere = this.#options.sendsMarks && this.#markIsDue(task, mark);
    const outputs = out.finish(mark, everywhere);
    return { task, outputs, state: task.takeState(), counts: { ...out.counts, recordsIn } };
  }

  #markIsDue(task: Task, mark: LaneMark): boolean {
    const { lastMark } = task;
    const changed = lastMark?.status !== mark.status;
    const moved = lastMark?.watermark !== mark.watermark && this.#options.now() - task.lastMarkAt >= marksMs;
    if (!changed && !moved) return false;
    task.lastMark = mark;
    task.lastMarkAt = this.#options.now();
    return true;
  }

  async #commit(epochs: TaskEpoch[]): Promise<void> {
    while (this.#commits.length >= commitsMax) await this.#commits[0];
    if (this.#failure !== undefined) throw this.#failure;
    const state = epochs.flatMap(({ task, state }) => (state ? [{ ...state, task: task.number }] : []));
    const done = (this.#member as Member)
      .commit({
        tasks: epochs.map(({ task }) => task.number),
        positions: epochs.flatMap(({ task }) => task.positions()),
        outputs: epochs.flatMap(({ outputs }) => outputs),
        state: state.length > 0 ? state : undefined,
      })
      .then(
        () => this.#count(epochs),
        (error: unknown) => this.#fail(error),
      )
      .finally(() => void this.#commits.shift());
    this.#commits.push(done);
  }

  #count(epochs: TaskEpoch[]): void {
    if (++this.#counts.epochs === 1) this.#options.onFirstEpoch?.();
    for (const { counts } of epochs) {
      this.#counts.recordsIn += counts.recordsIn;
      this.#counts.recordsOut += counts.emitted;
      this.#counts.dead += counts.dead;
      this.#counts.late += counts.late;
    }
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#commits);
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
  state: StateEntry | undefined;
  counts: { emitted: number; dead: number; late: number; recordsIn: number };
}

/**
 * A fetch gives whole batches: the records before the position have been worked on already. One that only deletes its key
 * in a compacted topic has nothing for a stage to work on.
 */
function afterPosition(entry: Entry, position: number): Entry {
  const { batch, offset } = entry;
  if (!batch) return entry;
  const unread = stretch({ offset, batch }, indexAtOffset(batch, position - offset));
  return { ...entry, offset: unread.offset, batch: withoutTombstones(unread.batch) };
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
