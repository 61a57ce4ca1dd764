import type { TriggerRule } from "../dag-manifest.ts";
import type { DagDefinition, StageDefinition, TableDefinition, TopicDefinition } from "../definition.ts";
import type { Json } from "../manifest.ts";
import type { Uses } from "../used-secrets.ts";
import type { Sql, SqlTag } from "../sql-tag.ts";
import type { Before, Given, GroupOf, Inputs, InputsOf, ItemRef, MappedOf, RuleOf, Stored, TaskRef } from "./refs.ts";
import type { SensorContext, TaskContext } from "./task-context.ts";

/** Options of every task. Durations are texts, as `"30s"`. */
export interface FlowOptions<R extends TriggerRule = TriggerRule, D extends readonly TaskRef[] = readonly TaskRef[]> {
  /** What it comes after, beside those whose results it takes. */
  after?: readonly Before[];
  /** What it waits for in the states of those before it. Default `all_success`; for a teardown `all_done_setup_success`. */
  trigger?: R;
  /** It prepares what others need. */
  setup?: boolean;
  /** The setups whose work it takes away again, once they and all that it comes after have ended. Its failure does not fail the run. */
  teardownOf?: D;
  /** It waits for itself in the run before. Default false. */
  dependsOnPast?: boolean;
  /** It waits for the tasks directly behind it too, in the run before. Default false. */
  waitForDownstream?: boolean;
  /** Datasets that its success says have new data. */
  updates?: readonly (TopicDefinition | TableDefinition)[];
}

/** Options of tasks that do work. */
export interface TaskOptions<R extends TriggerRule = TriggerRule, D extends readonly TaskRef[] = readonly TaskRef[]> extends FlowOptions<R, D> {
  /** Attempts after the first, 0 to 1,000. Default 0. */
  retries?: number;
  /** Wait before the second attempt. Default "5m". */
  retryDelay?: string;
  /** `exponential` doubles the wait each time, with jitter. Default `fixed`. */
  backoff?: "fixed" | "exponential";
  /** Longest wait between attempts. Default "24h". */
  retryDelayMax?: string;
  /** Longest time of an attempt. Default: none. */
  timeout?: string;
  /** Longest time of all attempts together, waits included. Default: none. */
  totalTimeout?: string;
  /** Longest wait for a worker, once it has its slots. Default: none. */
  queueTimeout?: string;
  /** Time for the code to heed its signal before its process is killed. Default "5s". */
  grace?: string;
  /** Default `default`. */
  pool?: string;
  /** Slots of the pool that it takes, 1 to 1,000,000. Default 1. */
  slots?: number;
  /** Higher goes first, -1,000,000 to 1,000,000. Default 0. */
  priority?: number;
  /** How many of it go on at once, over all runs of the DAG. Default: as many as may. */
  maxActive?: number;
  /**
   * At most `max` (default 1) go on at once, of all tasks of the project with the same key. The key may have places:
   * `customer-{{ params.customer }}`; also `{{ interval.start }}`, `{{ run.id }}` and, in a map, `{{ index }}`.
   */
  concurrency?: { key: string; max?: number };
  /**
   * At most `limit` starts in `per`, evenly apart; after a pause `burst` (default 1) may come at once. Retries and looks of
   * sensors are starts too. It holds for all tasks of the project with the same key, which may have places as above.
   * Default for the key: the task.
   */
  throttle?: { limit: number; per: string; burst?: number; key?: string };
  /**
   * Work that was done before is not done again: its result is taken. True: when release, parameters, interval, inputs and
   * item are the same. With a `key`, which may have places as above: when the key is. `for` (default "30d") is how long a
   * result stands. Results that lie in files are not kept. Clearing the task forgets its result.
   */
  memo?: boolean | { key?: string; for?: string };
  /** Secrets and connections that its code asks its context for. Those with a place in a setting need not be named. */
  uses?: Uses;
  /** Each attempt has a worker process to itself. Default false. */
  isolated?: boolean;
}

/** What a DAG gives to all of its tasks, where they say nothing else. */
export type TaskDefaults = Omit<TaskOptions, keyof FlowOptions | "isolated" | "memo" | "uses"> & Pick<FlowOptions, "dependsOnPast" | "waitForDownstream">;

/** A sensor looks again and again until it finds what it waits for. */
export interface SensorOptions<R extends TriggerRule = TriggerRule, D extends readonly TaskRef[] = readonly TaskRef[]> extends TaskOptions<R, D> {
  /** Between two looks. Default "1m". */
  every?: string;
  /** For all looks together. Default "7d". */
  timeout?: string;
  /** Longest time of one look. Default: none. */
  lookTimeout?: string;
  /** `reschedule` gives its slot back between looks; `poke` keeps it, for looks that are seconds apart. Default `reschedule`. */
  mode?: "poke" | "reschedule";
  /** When the time is over it is skipped in place of failed. Default false. */
  soft?: boolean;
}

/** What the code of a task with inputs `I` is given. */
export type ContextOf<P, I, R extends TriggerRule, D> = InputsOf<I, RuleOf<R, D>> & TaskContext<P>;

/** A value, or code that works it out when the task runs. */
export type Setting<V, C> = V | ((context: C) => V | PromiseLike<V>);

type None = {};
type Nobody = readonly [];

/** `{ inputs }` of a task whose settings stand in one object. */
interface TakesInputs<I extends Inputs> {
  /** Results that the functions among the settings get, by name. */
  inputs?: I;
}

/** A result as soon as code has it. */
type ResultOf<T> = Stored<Awaited<T>>;

export interface TaskTool<P> {
  <T, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, run: (context: TaskContext<P>) => T, options?: TaskOptions<R, D>): TaskRef<ResultOf<T>>;
  <const I extends Inputs, T, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, inputs: I, run: (context: ContextOf<P, I, R, D>) => T, options?: TaskOptions<R, D>): TaskRef<ResultOf<T>>;
}

/** A row of a statement's result: columns by name. */
export type SqlRow = { readonly [column: string]: Json };

export interface SqlSettings<P, I extends Inputs, T extends TableDefinition | undefined, R extends TriggerRule, D extends readonly TaskRef[]> extends TaskOptions<R, D>, TakesInputs<I> {
  /** The table whose rows for the run's interval the statement's result becomes, whatever was there. Default: the rows are the task's result. */
  into?: T;
  /** One SELECT. */
  query: Setting<Sql, ContextOf<P, I, R, D>>;
}

/** A task of SQL: `sql("name", { query })`. As a tag it writes the SQL: sql`select …`. */
export interface SqlTool<P> extends SqlTag {
  <const I extends Inputs = None, T extends TableDefinition | undefined = undefined, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(
    name: string,
    settings: SqlSettings<P, I, T, R, D>,
  ): TaskRef<T extends TableDefinition ? { rows: number } : SqlRow[]>;
}

export interface CommandSettings<C> {
  /** Variables of the environment, beside those that every task has. */
  env?: Setting<{ readonly [name: string]: string }, C>;
  /** Processes that it may have at once. Default 1,024. */
  processes?: number;
  /** Most memory, as "512MiB". Default: no limit of its own. */
  memory?: string;
}

export interface ShellSettings<P, I extends Inputs, R extends TriggerRule, D extends readonly TaskRef[]> extends TaskOptions<R, D>, TakesInputs<I>, CommandSettings<ContextOf<P, I, R, D>> {
  /** A text for the shell; or a program and its arguments, which no shell reads. */
  command: Setting<string | readonly string[], ContextOf<P, I, R, D>>;
  /** Folder, from the project's. Default: the project's. */
  cwd?: Setting<string, ContextOf<P, I, R, D>>;
}

/** A command in a process of its own. Its result is the last line that it prints. */
export type ShellTool<P> = <const I extends Inputs = None, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, settings: ShellSettings<P, I, R, D>) => TaskRef<string | null>;

export interface ContainerSettings<P, I extends Inputs, R extends TriggerRule, D extends readonly TaskRef[]> extends TaskOptions<R, D>, TakesInputs<I>, CommandSettings<ContextOf<P, I, R, D>> {
  /** `registry/name:tag` */
  image: Setting<string, ContextOf<P, I, R, D>>;
  /** Default: what the image says. */
  command?: Setting<string | readonly string[], ContextOf<P, I, R, D>>;
  /** More arguments of `docker run`. */
  options?: readonly string[];
}

/** A command in a container, by docker or podman. Its result is the last line that it prints. */
export type ContainerTool<P> = <const I extends Inputs = None, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, settings: ContainerSettings<P, I, R, D>) => TaskRef<string | null>;

export interface HttpSettings<P, I extends Inputs, R extends TriggerRule, D extends readonly TaskRef[]> extends TaskOptions<R, D>, TakesInputs<I> {
  url: Setting<string, ContextOf<P, I, R, D>>;
  /** Default GET; POST where there is a body. */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Setting<{ readonly [name: string]: string }, ContextOf<P, I, R, D>>;
  /** A text goes as it is, anything else as JSON. */
  body?: Setting<string | number | boolean | null | readonly unknown[] | { readonly [name: string]: unknown }, ContextOf<P, I, R, D>>;
  /** Longest wait for the whole answer. Default "5m". */
  answerWithin?: string;
}

/** One request. Its result is the answer's body, parsed where it is JSON. */
export type HttpTool<P> = <const I extends Inputs = None, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, settings: HttpSettings<P, I, R, D>) => TaskRef<Json>;

/** What a sensor has seen: true, or with a value that is the task's result. */
export type Seen<T> = boolean | { readonly done: true; readonly value: T } | { readonly done: false };

export interface SensorTool<P> {
  <T = null, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, look: (context: SensorContext<P>) => Seen<T> | PromiseLike<Seen<T>>, options?: SensorOptions<R, D>): TaskRef<Stored<T>>;
  <const I extends Inputs, T = null, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(
    name: string,
    inputs: I,
    look: (context: InputsOf<I, RuleOf<R, D>> & SensorContext<P>) => Seen<T> | PromiseLike<Seen<T>>,
    options?: SensorOptions<R, D>,
  ): TaskRef<Stored<T>>;
}

/** Tasks directly behind a branch that go on; the others are skipped. A name is that in the DAG, or in the branch's own group. */
export type Choice<C extends string> = C | TaskRef | readonly (C | TaskRef)[] | null | undefined;

export interface BranchOptions<C extends string, R extends TriggerRule, D extends readonly TaskRef[]> extends TaskOptions<R, D> {
  /** All that may be chosen: the code can then choose nothing else, and each of them must follow the branch. */
  choices?: readonly C[];
}

export interface BranchTool<P> {
  <const C extends string = string, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, choose: (context: TaskContext<P>) => Choice<NoInfer<C>> | PromiseLike<Choice<NoInfer<C>>>, options?: BranchOptions<C, R, D>): TaskRef<null>;
  <const I extends Inputs, const C extends string = string, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(
    name: string,
    inputs: I,
    choose: (context: ContextOf<P, I, R, D>) => Choice<NoInfer<C>> | PromiseLike<Choice<NoInfer<C>>>,
    options?: BranchOptions<C, R, D>,
  ): TaskRef<null>;
}

export interface ShortCircuitOptions<R extends TriggerRule, D extends readonly TaskRef[]> extends TaskOptions<R, D> {
  /** False: only what comes directly behind is skipped, and the rest goes by its trigger rules. Default true: all of it. */
  cascade?: boolean;
}

/** What follows is skipped when the code gives a falsy value. */
export interface ShortCircuitTool<P> {
  <const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, decide: (context: TaskContext<P>) => unknown, options?: ShortCircuitOptions<R, D>): TaskRef<null>;
  <const I extends Inputs, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, inputs: I, decide: (context: ContextOf<P, I, R, D>) => unknown, options?: ShortCircuitOptions<R, D>): TaskRef<null>;
}

export type WaitSettings<P, I extends Inputs, R extends TriggerRule, D extends readonly TaskRef[]> = FlowOptions<R, D> &
  TakesInputs<I> &
  (
    | { for: string; until?: never; dataset?: never; timeout?: never }
    | { until: (context: ContextOf<P, I, R, D>) => Date | string | PromiseLike<Date | string>; for?: never; dataset?: never; timeout?: never }
    | {
        /** Waits until it is whole for the run's data interval, whoever makes it so. */
        dataset: TopicDefinition | TableDefinition;
        /** Default: it waits for ever. */
        timeout?: string;
        for?: never;
        until?: never;
      }
  );

/** Nothing but time, or another's data. It holds no slot. */
export type WaitTool<P> = <const I extends Inputs = None, const D extends readonly TaskRef[] = Nobody, R extends TriggerRule = never>(name: string, settings: WaitSettings<P, I, R, D>) => TaskRef<null>;

export interface ApprovalSettings extends FlowOptions {
  /** What the person is asked. */
  prompt: string;
  /** It fails when nobody has answered by then. Default: it waits for ever. */
  timeout?: string;
}

/** What a person has said; it has a result only when that was yes. */
export type Approval = { readonly approved: boolean; readonly by: string; readonly note: string | null };

export type ApprovalTool = (name: string, settings: ApprovalSettings) => TaskRef<Approval>;

export interface TriggerSettings<D extends DagDefinition | string> extends FlowOptions {
  /** The DAG, or its name. */
  dag: D;
  params?: D extends DagDefinition<infer P> ? Partial<P> : { readonly [name: string]: Json };
  /** Whether it goes as that run goes. Default true. */
  wait?: boolean;
}

/** A run of another DAG, for the same data interval. */
export type TriggerTool = <const D extends DagDefinition | string>(name: string, settings: TriggerSettings<D>) => TaskRef<null>;

export interface StageRunSettings extends TaskOptions {
  /** The stage, or its name. */
  stage: StageDefinition | string;
}

/** A streaming stage over what its inputs have now, to their end. */
export type StageRunTool = (name: string, settings: StageRunSettings) => TaskRef<{ readonly records: number }>;

export interface GroupOptions {
  /** What its first tasks come after. */
  after?: readonly Before[];
}

export interface MapOptions extends GroupOptions {
  /** Most items, 1 to 100,000. Default 10,000. */
  itemsMax?: number;
}

export interface LoopOptions extends GroupOptions {
  /** Most rounds, 1 to 100,000; the loop fails when the last of them has not been the end. Default 1,000. */
  max?: number;
  /** Time between the end of a round and the next one. Default: none. */
  every?: string;
}

/** What a loop's function gives out: the task that gives true after the last round; and the one whose result the loop has. */
export type Round<T> = TaskRef<boolean> | { readonly until: TaskRef<boolean>; readonly result?: TaskRef<T> };

interface Tools<P> {
  task: TaskTool<P>;
  sql: SqlTool<P>;
  shell: ShellTool<P>;
  http: HttpTool<P>;
  container: ContainerTool<P>;
  sensor: SensorTool<P>;
  branch: BranchTool<P>;
  shortCircuit: ShortCircuitTool<P>;
  wait: WaitTool<P>;
  approval: ApprovalTool;
  trigger: TriggerTool;
  stageRun: StageRunTool;
}

/** What a DAG is built with. */
export interface DagTools<P> extends Tools<P> {
  /** Tasks under a name of their own: `checks.rows`. */
  group: <R extends Given>(name: string, build: (tools: DagTools<P>) => R, options?: GroupOptions) => GroupOf<R>;
  /** Tasks that run once for each item of a list: a task's result, or what is given here. */
  map: <T, R extends Given>(name: string, over: TaskRef<readonly T[]> | readonly T[], build: (item: ItemRef<T>, tools: MapTools<P>) => R, options?: MapOptions) => MappedOf<R>;
  /**
   * Tasks that run round after round until one of them says that it was the last. Each round has attempts and logs of its own;
   * `previous` in the context of a task is what it gave the round before. From outside it is one task with the result of the
   * last round.
   */
  loop: <T = boolean>(name: string, build: (tools: MapTools<P>) => Round<T>, options?: LoopOptions) => TaskRef<T>;
}

/** What a map or a loop is built with: none can be in another. */
export interface MapTools<P> extends Tools<P> {
  group: <R extends Given>(name: string, build: (tools: MapTools<P>) => R, options?: GroupOptions) => GroupOf<R>;
}
