import { reshapingCall, type Rows, type RowsInput } from "../model/nested.ts";
import { reject } from "../model/reject-record.ts";
import { fillSecrets, secret, type SecretAccess, secretNames } from "../model/secret.ts";
import { usingSecrets } from "../model/used-secrets.ts";
import { applySteps, type RejectedRow, type ReportLine, rowFunction } from "./steps/apply-steps.ts";
import type { Cell, Row } from "./steps/cells.ts";
import type { WranglePart } from "./steps/compile-steps.ts";
import { type ReadStep, readSteps } from "./steps/read-steps.ts";
import { Rejection, type Step } from "./steps/step.ts";

/** A row of a wrangling's quarantine, as tables have it. */
export interface QuarantineRow {
  step: number;
  rule: string;
  reason: string;
  /** The row as JSON. */
  row: Cell;
}

/** A line of a wrangling's report, as tables have it. */
export interface ReportRow {
  step: number;
  rule: string;
  column: string | null;
  rows_in: number | null;
  rows_out: number | null;
  rejected: number | null;
  changed: number | null;
  samples: { before: string | null; after: string | null }[] | null;
}

/** What was done to rows in memory: of those given, each is in `rows` or in `rejected`, but for steps that make other rows. */
export interface WrangledRows<In, Out> {
  rows: Out[];
  rejected: (Omit<RejectedRow, "row"> & { row: Partial<In> })[];
  report: ReportLine[];
}

/** Steps over rows. The value itself is the rows that come of it, to select from. */
export interface Wrangling<In, Out> extends Rows<Out> {
  readonly steps: readonly Step[];
  readonly input: RowsInput<In>;
  /** The rows that a step would not let on, with the reason. */
  readonly rejected: Rows<QuarantineRow>;
  /** What each step did: rows in, out and rejected, cells changed by column, samples before and after. */
  readonly report: Rows<ReportRow>;
  /** Does the same to rows in memory: in a task, in a test. */
  apply(rows: readonly In[]): WrangledRows<In, Out>;
  /**
   * Does the same to one record, as `run` of a stage; what is rejected goes to the stage's dead letters. The stage is given the
   * secrets that the steps name: nobody has to name them in `uses`.
   * @throws MillraceError `MR-WRANGLE-001` when a step looks at other rows than the one at hand
   */
  readonly run: (record: In, emit: (record: Out) => void, context?: Pick<SecretAccess, "secret">) => void;
  /**
   * The same steps with their keys, for rows in memory. Nothing that is stored or shown holds them.
   * @param secretOf - gives what a secret is, by name: `secret` of a task's context
   */
  withSecrets(secretOf: (name: string) => string): Wrangling<In, Out>;
}

/**
 * Cleans rows by named steps, one after the other.
 *
 * @param input - a dataset, rows that were reshaped, or a SELECT
 * @example
 * const clean = wrangle(raw, trim(["title"]), required("title"));
 * export const films = table("films.clean", { sql: sql`select * from ${clean}` });
 * @throws MillraceError `MR-WRANGLE-001` for options that cannot be
 */
export function wrangle<A, B>(input: RowsInput<A>, a: Step<A, B>): Wrangling<A, B>;
export function wrangle<A, B, C>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>): Wrangling<A, C>;
export function wrangle<A, B, C, D>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>): Wrangling<A, D>;
export function wrangle<A, B, C, D, E>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>): Wrangling<A, E>;
export function wrangle<A, B, C, D, E, F>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>): Wrangling<A, F>;
export function wrangle<A, B, C, D, E, F, G>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>, f: Step<F, G>): Wrangling<A, G>;
export function wrangle<A, B, C, D, E, F, G, H>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>, f: Step<F, G>, g: Step<G, H>): Wrangling<A, H>;
export function wrangle<A, B, C, D, E, F, G, H, I>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>, f: Step<F, G>, g: Step<G, H>, h: Step<H, I>): Wrangling<A, I>;
export function wrangle<A, B, C, D, E, F, G, H, I, J>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>, f: Step<F, G>, g: Step<G, H>, h: Step<H, I>, i: Step<I, J>): Wrangling<A, J>;
export function wrangle<A, B, C, D, E, F, G, H, I, J, K>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>, f: Step<F, G>, g: Step<G, H>, h: Step<H, I>, i: Step<I, J>, j: Step<J, K>): Wrangling<A, K>;
export function wrangle<A, B, C, D, E, F, G, H, I, J, K, L>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>, f: Step<F, G>, g: Step<G, H>, h: Step<H, I>, i: Step<I, J>, j: Step<J, K>, k: Step<K, L>): Wrangling<A, L>;
export function wrangle<A, B, C, D, E, F, G, H, I, J, K, L, M>(input: RowsInput<A>, a: Step<A, B>, b: Step<B, C>, c: Step<C, D>, d: Step<D, E>, e: Step<E, F>, f: Step<F, G>, g: Step<G, H>, h: Step<H, I>, i: Step<I, J>, j: Step<J, K>, k: Step<K, L>, l: Step<L, M>): Wrangling<A, M>;
/** More steps than twelve, or steps in a list: the rows' type is said by hand, `wrangle<In, Out>(…)`. */
export function wrangle<In, Out>(input: RowsInput<In>, ...steps: readonly Step<never>[]): Wrangling<In, Out>;
export function wrangle(input: unknown, ...steps: readonly Step<never>[]): unknown {
  const part = (name?: WranglePart): Rows<unknown> => reshapingCall("wrangle", input, [steps.map(asData)], { part: name });
  const places = secretNames(steps).map(secret);
  const filled = (secretOf: (name: string) => string): ReadStep[] => readSteps(fillSecrets(steps, secretOf));
  const wrangling = (read: readonly ReadStep[]): object => {
    let change: ReturnType<typeof rowFunction> | undefined;
    return {
      ...part(),
      steps,
      input,
      rejected: part("rejected"),
      report: part("report"),
      apply: (rows: readonly Row[]) => applySteps(read, rows),
      run: usingSecrets((record: Row, emit: (record: Row) => void, context?: Pick<SecretAccess, "secret">) => {
        change ??= rowFunction(context ? filled(context.secret) : read);
        const made = change(record);
        if (made instanceof Rejection) reject(made.reason);
        for (const row of made) emit(row);
      }, places),
      withSecrets: (secretOf: (name: string) => string) => wrangling(filled(secretOf)),
    };
  };
  return wrangling(readSteps(steps));
}

/** A step as a statement has it: of a function it says only that there is one. */
const asData = (options: object): Record<string, unknown> => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined).map(([name, value]) => [name, typeof value === "function" ? "a function" : value]));
