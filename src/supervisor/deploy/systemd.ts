import { type DeployedWorker, type Deployment, drainSeconds, idOf, upArguments, workerArguments } from "./deployment.ts";

/*
 * A project on machines without containers: a unit of systemd for the control plane and one for each worker, of which as many
 * instances are started as are wanted (`name@1`, `name@2`). The project lies in /opt/<project>, with its packages.
 */

export function systemdFiles(deployment: Deployment): Map<string, string> {
  const id = idOf(deployment.project);
  return new Map([[`${id}-control.service`, controlPlane(deployment, id)], ...deployment.workers.map((worker) => [`${id}-${worker.id}@.service`, workerUnit(worker, id)] as const)]);
}

function controlPlane(deployment: Deployment, id: string): string {
  const { control, project } = deployment;
  return unit({
    description: `Millrace: control plane of ${project}`,
    id,
    secrets: control.secrets,
    credentials: [`tls.crt:/etc/millrace/${id}/tls.crt`, `tls.key:/etc/millrace/${id}/tls.key`],
    command: upArguments(deployment, { data: `/var/lib/millrace/${id}`, cert: "${CREDENTIALS_DIRECTORY}/tls.crt", key: "${CREDENTIALS_DIRECTORY}/tls.key" }),
    service: [`StateDirectory=millrace/${id}`],
  });
}

function workerUnit(worker: DeployedWorker, id: string): string {
  return unit({
    description: `Millrace: ${worker.kind} ${worker.name}, instance %i`,
    id,
    secrets: worker.secrets,
    credentials: [`join:/etc/millrace/${id}/join/${worker.id}`, `ca.crt:/etc/millrace/${id}/ca.crt`],
    command: workerArguments(worker, { host: `control.${id}.internal`, data: "${CACHE_DIRECTORY}", token: "${CREDENTIALS_DIRECTORY}/join", ca: "${CREDENTIALS_DIRECTORY}/ca.crt" }),
    service: [`CacheDirectory=millrace/${id}/${worker.id}-%i`, `CPUWeight=${Math.min(10_000, Math.max(1, Math.round(worker.cpu * 100)))}`, `MemoryMax=${Math.ceil(worker.memoryBytes / 1024 / 1024)}M`],
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
