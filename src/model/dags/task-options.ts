import type { TaskDecl, TaskKind, TriggerRule } from "../dag-manifest.ts";
import { durationMs } from "../duration.ts";
import { nearest } from "../names.ts";
import { checkNumber, checkOptions, invalid } from "../option-checks.ts";
import { usedSecrets } from "../used-secrets.ts";
import { fault } from "./fault.ts";
import { checkKeyPlaces } from "./templates.ts";
import type { TaskDefaults, TaskOptions } from "./tools.ts";

const triggerRules: readonly TriggerRule[] = ["all_success", "all_failed", "all_done", "all_skipped", "one_success", "one_failed", "one_done", "none_failed", "none_failed_min_one_success", "none_skipped", "all_done_min_one_success", "all_done_setup_success", "always"];
const workNames = ["retries", "retryDelay", "backoff", "retryDelayMax", "timeout", "totalTimeout", "queueTimeout", "grace", "pool", "slots", "priority", "maxActive", "concurrency", "throttle"] as const;

/** Options of tasks that only wait. */
export const flowOptionNames: readonly string[] = ["after", "trigger", "setup", "teardownOf", "dependsOnPast", "waitForDownstream", "updates"];
/** Options of tasks that do work. */
export const taskOptionNames: readonly string[] = [...flowOptionNames, ...workNames, "memo", "uses", "isolated"];

export type TaskSettings = Pick<
  TaskDecl,
  | "trigger" | "retries" | "retryDelayMs" | "backoff" | "retryDelayMaxMs" | "timeoutMs" | "totalTimeoutMs" | "queueTimeoutMs" | "graceMs" | "pool" | "slots" | "priority" | "maxActive" | "concurrency" | "throttle"
  | "dependsOnPast" | "waitForDownstream" | "setup" | "isolated" | "memo" | "secrets"
>;

/** What a DAG gives to its tasks, checked: names alone, for each task reads the values again with its own over them. */
export function checkDefaults(defaults: unknown, where: string): TaskDefaults {
  if (defaults === undefined) return {};
  checkOptions(defaults, [...workNames, "dependsOnPast", "waitForDownstream"], where);
  taskSettings(defaults as TaskOptions, {}, where);
  return defaults as TaskDefaults;
}

/**
 * A task's options with every default filled in and every bound checked.
 * @param own - the task's; those of its kind are looked at elsewhere
 */
export function taskSettings(own: TaskOptions, defaults: TaskDefaults, where: string): TaskSettings {
  const options: TaskOptions = { ...defaults, ...withoutAbsent(own) };
  const whole = (name: "retries" | "slots" | "priority" | "maxActive", min: number, max: number, fallback: number) => checkNumber(options[name], { name, min, max, fallback, whole: true }, where);
  const ms = (name: "timeout" | "totalTimeout" | "queueTimeout") => (options[name] === undefined ? undefined : durationMs(options[name], `${where}, ${name}`));
  const waitForDownstream = yesNo(options.waitForDownstream, "waitForDownstream", where) ?? false;
  return {
    trigger: triggerRule(own, where),
    retries: whole("retries", 0, 1_000, 0),
    retryDelayMs: durationMs(options.retryDelay ?? "5m", `${where}, retryDelay`),
    backoff: oneOf(options.backoff ?? "fixed", ["fixed", "exponential"], "backoff", where),
    retryDelayMaxMs: durationMs(options.retryDelayMax ?? "24h", `${where}, retryDelayMax`),
    timeoutMs: ms("timeout"),
    totalTimeoutMs: ms("totalTimeout"),
    queueTimeoutMs: ms("queueTimeout"),
    graceMs: durationMs(options.grace ?? "5s", `${where}, grace`),
    pool: poolName(options.pool ?? "default", where),
    slots: whole("slots", 1, 1_000_000, 1),
    priority: whole("priority", -1_000_000, 1_000_000, 0),
    maxActive: options.maxActive === undefined ? undefined : whole("maxActive", 1, 1_000_000, 1),
    concurrency: concurrency(options.concurrency, where),
    throttle: throttle(options.throttle, where),
    // Who waits for those behind itself in the run before waits for itself too, as in Airflow.
    dependsOnPast: (yesNo(options.dependsOnPast, "dependsOnPast", where) ?? false) || waitForDownstream,
    waitForDownstream,
    setup: yesNo(own.setup, "setup", where) ? true : undefined,
    memo: memo(own.memo, where),
    secrets: usedSecrets(own.uses, where),
    isolated: yesNo(own.isolated, "isolated", where) ? true : undefined,
  };
}

function concurrency(option: TaskOptions["concurrency"], where: string): TaskDecl["concurrency"] {
  if (option === undefined) return undefined;
  const here = `${where}, concurrency`;
  checkOptions(option, ["key", "max"], here);
  return { key: limitKey(option.key, here), max: checkNumber(option.max, { name: "max", min: 1, max: 1_000_000, fallback: 1, whole: true }, here) };
}

function throttle(option: TaskOptions["throttle"], where: string): TaskDecl["throttle"] {
  if (option === undefined) return undefined;
  const here = `${where}, throttle`;
  checkOptions(option, ["limit", "per", "burst", "key"], here);
  if (option.limit === undefined) throw invalid("the throttle does not say how many starts", here, 'write { limit: 60, per: "1m" }');
  const limit = checkNumber(option.limit, { name: "limit", min: 1, max: 1_000_000, fallback: 1, whole: true }, here);
  const burst = checkNumber(option.burst, { name: "burst", min: 1, max: 1_000_000, fallback: 1, whole: true }, here);
  // A fraction of a millisecond would let one more start than was said.
  return { key: option.key === undefined ? "" : limitKey(option.key, here), everyMs: Math.ceil(durationMs(option.per, `${here}, per`) / limit), burst };
}

function memo(option: TaskOptions["memo"], where: string): TaskDecl["memo"] {
  if (option === undefined || option === false) return undefined;
  const here = `${where}, memo`;
  if (option !== true) checkOptions(option, ["key", "for"], here);
  const { key, for: time = "30d" } = option === true ? {} : option;
  return { ...(key === undefined ? {} : { key: limitKey(key, here) }), forMs: durationMs(time, `${here}, for`) };
}

const memoKinds: readonly TaskKind[] = ["task", "sql", "shell", "http", "container"];

/** @throws MillraceError `MR-MODEL-013` for a task whose result does not stand for its work */
export function checkMemo({ kind, writes, hasKey }: { kind: TaskKind; writes: boolean; hasKey: boolean }, where: string): void {
  if (!memoKinds.includes(kind)) throw fault(`a ${kind} cannot have a memo`, where, `leave it out: there is a memo for ${memoKinds.join(", ")}`);
  if (writes) throw fault("it has a memo and writes a dataset: where its result is taken from before, nothing would be written", where, "leave the memo out, or let a task without it write what this one gives");
  if (kind === "sql" && !hasKey) throw fault("its memo has no key, and what its statement reads may change", where, 'say what makes it the same: memo: { key: "{{ interval.start }}" }');
}

function limitKey(key: unknown, where: string): string {
  if (typeof key !== "string" || key === "" || key.length > 512) throw invalid("the key is no text of 1 to 512 characters", where, 'write key: "api.example.com" or key: "customer-{{ params.customer }}"');
  checkKeyPlaces(key, where);
  return key;
}

/** `{ retries: undefined }` says nothing of retries. */
const withoutAbsent = (options: TaskOptions): TaskOptions => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function triggerRule({ trigger, teardownOf }: TaskOptions, where: string): TriggerRule {
  if (trigger === undefined) return teardownOf === undefined ? "all_success" : "all_done_setup_success";
  if (triggerRules.includes(trigger)) return trigger;
  const near = typeof trigger === "string" ? nearest(trigger, triggerRules) : undefined;
  throw fault(`there is no trigger rule ${JSON.stringify(trigger)}`, where, near ? `write "${near}"` : `use one of ${triggerRules.join(", ")}`);
}

function poolName(pool: unknown, where: string): string {
  if (typeof pool === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(pool)) return pool;
  throw fault(`${JSON.stringify(pool)} is no name for a pool`, where, "use 1 to 128 letters, digits, dots, hyphens and underscores; the first a letter or a digit");
}

export function oneOf<T extends string>(value: unknown, known: readonly T[], name: string, where: string): T {
  if (known.includes(value as T)) return value as T;
  throw invalid(`${name} is ${JSON.stringify(value)}`, where, `use one of ${known.join(", ")}`);
}

export function yesNo(value: unknown, name: string, where: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw invalid(`${name} is ${JSON.stringify(value)}`, where, "give true or false");
}
