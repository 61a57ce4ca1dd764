import { basename, resolve } from "node:path";
import type { AlertDecl } from "../../model/dag-manifest.ts";
import { type AlertOption, alertReceiver } from "../../model/dags/dag-options.ts";
import { durationMs } from "../../model/duration.ts";
import { nearest } from "../../model/names.ts";
import { checkOptions, invalid } from "../../model/option-checks.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import type { Prices, ReleasePolicy, SummaryQuery } from "../../model/project.ts";

/** A project's configuration with every default filled in. */
export interface ProjectConfig {
  name: string;
  /** Globs; undefined: the default ones. */
  pipelines?: string[];
  /** Absolute. */
  dataDir: string;
  /** The files of `tls` are absolute. */
  http: { host: string; port?: number; tls?: { cert: string; key: string } };
  workers: WorkersConfig;
  history: HistoryConfig;
  releases: ReleasePolicy;
  quality: QualityConfig;
  summary: SummaryQuery[];
  prices?: Required<Prices>;
  /** What stands under it; what is absent is embedded. */
  profile: ProfileDecl;
}

/** What runs on other machines and not here. */
export interface WorkersConfig {
  /** `true`: every stage. */
  stages: true | string[];
  pools: string[];
  brokers: boolean;
}

export interface QualityConfig {
  /** Milliseconds. */
  everyMs: number;
  /** Judgements of each dataset. */
  keep: number;
  /** How often tables of the lake are looked at without anybody's asking, in milliseconds; undefined: never. */
  watchMs: number | undefined;
  alerts: AlertDecl["to"][];
}

export interface HistoryConfig {
  /** Milliseconds; undefined: for ever. */
  keepMs?: number;
  /** Of each DAG. */
  keepRuns: number;
  /** Of each entry of the catalog; undefined: all. */
  keepVersions?: number;
}

const known = ["name", "pipelines", "dataDir", "http", "workers", "history", "releases", "quality", "summary", "prices", "profile"];

/** @throws MillraceError `MR-MODEL-001` that names the option and the mend */
export function readConfig(folder: string, file: string, raw: Record<string, unknown>): ProjectConfig {
  for (const name of Object.keys(raw)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw invalid(`there is no option ${JSON.stringify(name)}`, file, near ? `write "${near}"` : `use one of ${known.join(", ")}`);
  }
  const defaults = defaultConfig(folder);
  return {
    name: raw.name === undefined ? defaults.name : nameOf(raw.name, file),
    pipelines: raw.pipelines === undefined ? undefined : texts(raw.pipelines, "pipelines", file),
    dataDir: raw.dataDir === undefined ? defaults.dataDir : resolve(folder, text(raw.dataDir, "dataDir", file)),
    http: httpOf(folder, raw.http, file),
    workers: workersOf(raw.workers, file),
    history: historyOf(raw.history, file),
    releases: releasesOf(raw.releases, file),
    quality: qualityOf(raw.quality, file),
    summary: summaryOf(raw.summary, file),
    ...(raw.prices !== undefined && { prices: pricesOf(raw.prices, file) }),
    profile: profileOf(raw.profile, file),
  };
}

export function defaultConfig(folder: string): ProjectConfig {
  const name = basename(folder).replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return { name: name.slice(0, 128) || "project", dataDir: resolve(folder, ".millrace"), http: { host: "127.0.0.1" }, workers: workersOf(undefined, ""), history: historyOf(undefined, ""), releases: "auto", quality: qualityOf(undefined, ""), summary: [], profile: {} };
}

function nameOf(value: unknown, file: string): string {
  const name = text(value, "name", file);
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) return name;
  throw invalid(`${JSON.stringify(name)} is no name for a project`, `${file}, name`, "use 1 to 128 letters, digits, dots, hyphens and underscores; the first a letter or a digit");
}

function httpOf(folder: string, value: unknown, file: string): ProjectConfig["http"] {
  if (value === undefined) return { host: "127.0.0.1" };
  if (typeof value !== "object" || value === null) throw invalid("http is no object", file, "write http: { port: 8080 }");
  const { host = "127.0.0.1", port, tls, ...rest } = value as { host?: unknown; port?: unknown; tls?: unknown };
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw invalid(`there is no option ${JSON.stringify(extra)} of http`, file, "use host, port and tls");
  const listens = { host: text(host, "http.host", file), ...(tls !== undefined && { tls: tlsOf(folder, tls, file) }) };
  if (port === undefined) return listens;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535) throw invalid(`${JSON.stringify(port)} is no port`, `${file}, http.port`, "give a whole number from 0 (the system chooses) to 65535");
  return { ...listens, port };
}

function tlsOf(folder: string, value: unknown, file: string): { cert: string; key: string } {
  const { cert, key, ...rest } = (value ?? {}) as { cert?: unknown; key?: unknown };
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw invalid(`there is no option ${JSON.stringify(extra)} of http.tls`, file, "use cert and key, the names of two files");
  return { cert: resolve(folder, text(cert, "http.tls.cert", file)), key: resolve(folder, text(key, "http.tls.key", file)) };
}

function workersOf(value: unknown, file: string): WorkersConfig {
  if (value !== undefined && (typeof value !== "object" || value === null)) throw invalid("workers is no object", file, 'write workers: { pools: ["gpu"] }');
  const { stages = [], pools = [], brokers = false, ...rest } = (value ?? {}) as { stages?: unknown; pools?: unknown; brokers?: unknown };
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw invalid(`there is no option ${JSON.stringify(extra)} of workers`, file, "use stages, pools and brokers");
  if (typeof brokers !== "boolean") throw invalid("workers.brokers is neither true nor false", file, "write brokers: true where workers reach Kafka themselves");
  return { stages: stages === true ? true : texts(stages, "workers.stages", file), pools: texts(pools, "workers.pools", file), brokers };
}

function historyOf(value: unknown, file: string): HistoryConfig {
  if (value !== undefined && (typeof value !== "object" || value === null)) throw invalid("history is no object", file, 'write history: { keep: "90d" }');
  const { keep = "90d", keepRuns = 100, keepVersions = 100, ...rest } = (value ?? {}) as { keep?: unknown; keepRuns?: unknown; keepVersions?: unknown };
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw invalid(`there is no option ${JSON.stringify(extra)} of history`, file, "use keep, keepRuns and keepVersions");
  const kept = { keepRuns: kepts(keepRuns, "runs", `${file}, history.keepRuns`), ...(keepVersions !== "forever" && { keepVersions: kepts(keepVersions, "versions", `${file}, history.keepVersions`) }) };
  return keep === "forever" ? kept : { keepMs: durationMs(text(keep, "history.keep", file), `${file}, history.keep`), ...kept };
}

function qualityOf(value: unknown, file: string): QualityConfig {
  if (value !== undefined && (typeof value !== "object" || value === null)) throw invalid("quality is no object", file, 'write quality: { every: "5s" }');
  const { every = "5s", keep = 100, watch = true, alerts = [], ...rest } = (value ?? {}) as { every?: unknown; keep?: unknown; watch?: unknown; alerts?: unknown };
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw invalid(`there is no option ${JSON.stringify(extra)} of quality`, file, "use every, keep, watch and alerts");
  if (!Array.isArray(alerts)) throw invalid("quality.alerts is no list", file, 'write alerts: [{ webhook: "https://…" }]');
  if (typeof keep !== "number" || !Number.isInteger(keep) || keep < 1 || keep > 10_000) throw invalid(`${JSON.stringify(keep)} is no number of judgements to keep`, `${file}, quality.keep`, "give a whole number from 1 to 10000");
  return { everyMs: durationMs(text(every, "quality.every", file), `${file}, quality.every`), keep, watchMs: watchMsOf(watch, file), alerts: alerts.map((to, i) => alertReceiver(to as AlertOption["to"], `${file}, quality.alerts[${i}]`)) };
}

function watchMsOf(watch: unknown, file: string): number | undefined {
  if (watch === false) return undefined;
  const { every = "1m", ...rest } = (typeof watch === "object" && watch !== null ? watch : {}) as { every?: unknown };
  if (watch !== true && (typeof watch !== "object" || watch === null || Object.keys(rest).length > 0)) throw invalid(`quality.watch is ${JSON.stringify(watch)}`, file, 'write watch: false, or watch: { every: "1m" }, or leave it out');
  return durationMs(text(every, "quality.watch.every", file), `${file}, quality.watch.every`);
}

/** What made each part has checked it. */
const profileParts = { log: { kind: "kafka", mend: "log: kafkaLog({ brokers: [\"kafka-1:9092\"] })" }, state: { kind: "postgres", mend: "state: postgresState({ url: secret(\"state-url\") })" }, files: { kind: "s3", mend: "files: s3Files({ at: \"s3://bucket/folder\" })" } } as const;

function profileOf(value: unknown, file: string): ProfileDecl {
  if (value === undefined) return {};
  checkOptions(value, Object.keys(profileParts), `${file}, profile`);
  for (const [name, { kind, mend }] of Object.entries(profileParts)) {
    const part = (value as Record<string, unknown>)[name] as { kind?: unknown } | undefined;
    if (part !== undefined && part?.kind !== kind) throw invalid(`profile.${name} is none that Millrace knows`, file, `write ${mend}, or leave it out: then it is embedded`);
  }
  return value as ProfileDecl;
}

function kepts(value: unknown, what: string, where: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw invalid(`${JSON.stringify(value)} is no number of ${what} to keep`, where, "give a whole number from 1 to 1000000");
}

function releasesOf(value: unknown, file: string): ReleasePolicy {
  if (value === undefined || value === "auto" || value === "manual") return value ?? "auto";
  throw invalid(`${JSON.stringify(value)} says nothing about releases`, `${file}, releases`, 'write "auto" or "manual"');
}

function summaryOf(value: unknown, file: string): SummaryQuery[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid("summary is no list", file, "write summary: [{ name, title, sql }]");
  return value.map((each, i) => {
    const { name, title, sql } = (each ?? {}) as Record<string, unknown>;
    return { name: text(name, `summary[${i}].name`, file), title: text(title, `summary[${i}].title`, file), sql: text(sql, `summary[${i}].sql`, file) };
  });
}

function pricesOf(value: unknown, file: string): Required<Prices> {
  if (typeof value !== "object" || value === null) throw invalid("prices is no object", file, 'write prices: { currency: "EUR", coreHour: 0.04, gibHour: 0.005 }');
  const { currency, coreHour, gibHour = 0, ...rest } = value as { currency?: unknown; coreHour?: unknown; gibHour?: unknown };
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw invalid(`there is no option ${JSON.stringify(extra)} of prices`, file, "use currency, coreHour and gibHour");
  if (typeof currency !== "string" || !/^[A-Z]{3}$/.test(currency)) throw invalid(`${JSON.stringify(currency)} is no currency`, `${file}, prices.currency`, 'write its three letters, as "EUR"');
  return { currency, coreHour: amountOf(coreHour, `${file}, prices.coreHour`), gibHour: amountOf(gibHour, `${file}, prices.gibHour`) };
}

function amountOf(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw invalid(`${JSON.stringify(value)} is no price`, where, "write a number from 0 on");
}

function texts(value: unknown, option: string, file: string): string[] {
  if (!Array.isArray(value)) throw invalid(`${option} is no list`, file, `write ${option}: ["…"]`);
  return value.map((each, i) => text(each, `${option}[${i}]`, file));
}

function text(value: unknown, option: string, file: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw invalid(`${option} is ${JSON.stringify(value) ?? "missing"}`, file, `give ${option} as text`);
}
