import { stringify } from "yaml";
import { controlPort, type DeployedWorker, type Deployment, drainSeconds, idOf, upArguments, workerArguments } from "./deployment.ts";

/*
 * A project on one machine with containers: Docker Compose. Secrets are files of the folder `secrets`, which nobody makes but
 * its owner; the certificate lies in `tls`, tokens of workers in `join`.
 */

export function composeFiles(deployment: Deployment): Map<string, string> {
  const { control, project, workers, image } = deployment;
  const secrets = [...new Set([...control.secrets, ...workers.flatMap((worker) => worker.secrets)])].sort();
  const text = stringify(
    {
      name: idOf(project),
      services: { control: controlPlane(deployment), ...Object.fromEntries(workers.map((worker) => [`worker-${worker.id}`, workerService(image, worker)])) },
      volumes: { data: {} },
      ...(secrets.length > 0 && { secrets: Object.fromEntries(secrets.map((name) => [name, { file: `./secrets/${name}` }])) }),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  return new Map([["compose.yaml", text]]);
}

/** One, however many the state allows: they would be on one machine. */
function controlPlane(deployment: Deployment): object {
  return {
    ...common(deployment.image, deployment.control.secrets),
    command: upArguments(deployment, { data: "/data", cert: "/run/tls/tls.crt", key: "/run/tls/tls.key" }),
    ports: [`127.0.0.1:${controlPort}:${controlPort}`],
    volumes: ["data:/data", "./tls:/run/tls:ro"],
    healthcheck: { test: ["CMD", "node", "-e", `fetch('https://127.0.0.1:${controlPort}/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))`], interval: "10s", start_period: "60s", retries: 6 },
    environment: { NODE_EXTRA_CA_CERTS: "/run/tls/ca.crt" },
  };
}

function workerService(image: string, worker: DeployedWorker): object {
  const gpus = { devices: [{ driver: "nvidia", count: worker.gpu, capabilities: ["gpu"] }] };
  return {
    ...common(image, worker.secrets),
    command: workerArguments(worker, { host: "control", data: "/tmp/millrace", token: "/run/join/token", ca: "/run/tls/ca.crt", alive: "/tmp/alive" }),
    volumes: ["./tls/ca.crt:/run/tls/ca.crt:ro", `./join/${worker.id}:/run/join/token:ro`],
    depends_on: { control: { condition: "service_healthy" } },
    deploy: {
      replicas: Math.max(1, worker.replicas.min),
      resources: { limits: { cpus: String(Math.max(worker.cpu, 0.1)), memory: `${Math.ceil(worker.memoryBytes / 1024 / 1024)}M` }, ...(worker.gpu > 0 && { reservations: gpus }) },
    },
  };
}

function common(image: string, secrets: readonly string[]): object {
  return {
    image,
    restart: "unless-stopped",
    stop_grace_period: `${drainSeconds + 10}s`,
    read_only: true,
    tmpfs: ["/tmp"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    ...(secrets.length > 0 && { secrets: [...secrets] }),
  };
}
