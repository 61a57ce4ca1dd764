import type { IScaledObject, ITriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import type { IDeployment, IStatefulSet } from "kubernetes-models/apps/v1";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1";
import type { IContainer, IPodSpec, IService, IServiceAccount, IVolume } from "kubernetes-models/v1";
import { stringify } from "yaml";
import { secretNames } from "../../model/secret.ts";
import { controlPort, type DeployedWorker, type Deployment, drainSeconds, idOf, upArguments, workerArguments } from "./deployment.ts";

/*
 * A project as objects of Kubernetes and of KEDA. Secrets are named and never written: `millrace-secrets` has a key for each
 * secret of the project, `millrace-tls` the certificate of the control plane, `millrace-join` a token of each worker.
 */

const secretsFolder = "/run/secrets";
const tlsFolder = "/run/tls";
const dataFolder = "/data";
/** The user `node` of the official images. */
const user = 1000;
/** What a stage may take beyond its epoch: the process and the container end. */
const endSeconds = 10;

/** By file, with `kustomization.yaml` that names the others: `kubectl apply -k`. */
export function kubernetesFiles(deployment: Deployment): Map<string, string> {
  const files = new Map<string, object[]>([["control-plane.yaml", controlPlane(deployment)]]);
  for (const worker of deployment.workers) files.set(`worker-${worker.id}.yaml`, workerObjects(deployment, worker));
  const kustomization = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources: [...files.keys()] };
  return new Map([["kustomization.yaml", [kustomization]] as const, ...files].map(([file, objects]) => [file, objects.map((each) => stringify(each, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n")]));
}

function controlPlane(deployment: Deployment): object[] {
  const { control, project } = deployment;
  const name = controlName(deployment);
  const labels = labelsOf(project, "control-plane");
  const service: IService = { apiVersion: "v1", kind: "Service", metadata: { name, labels }, spec: { selector: labels, ports: [{ name: "https", port: controlPort, targetPort: "https" }] } };
  const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, labels }, automountServiceAccountToken: false };
  const container: IContainer = {
    name: "millrace",
    image: deployment.image,
    args: upArguments(deployment, { data: dataFolder, cert: `${tlsFolder}/tls.crt`, key: `${tlsFolder}/tls.key` }),
    ports: [{ name: "https", containerPort: controlPort }],
    ...probes({ httpGet: { path: "/readyz", port: "https", scheme: "HTTPS", httpHeaders: [{ name: "Host", value: "localhost" }] } }, { tcpSocket: { port: "https" } }),
    resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
    securityContext: locked,
    volumeMounts: [{ name: "data", mountPath: dataFolder }, { name: "tmp", mountPath: "/tmp" }, { name: "tls", mountPath: tlsFolder, readOnly: true }, ...(control.secrets.length > 0 ? [secretsMount] : [])],
  };
  const volumes: IVolume[] = [{ name: "tmp", emptyDir: {} }, { name: "tls", secret: { secretName: "millrace-tls" } }, ...secretsVolume(control.secrets)];
  const pod = (more: IVolume[]): IPodSpec => ({ ...podOf(name, [container], [...volumes, ...more]), terminationGracePeriodSeconds: drainSeconds + endSeconds });
  const template = (more: IVolume[]) => ({ metadata: { labels }, spec: pod(more) });
  // What lies in its data folder must be there again when it is started on another node.
  const stateful: IStatefulSet = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, labels },
    spec: { serviceName: name, replicas: control.replicas, selector: { matchLabels: labels }, template: template([]), volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } } } }] },
  };
  const stateless: IDeployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name, labels }, spec: { replicas: control.replicas, selector: { matchLabels: labels }, template: template([{ name: "data", emptyDir: {} }]) } };
  return [account, service, control.keepsData ? stateful : stateless, ...(control.replicas > 1 ? [budget(name, labels)] : []), doors(deployment), ...scalerRights(deployment)];
}

function workerObjects(deployment: Deployment, worker: DeployedWorker): object[] {
  const { project, image } = deployment;
  const name = `${idOf(project)}-${worker.id}`;
  const labels = { ...labelsOf(project, "worker"), "millrace.dev/worker": worker.id };
  const account: IServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, labels }, automountServiceAccountToken: false };
  const memory = `${Math.ceil(worker.memoryBytes / 1024 / 1024)}Mi`;
  const gpu: Record<string, string> = worker.gpu > 0 ? { "nvidia.com/gpu": String(worker.gpu) } : {};
  const container: IContainer = {
    name: "millrace",
    image,
    args: workerArguments(worker, { host: controlName(deployment), data: "/tmp/millrace", token: "/run/join/token", ca: `${tlsFolder}/ca.crt`, alive: "/tmp/alive" }),
    livenessProbe: { exec: { command: ["node", "-e", "process.exit(Date.now()-fs.statSync('/tmp/alive').mtimeMs<60000?0:1)"] }, initialDelaySeconds: 60, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { exec: { command: ["test", "-f", "/tmp/alive"] }, periodSeconds: 5 },
    resources: { requests: { cpu: `${Math.round(worker.cpu * 1000)}m`, memory, ...gpu }, limits: { memory, ...gpu } },
    securityContext: locked,
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, { name: "tls", mountPath: tlsFolder, readOnly: true }, { name: "join", mountPath: "/run/join", readOnly: true }, ...(worker.secrets.length > 0 ? [secretsMount] : [])],
  };
  const volumes: IVolume[] = [
    { name: "tmp", emptyDir: {} },
    { name: "tls", secret: { secretName: "millrace-tls", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { name: "join", secret: { secretName: "millrace-join", items: [{ key: worker.id, path: "token" }] } },
    ...secretsVolume(worker.secrets),
  ];
  const pod: IPodSpec = {
    ...podOf(name, [container], volumes),
    terminationGracePeriodSeconds: drainSeconds + endSeconds,
    ...(worker.gpu > 0 && { nodeSelector: { "nvidia.com/gpu.present": "true" }, tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] }),
  };
  const run: IDeployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    // One that scales says itself how many there are.
    spec: { ...(!scales(worker) && { replicas: worker.replicas.min }), selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  };
  return [account, run, ...(worker.replicas.max > 1 ? [budget(name, labels)] : []), ...(scales(worker) ? [scaler(deployment, worker, name, labels)] : [])];
}

const scales = ({ replicas, topics }: DeployedWorker): boolean => replicas.max > replicas.min && topics.length > 0;

/** Processes follow the records that wait for them. */
function scaler(deployment: Deployment, worker: DeployedWorker, name: string, labels: Labels): IScaledObject {
  const { log } = deployment.profile;
  const byTopic = (topic: string) => ({
    type: "kafka",
    metadata: {
      bootstrapServers: log?.brokers.join(",") as string,
      consumerGroup: `${log?.prefix}${worker.name}`,
      topic: `${log?.prefix}${topic}`,
      lagThreshold: String(worker.targetLag),
      ...(log?.sasl && { sasl: saslOf(log.sasl.mechanism) }),
      ...(log?.tls && { tls: "enable" }),
    },
    ...(log?.sasl && { authenticationRef: { name: kafkaAuth(deployment) } }),
  });
  const byControlPlane = {
    type: "metrics-api",
    metadata: { url: `https://${controlName(deployment)}:${controlPort}/api/v1/stages/${encodeURIComponent(worker.name)}`, valueLocation: "lagRecords", targetValue: String(worker.targetLag), authMode: "bearer" },
    authenticationRef: { name: `${controlName(deployment)}-lag` },
  };
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name, labels },
    spec: { scaleTargetRef: { name }, minReplicaCount: worker.replicas.min, maxReplicaCount: worker.replicas.max, pollingInterval: 10, cooldownPeriod: 120, triggers: log ? worker.topics.map(byTopic) : [byControlPlane] },
  };
}

const saslOf = (mechanism: string): string => ({ PLAIN: "plaintext", "SCRAM-SHA-256": "scram_sha256", "SCRAM-SHA-512": "scram_sha512" })[mechanism] as string;

/** What scalers show to brokers, or to the control plane. */
function scalerRights(deployment: Deployment): ITriggerAuthentication[] {
  if (!deployment.workers.some(scales)) return [];
  const { log } = deployment.profile;
  const labels = labelsOf(deployment.project, "control-plane");
  const auth = (name: string, secretTargetRef: { parameter: string; name: string; key: string }[]): ITriggerAuthentication => ({ apiVersion: "keda.sh/v1alpha1", kind: "TriggerAuthentication", metadata: { name, labels }, spec: { secretTargetRef } });
  if (log === undefined) return [auth(`${controlName(deployment)}-lag`, [{ parameter: "token", name: "millrace-lag", key: "token" }, { parameter: "ca", name: "millrace-tls", key: "ca.crt" }])];
  if (log.sasl === undefined) return [];
  const [password] = secretNames(log.sasl.password);
  return [auth(kafkaAuth(deployment), [{ parameter: "username", name: "millrace-secrets", key: "kafka-username" }, { parameter: "password", name: "millrace-secrets", key: password }])];
}

const kafkaAuth = (deployment: Deployment): string => `${controlName(deployment)}-kafka`;

/** Nobody but the project's own pods and the scaler reaches the control plane from inside of the cluster. */
function doors({ project }: Deployment): INetworkPolicy {
  const labels = labelsOf(project, "control-plane");
  const from = [{ podSelector: { matchLabels: { "app.kubernetes.io/part-of": idOf(project) } } }, { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "keda" } } }];
  return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: `${idOf(project)}-control`, labels }, spec: { podSelector: { matchLabels: labels }, policyTypes: ["Ingress"], ingress: [{ from, ports: [{ port: "https" }] }] } };
}

const budget = (name: string, labels: Labels): IPodDisruptionBudget => ({ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name, labels }, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } });

function podOf(serviceAccountName: string, containers: IContainer[], volumes: IVolume[]): IPodSpec {
  return { serviceAccountName, automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user, seccompProfile: { type: "RuntimeDefault" } }, containers, volumes };
}

const locked: IContainer["securityContext"] = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };

function probes(ready: IContainer["readinessProbe"], alive: IContainer["livenessProbe"]): Pick<IContainer, "readinessProbe" | "livenessProbe" | "startupProbe"> {
  return { startupProbe: { ...ready, periodSeconds: 5, failureThreshold: 60 }, readinessProbe: { ...ready, periodSeconds: 10 }, livenessProbe: { ...alive, periodSeconds: 20, failureThreshold: 3 } };
}

const secretsMount = { name: "secrets", mountPath: secretsFolder, readOnly: true };

const secretsVolume = (names: readonly string[]): IVolume[] => (names.length === 0 ? [] : [{ name: "secrets", secret: { secretName: "millrace-secrets", items: names.map((key) => ({ key, path: key })) } }]);

const controlName = ({ project }: Deployment): string => `${idOf(project)}-control`;

type Labels = Record<string, string>;

const labelsOf = (project: string, component: string): Labels => ({ "app.kubernetes.io/name": "millrace", "app.kubernetes.io/part-of": idOf(project), "app.kubernetes.io/component": component });
