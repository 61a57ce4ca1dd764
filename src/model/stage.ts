import { reduce } from "./aggregate.ts";
import { checkAggregate, flatResult } from "./aggregation-options.ts";
import { inputs, output, outputs } from "./datasets.ts";
import { declared } from "./declared.ts";
import { type Aggregate, type BatchContext, type BatchFunction, definitionMark, type KeyedFunction, type RecordContext, type RecordFunction, type StageDefinition } from "./definition.ts";
import { durationMs } from "./duration.ts";
import type { Json, StageKind, WindowDecl } from "./manifest.ts";
import { checkName, declarationText } from "./names.ts";
import { checkNumber, checkOptions, invalid } from "./option-checks.ts";
import { callSite, type Place } from "./place.ts";
import type { Check } from "./quality/check-definition.ts";
import { streamCheckList } from "./quality/stream-checks.ts";
import type { FieldOf } from "./schema-types.ts";
import { type RunOptions, runOptionNames, runSettings } from "./stage-defaults.ts";
import { usedSecrets } from "./used-secrets.ts";
import type { AggregateOf, AggregateRow, AggregateTools, Emit, From, KeyIn, RecordIn, RecordOut, To } from "./stage-types.ts";

interface CommonOptions<F, O> extends RunOptions {
  /** The topic read; a list of topics gives their records as a union. */
  from: F;
  /** The topic or table written; several by the name that `emit` calls them. */
  to: O;
  /** What must hold of each record that is read, beside what its topic asks: see `checks` of topics. */
  checks?: readonly Check[];
}

/** A function for each record. Async where it must wait; order is kept per key. */
export interface RecordStageOptions<F, O> extends CommonOptions<F, O> {
  run: (record: RecordIn<F>, emit: Emit<O>, context: RecordContext) => unknown;
  /** Records under way at once when `run` is async, 1 to 10,000. Default 16. */
  concurrency?: number;
  runBatch?: never;
  aggregate?: never;
  window?: never;
  by?: never;
  allowedLateness?: never;
  result?: never;
}

/** A function for each batch of records, for work that is cheaper by the batch. */
export interface BatchStageOptions<F, O> extends CommonOptions<F, O> {
  runBatch: (records: RecordIn<F>[], emit: Emit<O>, context: BatchContext) => unknown;
  run?: never;
  concurrency?: never;
  aggregate?: never;
  window?: never;
  by?: never;
  allowedLateness?: never;
  result?: never;
}

/** A function for each record that remembers what it needs of those before it with the same key. */
export interface KeyedStageOptions<F, O, B extends FieldOf<RecordIn<F>>, S> extends CommonOptions<F, O> {
  /**
   * Gets what it remembers of the record's key, and returns what it will remember: another value, or the same one changed. Not
   * async: order is kept per key. A record that it throws on goes to the dead letters; what was changed by then inside of the
   * memory stays changed.
   */
  runKeyed: (memory: S, record: RecordIn<F>, emit: Emit<O>, context: RecordContext) => S;
  /** What is remembered of a key that comes for the first time. What is remembered must be JSON: it is kept in the epoch and comes back after a crash. */
  init: () => S;
  /** Fields that make a key. They must include the input's key, or records of one key would be in several places. Default: the input's key. */
  by?: B | readonly B[];
  /** A key whose last record is older than this in event time, as "7d", is forgotten. Default: none is. */
  keepFor?: string;
  run?: never;
  runBatch?: never;
  concurrency?: never;
  aggregate?: never;
  window?: never;
  allowedLateness?: never;
  result?: never;
}

/** Aggregates of each group, by window of event time or running. */
export interface AggregateStageOptions<F, O, A, B extends FieldOf<RecordIn<F>>, W> extends CommonOptions<F, O> {
  /**
   * Name of a result field to its aggregate, as `{ flights: count(), mean_delay: mean("delay") }`. As a function it gets a
   * `reduce` that knows the input's records: `({ reduce }) => ({ places: reduce({ init: () => 0, add: (sum, flight) => … }) })`.
   */
  aggregate: A | ((tools: AggregateTools<RecordIn<F>>) => A);
  /** Fields that make a group. They must include the input's key, or records of a group would be in several places. Default: the key. */
  by?: B | readonly B[];
  /** Default: none. A running aggregate emits the group's new value after each batch. */
  window?: W;
  /** How long after the window's end late records still count. Default: none wait. */
  allowedLateness?: string;
  /** Shapes a result into the output's record. Default: the group's fields, the aggregates, `window_start` and `window_end`. */
  result?: (row: AggregateRow<RecordIn<F>, B, A, W>) => RecordOut<O>;
  run?: never;
  runBatch?: never;
  concurrency?: never;
}

const known = ["from", "to", "run", "runBatch", "concurrency", "aggregate", "window", "by", "allowedLateness", "result", "checks", "runKeyed", "init", "keepFor", ...runOptionNames];

/**
 * Declares a stage: code between datasets, the unit of isolation, scaling and release.
 * It must be exported from the file that declares it: its process finds it there.
 *
 * @example stage("branch", { from: orders, to: { large, small }, run: (order, emit) => emit(order.amount > 1000 ? "large" : "small", order) })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be, `MR-MODEL-005` for an unreadable duration or size
 */
export function stage<
  const F extends From,
  const O extends To,
  const A extends { readonly [name: string]: AggregateOf<RecordIn<F>> } = {},
  const B extends FieldOf<RecordIn<F>> = KeyIn<F> & FieldOf<RecordIn<F>>,
  const W extends WindowDecl | undefined = undefined,
  S = unknown,
>(name: string, options: RecordStageOptions<F, O> | BatchStageOptions<F, O> | KeyedStageOptions<F, O, B, S> | AggregateStageOptions<F, O, A, B, W>): StageDefinition<RecordIn<F>, RecordOut<O>> {
  // Past this line the types have done their work: the user may write JavaScript, so everything is checked again.
  return stageAt(name, options, callSite(stage));
}

/** A stage that another declaration stands for. @param site - of that declaration; throws as `stage` does */
export function stageAt(name: string, options: object, site: Place | undefined): StageDefinition {
  return define(name, options as LooseOptions, site);
}

interface LooseOptions extends RunOptions {
  from: unknown;
  to: unknown;
  run?: RecordFunction;
  runBatch?: BatchFunction;
  runKeyed?: KeyedFunction;
  init?: () => unknown;
  by?: string | readonly string[];
  keepFor?: string;
  concurrency?: number;
  checks?: unknown;
}

function define(name: string, options: LooseOptions, site: Place | undefined): StageDefinition {
  checkName("stage", name, site);
  const where = declarationText("stage", name, site);
  checkOptions(options, known, where);
  const kind = kindOf(options, where);
  return declared<StageDefinition>({
    ...frame(name, kind, options, where),
    to: kind === "aggregate" ? output(options.to, where) : outputs(options.to, where),
    secrets: usedSecrets(options.uses, where, options.run),
    run: options.run,
    runBatch: options.runBatch,
    ...(kind === "keyed" ? memory(options, where) : {}),
    ...(kind === "aggregate" ? aggregation(options as unknown as AggregateOptions, where) : {}),
    site,
  });
}

type Frame = Pick<StageDefinition, typeof definitionMark | "name" | "kind" | "from" | "checks" | "concurrency" | keyof ReturnType<typeof runSettings>>;

/** What all stages have, whatever they do. */
function frame(name: string, kind: StageKind, options: Pick<LooseOptions, "from" | "checks" | "concurrency" | keyof RunOptions>, where: string): Frame {
  return {
    [definitionMark]: "stage",
    name,
    kind,
    from: inputs(options.from, where),
    ...runSettings(options, where),
    checks: options.checks === undefined ? undefined : streamCheckList(options.checks, where),
    concurrency: checkNumber(options.concurrency, { name: "concurrency", min: 1, max: 10_000, fallback: 16, whole: true }, where),
  };
}

/** A stage whose code is ours. */
export interface OwnStage {
  kind: "validate" | "profile";
  /** Names of options beside those that all such stages have. */
  known: readonly string[];
  to(where: string): StageDefinition["to"];
  settings?(where: string): Json;
}

/** A stage that runs code of ours: what it does follows from its kind and its settings. @param site - of its declaration; throws as `stage` does */
export function ownStageAt(name: string, options: RunOptions & { from: unknown; checks?: unknown }, { kind, known: names, to, settings }: OwnStage, site: Place | undefined): StageDefinition {
  checkName("stage", name, site);
  const where = declarationText("stage", name, site);
  checkOptions(options, ["from", "to", ...names, ...runOptionNames], where);
  return declared<StageDefinition>({ ...frame(name, kind, options, where), to: to(where), settings: settings?.(where), site });
}

function memory({ runKeyed, init, by, keepFor }: LooseOptions, where: string): Pick<StageDefinition, "runKeyed" | "init" | "by" | "keepForMs"> {
  if (typeof init !== "function") throw invalid("the stage does not say what it remembers at first", where, "give init: () => ({ … })");
  return { runKeyed, init, by: typeof by === "string" ? [by] : by && [...by], keepForMs: keepFor === undefined ? undefined : durationMs(keepFor, `${where}, keepFor`) };
}

type AggregateOptions = { aggregate: Record<string, Aggregate> | ((tools: { reduce: typeof reduce }) => Record<string, Aggregate>); by?: string | readonly string[]; window?: WindowDecl; allowedLateness?: string; result?: NonNullable<StageDefinition["result"]> };
type Aggregation = Pick<StageDefinition, "aggregate" | "by" | "window" | "allowedLatenessMs" | "result" | "shaped">;

function aggregation(given: AggregateOptions, where: string): Aggregation {
  const options = { ...given, aggregate: typeof given.aggregate === "function" ? given.aggregate({ reduce }) : given.aggregate };
  checkAggregate(options, where);
  const { aggregate, by, window, allowedLateness, result } = options;
  return {
    aggregate: { ...aggregate },
    by: typeof by === "string" ? [by] : by && [...by],
    window,
    allowedLatenessMs: allowedLateness === undefined ? undefined : durationMs(allowedLateness, `${where}, allowedLateness`),
    result: result ?? flatResult,
    shaped: result !== undefined,
  };
}

const kinds = { run: "record", runBatch: "batch", runKeyed: "keyed", aggregate: "aggregate" } as const satisfies Record<string, StageKind>;

function kindOf(options: object, where: string): StageKind {
  const given = Object.keys(kinds).filter((name) => (options as Record<string, unknown>)[name] !== undefined) as (keyof typeof kinds)[];
  if (given.length !== 1) {
    throw invalid(given.length === 0 ? "the stage does nothing" : `the stage has ${given.join(" and ")}`, where, "give exactly one of run (for each record), runBatch (for each batch), runKeyed (for each record, with what is remembered of its key) and aggregate");
  }
  const [name] = given;
  if (name !== "aggregate" && typeof (options as Record<string, unknown>)[name] !== "function") throw invalid(`${name} is not a function`, where, `write ${name}: (${{ run: "record", runBatch: "records", runKeyed: "memory, record" }[name]}, emit) => …`);
  if (name !== "aggregate") refuseOptionsOf("aggregate", ["window", "allowedLateness", "result"], options, name, where);
  if (name !== "runKeyed") refuseOptionsOf("runKeyed", ["init", "keepFor"], options, name, where);
  if (name === "run" || name === "runBatch") refuseOptionsOf("aggregate and runKeyed", ["by"], options, name, where);
  return kinds[name];
}

function refuseOptionsOf(others: string, names: readonly string[], options: object, name: string, where: string): void {
  for (const option of names) {
    if ((options as Record<string, unknown>)[option] !== undefined) throw invalid(`the stage has ${name} and ${option}`, where, `${option} goes with ${others} alone: remove one of the two`);
  }
}
