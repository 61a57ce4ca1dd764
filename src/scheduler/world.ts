import type { PlannedRun } from "../calendar/next-run.ts";
import type { Timetable } from "../calendar/timetable.ts";
import type { ErrorJson } from "../errors.ts";
import type { AlertRow, AttemptRow, BackfillIntervalRow, BackfillRow, Changes, DagRow, InstanceRow, InstanceState, LedgerRow, MemoRow, PoolRow, RunRow, ThrottleRow } from "../state/run-store.ts";
import type { Json } from "../model/manifest.ts";
import { type Answer, type ShareRow, shardOf } from "../state/shards.ts";
import type { Effect } from "./effects.ts";
import { FairQueue, type Waiting } from "./fair-queue.ts";
import type { DagGraph, TaskNode } from "./graph.ts";
import { Heap } from "./heap.ts";
import type { Message } from "./messages.ts";
import type { Resource, Share } from "./share-rows.ts";
import type { Tally } from "./trigger-rules.ts";

/** A DAG as it stands now. */
export interface Dag {
  row: DagRow;
  /** Of the release that new runs get. */
  graph: DagGraph;
  timetable: Timetable;
  /** It is declared no more: what goes on ends, nothing new begins. */
  gone: boolean;
  /** Runs that go on and count against `maxActiveRuns`. */
  active: Set<Run>;
  /** Runs that wait for one of those to end. */
  queued: Heap<Run>;
  /** Runs in `queued` that are still to be started. */
  queuedCount: number;
  /** Starts of intervals behind the last scheduled one for which a run was made already, by a backfill. */
  made: Set<number>;
  /** Its due runs are being made. */
  creating: boolean;
  /** When its timer is to fire; undefined while nothing is planned. */
  dueAt?: number;
  /** What fell due before it, when the DAG was not known or paused, is late by nobody's fault. */
  watchedSince: number;
  /** What its timetable in code has said, where it has one. */
  ticks?: KnownTicks;
}

/** Ticks of a timetable in code, as far as they were asked for. */
export interface KnownTicks {
  /** The release whose code said so. */
  release: string;
  /** Each later than the one before, none left out between. */
  ticks: readonly number[];
  /** No tick comes behind them. */
  ends: boolean;
  /** More were asked for, and have not come yet. */
  asked: boolean;
  /** Why it says no more. */
  problem?: ErrorJson;
}

export interface Run {
  row: RunRow;
  dag: Dag;
  graph: DagGraph;
  /** By place of the task: one instance, or one for each item of its map. Empty until the run starts. */
  cells: Instance[][];
  /** By place of the task: how its instances have ended. */
  tallies: Tally[];
  /** Instances that have not ended. */
  unfinished: number;
  /** Rows of tasks that its release has no more: it may go back to one that has them. */
  left: InstanceRow[];
  /** The run before, for tasks that wait for their past; undefined while it is not known yet. */
  previous?: Run | null;
  /** Runs that wait for this one as their past. */
  next: Set<Run>;
}

export interface Instance {
  row: InstanceRow;
  run: Run;
  node: TaskNode;
  /** The current one, while it is not over. */
  attempt?: Attempt;
  /** The answer that it waits for: whether its work was done before. */
  asked?: string;
  /** It stands in `open`. */
  open: boolean;
}

export interface Attempt {
  row: AttemptRow;
  instance: Instance;
  /** The slots that it holds, as they were taken: its task may be declared otherwise since. */
  held?: { pool: Pool; slots: number; limits: string[] };
  /** When it was last started, or taken up again. */
  hiredAt: number;
}

export interface Pool {
  row: PoolRow;
  queue: FairQueue<Instance>;
  live: Set<Attempt>;
  /** Slots of `live`. */
  used: number;
}

/** A limit beside the pools: a DAG's, a task's, a key's, a throttle. Tasks that it holds back wait here, out of the pool's way. */
export interface Limit {
  live: Set<Attempt>;
  held: Heap<Waiting<Instance>>;
  /** Where shards share the limit: tasks that are to have room by it, and wait for the next thing that they need. */
  coming: Set<Instance>;
  /** When a throttle is looked at again; undefined while nothing waits for it. */
  opensAt?: number;
}

export interface Backfill {
  row: BackfillRow;
  dag: Dag;
  /** Its intervals, in its order. */
  plan: PlannedRun[];
  active: Set<Run>;
  /** Runs of earlier times that are being fetched, to be run again. */
  fetched: number;
  /** Runs that are there for intervals of it, as far as they were in the store when it was made or taken up again. */
  existing: Map<number, { id: string; state: RunRow["state"] }>;
}

export interface Worker {
  leaseUntil: number;
  attempts: Set<Attempt>;
}

/** Alerts of one DAG and kind within a minute or so. */
export interface Storm {
  key: string;
  /** Things that have happened in it. */
  count: number;
  until: number;
  /** By receiver: what those beyond the first few are joined to. */
  gathering: Map<string, AlertRow>;
}

/** What time brings. Those overtaken by events fall flat. */
export type Timer =
  | { type: "due"; dag: Dag; at: number }
  | { type: "updates"; dag: Dag }
  | { type: "ticks"; dag: Dag; known: KnownTicks }
  | { type: "intervals"; dag: Dag; row: BackfillRow }
  | { type: "wake"; instance: Instance; at: number }
  | { type: "attempt-timeout"; attempt: Attempt; fence: number }
  | { type: "total-timeout"; instance: Instance; since: number }
  | { type: "offer-again"; attempt: Attempt; token: string }
  | { type: "queue-timeout"; attempt: Attempt; token: string }
  | { type: "run-timeout"; run: Run }
  | { type: "deadline"; run: Run }
  | { type: "storm"; storm: Storm }
  | { type: "round"; instance: Instance }
  | { type: "throttle"; key: string; at: number }
  | { type: "lease"; id: string; worker: Worker };

const ended = new Set<InstanceState>(["success", "failed", "skipped", "upstream_failed", "removed", "cancelled"]);

export const isOver = (state: InstanceState): boolean => ended.has(state);

/**
 * All that the scheduler knows: what is not over. Only `step` changes it. It remembers which rows have changed, for the
 * store, and what is to be done outside once they are on disk.
 */
export class World {
  now = 0;
  /** The highest given so far. */
  fence = 0;
  /** Nothing begins and nothing goes on: someone only looks. */
  resting = false;
  /** No run is made by itself: those alone that somebody asks for. */
  onlyAsked = false;
  readonly dags = new Map<string, Dag>();
  /** What was stored of DAGs, those too that are declared no more or not yet. */
  readonly dagRows = new Map<string, DagRow>();
  readonly runs = new Map<string, Run>();
  /** Of all instances that are not over. */
  readonly attempts = new Map<string, Attempt>();
  readonly workers = new Map<string, Worker>();
  readonly pools = new Map<string, Pool>();
  readonly limits = new Map<string, Limit>();
  /** Graphs that runs are pinned to, by `release dag`. */
  readonly graphs = new Map<string, DagGraph>();
  readonly backfills = new Map<string, Backfill>();
  /** Backfills from the store whose DAG is not known yet, or whose intervals are not. */
  waitingBackfills: BackfillRow[] = [];
  readonly ledgers = new Map<string, LedgerRow>();
  /** Tasks that wait for a dataset to be whole, by its name. */
  readonly awaiting = new Map<string, Set<Instance>>();
  /** By key. */
  readonly throttles = new Map<string, ThrottleRow>();
  readonly storms = new Map<string, Storm>();
  readonly timers = new Heap<Timer>();
  /** Tasks that may have got what they waited for. */
  readonly open: Instance[] = [];
  /** Tasks that start a run of another DAG. */
  readonly parents: Instance[] = [];
  /** Datasets that tasks have updated. */
  readonly updated: { dataset: string; interval: { start: number; end: number }; cause: string }[] = [];
  /** Runs that may have ended. */
  readonly ending = new Set<Run>();
  /** Backfills that may have more runs. */
  readonly advancing = new Set<Backfill>();
  /** Limits that have got room. */
  readonly freed = new Set<string>();
  /** What this shard may use of things that all share, by key. */
  readonly shares = new Map<string, Share>();
  /** What all share and has its home in this shard, by key. */
  readonly resources = new Map<string, Resource>();
  /** Keys of limits that have tasks to come. */
  readonly coming = new Set<string>();
  /** Keys of limits whose share is to be looked at. */
  readonly unshared = new Set<string>();
  /** What this shard has said to itself. */
  readonly letters: Message[] = [];
  /** Gives a name that nobody has had; from outside, so that a simulation is the same each time. */
  readonly mint: () => string;
  readonly shard: number;
  readonly shards: number;
  #changed = changeSets();
  #changedShares = new Map<string, ShareRow>();
  #sent: { to: number; body: Message }[] = [];
  #effects: Effect[] = [];

  /** @param place - which of how many shards it is of. Default: the only one */
  constructor(mint: () => string, { shard, shards }: { shard: number; shards: number } = { shard: 0, shards: 1 }) {
    this.mint = mint;
    this.shard = shard;
    this.shards = shards;
  }

  /** There is no other shard. */
  get alone(): boolean {
    return this.shards === 1;
  }

  /** The shard of a DAG, or the home of something that all share. */
  homeOf(name: string): number {
    return this.alone ? 0 : shardOf(name, this.shards);
  }

  /** Sends a message with what else this step changes. */
  post(to: number, message: Message): void {
    if (to === this.shard) this.letters.push(message);
    else this.#sent.push({ to, body: message });
  }

  /** The same to all other shards. */
  postAll(message: Message): void {
    for (let to = 0; to < this.shards; to++) if (to !== this.shard) this.post(to, message);
  }

  changedShare(row: ShareRow): void {
    this.#changedShares.set(row.key, row);
  }

  changed(kind: "runs", row: RunRow): void;
  changed(kind: "instances", row: InstanceRow): void;
  changed(kind: "attempts", row: AttemptRow): void;
  changed(kind: "dags", row: DagRow): void;
  changed(kind: "backfills", row: BackfillRow): void;
  changed(kind: "intervals", row: BackfillIntervalRow): void;
  changed(kind: "pools", row: PoolRow): void;
  changed(kind: "ledgers", row: LedgerRow): void;
  changed(kind: "alerts", row: AlertRow): void;
  changed(kind: "throttles", row: ThrottleRow): void;
  changed(kind: "memos", row: MemoRow): void;
  changed(kind: keyof ChangeSets, row: never): void {
    this.#changed[kind].add(row);
  }

  effect(effect: Effect): void {
    this.#effects.push(effect);
  }

  /**
   * What is to be stored since the last call, as copies; undefined when nothing is.
   * @param taken - ids of the messages that this comes of
   */
  takeChanges(taken: number[] = [], answers: Answer[] = []): Changes | undefined {
    const sets = this.#changed;
    const shard = this.#takeShardChanges(taken, answers);
    if (!shard && Object.values(sets).every((set) => set.size === 0)) return undefined;
    this.#changed = changeSets();
    const copies = <T extends object>(rows: Set<T>): T[] => Array.from(rows, (row) => ({ ...row }));
    return {
      runs: copies(sets.runs),
      instances: copies(sets.instances),
      attempts: copies(sets.attempts),
      dags: copies(sets.dags),
      backfills: copies(sets.backfills),
      intervals: copies(sets.intervals),
      pools: copies(sets.pools),
      ledgers: copies(sets.ledgers),
      alerts: copies(sets.alerts),
      throttles: copies(sets.throttles),
      memos: copies(sets.memos),
      fence: this.fence,
      shard,
    };
  }

  #takeShardChanges(taken: number[], answers: Answer[]): Changes["shard"] {
    if (this.#sent.length + this.#changedShares.size + taken.length === 0) return undefined;
    const sent = this.#sent.map(({ to, body }) => ({ to, body: body as unknown as Json }));
    const shares = [...this.#changedShares.values()];
    this.#sent = [];
    this.#changedShares = new Map();
    return { sent, taken, answers, shares };
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  timer(at: number, timer: Timer): void {
    this.timers.push(at, timer);
  }

  pool(name: string): Pool {
    const found = this.pools.get(name) ?? this.pools.get("default");
    return found as Pool;
  }

  addPool(row: PoolRow): Pool {
    const pool = { row, queue: new FairQueue<Instance>(), live: new Set<Attempt>(), used: 0 };
    this.pools.set(row.name, pool);
    return pool;
  }

  limit(key: string): Limit {
    let limit = this.limits.get(key);
    if (!limit) this.limits.set(key, (limit = { live: new Set(), held: new Heap(), coming: new Set() }));
    return limit;
  }
}

interface ChangeSets {
  runs: Set<RunRow>;
  instances: Set<InstanceRow>;
  attempts: Set<AttemptRow>;
  dags: Set<DagRow>;
  backfills: Set<BackfillRow>;
  intervals: Set<BackfillIntervalRow>;
  pools: Set<PoolRow>;
  ledgers: Set<LedgerRow>;
  alerts: Set<AlertRow>;
  throttles: Set<ThrottleRow>;
  memos: Set<MemoRow>;
}

function changeSets(): ChangeSets {
  return { runs: new Set(), instances: new Set(), attempts: new Set(), dags: new Set(), backfills: new Set(), intervals: new Set(), pools: new Set(), ledgers: new Set(), alerts: new Set(), throttles: new Set(), memos: new Set() };
}
