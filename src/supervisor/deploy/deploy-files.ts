import { composeFiles } from "./compose.ts";
import type { Deployment } from "./deployment.ts";
import { dockerfile, dockerignore } from "./dockerfile.ts";
import { kubernetesFiles } from "./kubernetes.ts";
import { systemdFiles } from "./systemd.ts";

export const deployTargets = ["kubernetes", "compose", "systemd"] as const;
export type DeployTarget = (typeof deployTargets)[number];

const header = "# Made by `millrace deploy`, and made anew by it: what is changed here by hand is lost.\n";

const image = new Map([["Dockerfile", dockerfile()], ["Dockerfile.dockerignore", dockerignore()]]);

const makers: Record<DeployTarget, (deployment: Deployment) => Map<string, string>> = {
  kubernetes: (deployment) => new Map([...kubernetesFiles(deployment), ...image]),
  compose: (deployment) => new Map([...composeFiles(deployment), ...image]),
  systemd: systemdFiles,
};

/** The files of a deployment, by name; the same for the same project and options. */
export function deployFiles(target: DeployTarget, deployment: Deployment): Map<string, string> {
  return new Map([...makers[target](deployment)].map(([file, text]) => [file, file === "Dockerfile" ? text : header + text]));
}
