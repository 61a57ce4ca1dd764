import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MillraceError } from "../../errors.ts";
import { type DeployTarget, deployFiles } from "../../supervisor/deploy/deploy-files.ts";
import { type Deployment, deploymentOf } from "../../supervisor/deploy/deployment.ts";
import { readConfiguredProject } from "../../supervisor/definitions/read-project.ts";
import { type CliContext, printJson } from "../context.ts";
import { findProject } from "../find-project.ts";

interface DeployCommandOptions {
  target: DeployTarget;
  out?: string;
  image?: string;
  replicas?: number;
  recordsPerSecond?: number;
}

/** Writes what a project needs to run on several machines, and says what its owner has to do. */
export async function deploy(context: CliContext, _: [], { target, out, ...options }: DeployCommandOptions): Promise<void> {
  const { folder, config, manifest } = await readConfiguredProject(findProject(process.cwd(), context.options.project));
  const [problem] = manifest.problems;
  if (problem) throw new MillraceError("MR-DEPLOY-001", { what: `a part of the project cannot be read: ${problem.what}`, where: problem.where, mend: problem.mend });
  const deployment = deploymentOf(manifest, config.profile, { ...options, pools: config.workers.pools, brokers: config.workers.brokers });
  const files = deployFiles(target, deployment);
  const to = resolve(out ?? join(folder, "deploy", target));
  await mkdir(to, { recursive: true });
  const before = await readdir(to);
  for (const [file, text] of files) await replace(join(to, file), text);
  const left = before.filter((file) => !files.has(file) && /^worker-.*\.yaml$|@?\.service$/.test(file));
  if (context.options.json) return printJson(context, { project: manifest.project, target, folder: to, files: [...files.keys()], left });
  await context.print(told(context, to, deployment, target, [...files.keys()], left));
}

/** A file stands there whole, the old one or the new one. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

function told({ style }: CliContext, to: string, deployment: Deployment, target: DeployTarget, files: readonly string[], left: readonly string[]): string {
  const { control, workers, project } = deployment;
  const secrets = [...new Set([...control.secrets, ...workers.flatMap((worker) => worker.secrets)])].sort();
  const lines = [
    `${files.length} files in ${to}`,
    ...files.map((file) => `  ${file}`),
    ...(left.length > 0 ? [style.warn(`left from before, of workers that are gone: ${left.join(", ")}`)] : []),
    "",
    `${project}: ${control.replicas === 1 ? "one control plane" : `${control.replicas} control planes`}${control.keepsData ? " with a data folder of its own" : ""}, ${workers.length === 1 ? "one worker" : `${workers.length} workers`} away from it`,
    "",
    "Before it can start:",
    ...(target === "systemd" ? [] : [`  the image      docker build -f ${join(to, "Dockerfile")} -t ${deployment.image} .`]),
    `  a certificate  ${certificatePlace[target]}`,
    ...workers.map(({ kind, name, id }) => `  a token        millrace workers token --${kind} ${name}   as ${id} in ${joinPlace[target]}`),
    ...(secrets.length > 0 ? [`  secrets        ${secrets.join(", ")} in ${secretsPlace[target]}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

const certificatePlace: Record<DeployTarget, string> = { kubernetes: "the secret millrace-tls, with tls.crt, tls.key and ca.crt", compose: "tls/tls.crt, tls/tls.key and tls/ca.crt", systemd: "tls.crt, tls.key and ca.crt in /etc/millrace/<project>" };
const joinPlace: Record<DeployTarget, string> = { kubernetes: "the secret millrace-join", compose: "the folder join", systemd: "/etc/millrace/<project>/join" };
const secretsPlace: Record<DeployTarget, string> = { kubernetes: "the secret millrace-secrets", compose: "the folder secrets", systemd: "/etc/millrace/<project>/secrets" };
