import { controlPort, type DeployedStage, type Deployment, drainSeconds, idOf } from "./deployment.ts";

/*
 * A project on machines without containers: a unit of systemd for the control plane and one for each stage, of which as many
 * instances are started as are wanted (`name@1`, `name@2`). The project lies in /opt/<project>, with its packages.
 */

export function systemdFiles(deployment: Deployment): Map<string, string> {
  const id = idOf(deployment.project);
  return new Map([[`${id}-control.service`, controlPlane(deployment, id)], ...deployment.stages.map((stage) => [`${id}-${stage.id}@.service`, stageUnit(stage, id)] as const)]);
}

function controlPlane({ control, project, stages }: Deployment, id: string): string {
  return unit({
    description: `Millrace: control plane of ${project}`,
    id,
    secrets: control.secrets,
    credentials: [`tls.crt:/etc/millrace/${id}/tls.crt`, `tls.key:/etc/millrace/${id}/tls.key`],
    command: ["up", "--data", `/var/lib/millrace/${id}`, "--host", "0.0.0.0", "--port", String(controlPort), "--tls-cert", "${CREDENTIALS_DIRECTORY}/tls.crt", "--tls-key", "${CREDENTIALS_DIRECTORY}/tls.key", ...stages.flatMap(({ name }) => ["--away", name])],
    service: [`StateDirectory=millrace/${id}`],
  });
}

function stageUnit(stage: DeployedStage, id: string): string {
  return unit({
    description: `Millrace: stage ${stage.name}, instance %i`,
    id,
    secrets: stage.secrets,
    credentials: [`join:/etc/millrace/${id}/join/${stage.id}`, `ca.crt:/etc/millrace/${id}/ca.crt`],
    command: ["worker", "--stage", stage.name, "--join", `https://control.${id}.internal:${controlPort}`, "--token-file", "${CREDENTIALS_DIRECTORY}/join", "--ca", "${CREDENTIALS_DIRECTORY}/ca.crt"],
    service: [`CPUWeight=${Math.min(10_000, Math.max(1, Math.round(stage.cpu * 100)))}`, `MemoryMax=${Math.ceil(stage.memoryBytes / 1024 / 1024)}M`],
  });
}

interface Unit {
  description: string;
  id: string;
  secrets: readonly string[];
  credentials: readonly string[];
  command: readonly string[];
  service: readonly string[];
}

function unit({ description, id, secrets, credentials, command, service }: Unit): string {
  const loaded = [...credentials, ...secrets.map((name) => `${name}:/etc/millrace/${id}/secrets/${name}`)];
  return `[Unit]
Description=${description}
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
User=millrace
WorkingDirectory=/opt/${id}
Environment=NODE_ENV=production MILLRACE_SECRETS_FOLDER=%d
${loaded.map((each) => `LoadCredential=${each}`).join("\n")}
ExecStart=/opt/${id}/node_modules/.bin/millrace ${command.map(quoted).join(" ")}
Restart=always
RestartSec=2
TimeoutStopSec=${drainSeconds + 10}
KillMode=mixed
${service.join("\n")}
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=yes
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6

[Install]
WantedBy=multi-user.target
`;
}

/** As systemd reads a command: a percent sign of a name is none of its own. */
const quoted = (word: string): string => (word.startsWith("${") ? word : `"${word.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$")}"`);
