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
  /** In the order of their names. */
  stages: DeployedStage[];
}

export interface DeployedStage {
  name: string;
  /** Its name where only small letters, digits and hyphens are allowed: unique in the project. */
  id: string;
  replicas: { min: number; max: number };
  /** Records that wait, for each process, from which on another one is worth starting. */
  targetLag: number;
  /** Its group at the log. */
  group: string;
  /** Topics read. */
  topics: string[];
  cpu: number;
  /** Of its own process and of the one that keeps it. */
  memoryBytes: number;
  gpu: number;
  secrets: string[];
}

export interface DeployOptions {
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
export function deploymentOf(manifest: Manifest, profile: ProfileDecl, { image = `${idOf(manifest.project)}:latest`, replicas = profile.state ? 2 : 1, recordsPerSecond = 1_000 }: DeployOptions = {}): Deployment {
  if (replicas > 1 && profile.state === undefined) throw alone(manifest.project);
  const stages = Object.values(manifest.stages).filter((stage) => canBeAway(stage, profile)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const ids = uniqueIds(stages.map(({ name }) => name));
  return {
    project: manifest.project,
    image,
    profile,
    control: { replicas, keepsData: profile.log === undefined || profile.state === undefined || profile.files === undefined, secrets: [...new Set([...secretNames(profile), ...secretNames(manifest)])].sort() },
    stages: stages.map((stage, i) => deployedStage(stage, ids[i], recordsPerSecond)),
  };
}

/** What has no process of its own, and what needs the disk of the control plane, stays there. */
function canBeAway({ kind, settings }: StageDecl, { files }: ProfileDecl): boolean {
  if (kind === "http") return false;
  if (kind === "table") return files !== undefined;
  return kind !== "files" || /"s3:\/\//.test(JSON.stringify(settings ?? null));
}

function deployedStage({ name, from, scale, place, settings, bounded, kind }: StageDecl, id: string, recordsPerSecond: number): DeployedStage {
  const { cpu = defaults.cpu, memoryBytes = defaults.memoryBytes, gpu = 0 } = place;
  const isSource = from.length === 0;
  const max = isSource || bounded ? 1 : scale.max;
  return { name, id, replicas: { min: Math.min(scale.min, max), max }, targetLag: Math.max(1, Math.round(scale.targetDrainSeconds * recordsPerSecond)), group: name, topics: from, cpu, memoryBytes: memoryBytes + besideBytes, gpu, secrets: kind === "files" ? secretNames(settings) : [] };
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
