import { stringify } from "yaml";
import { controlPort, type DeployedStage, type Deployment, drainSeconds, idOf } from "./deployment.ts";

/*
 * A project on one machine with containers: Docker Compose. Secrets are files of the folder `secrets`, which nobody makes but
 * its owner; the certificate lies in `tls`, tokens of stages in `join`.
 */

export function composeFiles(deployment: Deployment): Map<string, string> {
  const { control, project, stages, image } = deployment;
  const secrets = [...new Set([...control.secrets, ...stages.flatMap((stage) => stage.secrets)])].sort();
  const text = stringify(
    {
      name: idOf(project),
      services: { control: controlPlane(deployment), ...Object.fromEntries(stages.map((stage) => [`stage-${stage.id}`, stageService(image, stage)])) },
      volumes: { data: {} },
      ...(secrets.length > 0 && { secrets: Object.fromEntries(secrets.map((name) => [name, { file: `./secrets/${name}` }])) }),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  return new Map([["compose.yaml", text]]);
}

/** One, however many the state allows: they would be on one machine. */
function controlPlane({ control, image, stages }: Deployment): object {
  return {
    ...common(image, control.secrets),
    command: ["up", "--data", "/data", "--host", "0.0.0.0", "--port", String(controlPort), "--tls-cert", "/run/tls/tls.crt", "--tls-key", "/run/tls/tls.key", ...stages.flatMap(({ name }) => ["--away", name])],
    ports: [`127.0.0.1:${controlPort}:${controlPort}`],
    volumes: ["data:/data", "./tls:/run/tls:ro"],
    healthcheck: { test: ["CMD", "node", "-e", `fetch('https://127.0.0.1:${controlPort}/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))`], interval: "10s", start_period: "60s", retries: 6 },
    environment: { NODE_EXTRA_CA_CERTS: "/run/tls/ca.crt" },
  };
}

function stageService(image: string, stage: DeployedStage): object {
  const gpus = { devices: [{ driver: "nvidia", count: stage.gpu, capabilities: ["gpu"] }] };
  return {
    ...common(image, stage.secrets),
    command: ["worker", "--stage", stage.name, "--join", `https://control:${controlPort}`, "--token-file", "/run/join/token", "--ca", "/run/tls/ca.crt", "--alive-file", "/tmp/alive"],
    volumes: ["./tls/ca.crt:/run/tls/ca.crt:ro", `./join/${stage.id}:/run/join/token:ro`],
    depends_on: { control: { condition: "service_healthy" } },
    deploy: {
      replicas: Math.max(1, stage.replicas.min),
      resources: { limits: { cpus: String(Math.max(stage.cpu, 0.1)), memory: `${Math.ceil(stage.memoryBytes / 1024 / 1024)}M` }, ...(stage.gpu > 0 && { reservations: gpus }) },
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
