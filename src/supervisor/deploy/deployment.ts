import { keepsState } from "../../engine/stage-plan.ts";
import { MillraceError } from "../../errors.ts";
import type { Manifest, StageDecl } from "../../model/manifest.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import { secretNames } from "../../model/secret.ts";

/** What is to run where, whatever it runs on: the control plane, and each stage that can be away from it. */
export interface Deployment {
  project: string;
  /** Image that holds Millrace, the project and its packages. */
  image: string;
  profile: ProfileDecl;
  control: {
    /** More than one where the state is in PostgreSQL. */
    replicas: number;
    /** Its data folder holds what nothing else has, and must outlive it. */
    keepsData: boolean;
    /** Names of secrets that it looks up: those of the profile, of connections and of tasks. */
    secrets: string[];
  };
  /** Stages, and then pools, each in the order of their names. */
  workers: DeployedWorker[];
}

/** What `millrace worker` is started for: processes of one stage, or tasks of one pool. */
export interface DeployedWorker {
  kind: "stage" | "pool";
  name: string;
  /** Its name where only small letters, digits and hyphens are allowed: unique in the project. */
  id: string;
  replicas: { min: number; max: number };
  /** Records that wait, for each process, from which on another one is worth starting. */
  targetLag: number;
  /** Topics read, of a stage: under its name as a group. */
  topics: string[];
  cpu: number;
  /** Of its own process and of the one that keeps it. */
  memoryBytes: number;
  gpu: number;
  /** Names of those that it looks up where it runs. */
  secrets: string[];
}

export interface DeployOptions {
  /** Stages reach the brokers of the log themselves, and so need its passwords. Default `false`. */
  brokers?: boolean;
  /** Pools whose tasks run on workers. */
  pools?: readonly string[];
  image?: string;
  /** Control planes. Default: 2 where the state allows it. */
  replicas?: number;
  /** Records that one process of a stage reads in a second, for scalers that know of lag alone. Default 1,000. */
  recordsPerSecond?: number;
}

/** Where the service of the control plane listens, in every target. */
export const controlPort = 8443;
/** How long a stage may take to finish the epoch under way; a little more than a stage gives itself. */
export const drainSeconds = 30;

const defaults = { cpu: 0.25, memoryBytes: 512 * 1024 * 1024 };
/** What a process has beside its heap, and the process that keeps it: some 80 MiB each, and room. */
const besideBytes = 256 * 1024 * 1024;

/**
 * Works out what a project needs to run on several machines.
 *
 * @throws MillraceError `MR-DEPLOY-001` when it cannot run so: its control plane would have to be several, and its state is in a file
 */
export function deploymentOf(manifest: Manifest, profile: ProfileDecl, { pools = [], image = `${idOf(manifest.project)}:latest`, replicas = profile.state ? 2 : 1, recordsPerSecond = 1_000, brokers = false }: DeployOptions = {}): Deployment {
  if (replicas > 1 && profile.state === undefined) throw alone(manifest.project);
  const stages = Object.values(manifest.stages).filter((stage) => canBeAway(stage, profile)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const ids = uniqueIds([...stages.map(({ name }) => name), ...pools.map((pool) => `pool ${pool}`)]);
  return {
    project: manifest.project,
    image,
    profile,
    control: { replicas, keepsData: profile.log === undefined || profile.state === undefined || profile.files === undefined, secrets: [...new Set([...secretNames(profile), ...secretNames(manifest)])].sort() },
    workers: [...stages.map((stage, i) => ofStage(stage, ids[i], profile, { recordsPerSecond, brokers })), ...pools.map((pool, i) => ofPool(pool, ids[stages.length + i], manifest))],
  };
}

/** What the control plane is started with. */
export function upArguments({ workers }: Deployment, at: { data: string; cert: string; key: string }): string[] {
  const away = workers.flatMap(({ kind, name }) => (kind === "stage" ? ["--away", name] : []));
  return ["up", "--data", at.data, "--host", "0.0.0.0", "--port", String(controlPort), "--tls-cert", at.cert, "--tls-key", at.key, ...away];
}

/** What a worker is started with. */
export function workerArguments({ kind, name }: DeployedWorker, at: { host: string; data: string; token: string; ca: string; alive?: string }): string[] {
  return ["worker", `--${kind}`, name, "--data", at.data, "--join", `https://${at.host}:${controlPort}`, "--token-file", at.token, "--ca", at.ca, ...(at.alive === undefined ? [] : ["--alive-file", at.alive])];
}

/** What has no process of its own, and what needs the disk of the control plane, stays there. */
function canBeAway({ kind, settings }: StageDecl, { files }: ProfileDecl): boolean {
  if (kind === "http") return false;
  if (kind === "table") return files !== undefined;
  return kind !== "files" || /"s3:\/\//.test(JSON.stringify(settings ?? null));
}

function ofStage(stage: StageDecl, id: string, { log, files }: ProfileDecl, { recordsPerSecond, brokers }: Required<Pick<DeployOptions, "recordsPerSecond" | "brokers">>): DeployedWorker {
  const { name, from, scale, place, settings, secrets = [], bounded, kind } = stage;
  const { cpu = defaults.cpu, memoryBytes = defaults.memoryBytes, gpu = 0 } = place;
  const isSource = from.length === 0;
  const max = isSource || bounded ? 1 : scale.max;
  const reachesLake = kind === "table" || (brokers && log !== undefined && keepsState(stage));
  const needed = [...secrets, ...secretNames([brokers && log, reachesLake && files, kind === "files" && settings])];
  return { kind: "stage", name, id, replicas: { min: Math.min(scale.min, max), max }, targetLag: Math.max(1, Math.round(scale.targetDrainSeconds * recordsPerSecond)), topics: from, cpu, memoryBytes: memoryBytes + besideBytes, gpu, secrets: [...new Set(needed)].sort() };
}

/** What its tasks take is theirs to know: the owner sets resources, and the places that have a GPU. */
function ofPool(name: string, id: string, { dags }: Manifest): DeployedWorker {
  const tasks = Object.values(dags).flatMap((dag) => dag.tasks.filter(({ pool }) => pool === name));
  const secrets = tasks.flatMap((task) => [...(task.secrets ?? []), ...secretNames(task)]);
  return { kind: "pool", name, id, replicas: { min: 1, max: 1 }, targetLag: 1, topics: [], cpu: 1, memoryBytes: 2 * defaults.memoryBytes + besideBytes, gpu: 0, secrets: [...new Set(secrets)].sort() };
}

/** Letters, digits and hyphens, as names of machines are made; at most 50, so that something may be put before it. */
export function idOf(name: string): string {
  const id = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50).replace(/-+$/, "");
  return id === "" ? "project" : id;
}

/** Two names may become one where letters are left out: the later gets a number. */
function uniqueIds(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const id = idOf(name);
    let unique = id;
    for (let n = 2; taken.has(unique); n++) unique = `${id}-${n}`;
    taken.add(unique);
    return unique;
  });
}

function alone(project: string): MillraceError {
  return new MillraceError("MR-DEPLOY-001", { what: "several control planes are asked for, and the project keeps its state in a file", where: `project "${project}"`, mend: "leave --replicas out, or give the project a state that several can share: profile: { state: postgresState(…) }" });
}
