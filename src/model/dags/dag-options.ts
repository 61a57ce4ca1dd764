import { instantIn } from "../../calendar/instant-in.ts";
import type { AlertDecl, CatchUpDecl, DagDecl, DeadlineDecl, OverlapPolicy } from "../dag-manifest.ts";
import { secretNames } from "../secret.ts";
import { durationMs } from "../duration.ts";
import { checkNumber, checkOptions, invalid } from "../option-checks.ts";
import type { DagDefinition } from "../definition.ts";
import { type Schedule, scheduleOf } from "../schedule.ts";
import type { SchemaInput } from "../schema-types.ts";
import { fault } from "./fault.ts";
import { nameOf } from "./settings-tasks.ts";
import { oneOf } from "./task-options.ts";
import type { TaskDefaults } from "./tools.ts";

export interface DagOptions<S extends SchemaInput | undefined = undefined> {
  /** When it runs: a schedule, a cron expression or a preset such as `"@daily"`. Default: by hand. */
  schedule?: Schedule | string;
  /** Zone of the tz database on whose clocks its dates are. Default: the schedule's, else UTC. */
  timezone?: string;
  /** The first data interval begins here or later, as `"2001-01-01"`. Default: when it is first seen. */
  start?: string;
  /** No data interval begins after this. Default: there is no end. */
  end?: string;
  /** Which missed runs are made. Default `latest`. */
  catchup?: "all" | "latest" | "none" | { window: string };
  /** What is done when a run falls due while `maxActiveRuns` go on. Default `queue`. */
  overlap?: OverlapPolicy;
  /** Longest random delay of a scheduled run; the same for the same run each time. Default: none. */
  jitter?: string;
  /** Runs that go on at once, 1 to 100,000. Default 16. */
  maxActiveRuns?: number;
  /** Tasks that go on at once, over all its runs. Default: as many as may. */
  maxActiveTasks?: number;
  /** Longest time of a run. Default: none. */
  runTimeout?: string;
  /** What makes a run fail: a failed task that nothing follows (`leaves`, the default and Airflow's way), or any failed task. */
  runState?: "leaves" | "any_failed";
  /** A schema of the parameters of a run, each with a default where a scheduled run must have it. */
  params?: S;
  /** Alerts when a run has not ended so long after it was due or has started. */
  deadlines?: readonly { after: "due" | "start"; within: string }[];
  /** Whom to tell of what. */
  alerts?: readonly AlertOption[];
  /** For all tasks that say nothing else. */
  defaults?: TaskDefaults;
  description?: string;
  owner?: string;
  tags?: readonly string[];
}

export interface AlertOption {
  on: AlertDecl["on"][number] | readonly AlertDecl["on"][number][];
  /** `dag`: a run of another DAG, with the alert as its parameter `alert`. */
  to: { webhook: string } | { command: readonly string[] } | { email: string } | { dag: DagDefinition | string };
}

const known = ["schedule", "timezone", "start", "end", "catchup", "overlap", "jitter", "maxActiveRuns", "maxActiveTasks", "runTimeout", "runState", "params", "deadlines", "alerts", "defaults", "description", "owner", "tags"];

export type DagSettings = Omit<DagDecl, "name" | "tasks" | "maps" | "params" | "module" | "export" | "declaredAt">;

export function checkDagOptions(options: unknown, where: string): void {
  checkOptions(options, known, where);
}

/** The options of a DAG with every default filled in and every bound checked; `schedule` is looked at when the project is read. */
export function dagSettings(name: string, options: DagOptions<SchemaInput | undefined>, schedule: Schedule, where: string): DagSettings {
  const ms = (option: "jitter" | "runTimeout") => (options[option] === undefined ? undefined : durationMs(options[option], `${where}, ${option}`));
  const whole = (option: "maxActiveRuns" | "maxActiveTasks") => checkNumber(options[option], { name: option, min: 1, max: 100_000, fallback: 16, whole: true }, where);
  return {
    description: text(options.description, "description", where),
    owner: text(options.owner, "owner", where),
    tags: texts(options.tags ?? [], "tags", where),
    ...times(name, options, schedule, where),
    catchup: catchUp(options.catchup ?? "latest", where),
    overlap: oneOf(options.overlap ?? "queue", ["queue", "skip", "cancel"], "overlap", where),
    jitterMs: ms("jitter") ?? 0,
    maxActiveRuns: whole("maxActiveRuns"),
    maxActiveTasks: options.maxActiveTasks === undefined ? undefined : whole("maxActiveTasks"),
    runTimeoutMs: ms("runTimeout"),
    runState: oneOf(options.runState ?? "leaves", ["leaves", "any_failed"], "runState", where),
    deadlines: list(options.deadlines, "deadlines", where).map((each, i) => deadline(each, `${where}, deadlines[${i}]`)),
    alerts: list(options.alerts, "alerts", where).map((each, i) => alert(each, `${where}, alerts[${i}]`)),
  };
}

export function scheduleOption({ schedule }: DagOptions<SchemaInput | undefined>, where: string): Schedule {
  return scheduleOf(schedule, `${where}, schedule`);
}

function times(dag: string, options: DagOptions<SchemaInput | undefined>, schedule: Schedule, where: string): Pick<DagSettings, "timezone" | "start" | "end" | "schedule"> {
  const timezone = text(options.timezone, "timezone", where) ?? schedule.timezone ?? "UTC";
  const instant = (value: string, zone: string, what: string): string => new Date(instantIn(value, zone, `${where}, ${what}`)).toISOString();
  const start = options.start === undefined ? undefined : instant(options.start, timezone, "start");
  const end = options.end === undefined ? undefined : instant(options.end, timezone, "end");
  if (start !== undefined && end !== undefined && start >= end) throw fault(`it ends (${end}) before it starts (${start})`, where, "let `end` be later than `start`");
  return { timezone, start, end, schedule: schedule.decl({ dag, timezone, anchor: start ?? "1970-01-01T00:00:00.000Z", instant }) };
}

function catchUp(option: NonNullable<DagOptions["catchup"]>, where: string): CatchUpDecl {
  if (typeof option !== "object" || option === null) return { policy: oneOf(option, ["all", "latest", "none"], "catchup", where) };
  checkOptions(option, ["window"], `${where}, catchup`);
  return { policy: "window", ms: durationMs(option.window, `${where}, catchup.window`) };
}

function deadline(option: { after: "due" | "start"; within: string }, where: string): DeadlineDecl {
  checkOptions(option, ["after", "within"], where);
  return { after: oneOf(option.after, ["due", "start"], "after", where), ms: durationMs(option.within, `${where}.within`) };
}

function alert(option: AlertOption, where: string): AlertDecl {
  checkOptions(option, ["on", "to"], where);
  const on = (Array.isArray(option.on) ? option.on : [option.on]).map((each: unknown) => oneOf<AlertDecl["on"][number]>(each, ["failure", "success", "retry", "deadline"], "on", where));
  if (on.length === 0) throw invalid("the alert does not say of what to tell", where, 'write { on: "failure", to: { webhook: "https://…" } }');
  return { on, to: alertReceiver(option.to, `${where}.to`) };
}

/** Whom an alert is to tell. @throws MillraceError `MR-MODEL-001` */
export function alertReceiver(to: AlertOption["to"], where: string): AlertDecl["to"] {
  checkOptions(to, ["webhook", "command", "email", "dag"], where);
  const { webhook, command, email, dag } = to as { webhook?: unknown; command?: unknown; email?: unknown; dag?: unknown };
  if (Object.keys(to).length !== 1) throw invalid("the alert does not say whom to tell", where, 'write one of them, as { webhook: "https://…" }');
  if (webhook !== undefined) return { kind: "webhook", url: url(webhook, where) };
  if (command !== undefined) return { kind: "command", argv: argv(command, where) };
  if (dag !== undefined) return { kind: "dag", dag: nameOf(dag, "dag", where) };
  if (typeof email === "string" && /^[^\s@]+@[^\s@]+$/.test(email)) return { kind: "email", address: email };
  throw invalid(`${JSON.stringify(email)} is no address of mail`, where, "write name@example.com");
}

function url(value: unknown, where: string): string {
  if (secretNames(value).length > 0) return value as string;
  const parsed = typeof value === "string" ? URL.parse(value) : null;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return value as string;
  throw invalid(`${JSON.stringify(value)} is no address of a webhook`, where, "give one as https://host/path");
}

function argv(value: unknown, where: string): string[] {
  const words = texts(value, "command", where);
  if (words.length === 0) throw invalid("the command is empty", where, 'give a program and its arguments, as ["notify", "flights"]');
  return words;
}

function list<T>(value: readonly T[] | undefined, name: string, where: string): readonly T[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw invalid(`${name} is no list`, where, `write ${name}: [ … ]`);
}

function text(value: unknown, name: string, where: string): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value as string | undefined;
  throw invalid(`${name} is ${JSON.stringify(value)}`, where, `give ${name} as text`);
}

function texts(value: unknown, name: string, where: string): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return [...(value as string[])];
  throw invalid(`${name} is no list of texts`, where, `write ${name}: ["…"]`);
}
