import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { kafkaLog, postgresState, s3Files } from "../../model/profile.ts";
import { connection, secret } from "../../model/secret.ts";
import { readProject } from "../definitions/read-project.ts";
import { temporaryProject } from "../../../test/support/temporary-project.ts";
import { deployFiles, deployTargets } from "./deploy-files.ts";
import { type Deployment, deploymentOf, idOf } from "./deployment.ts";

const pipeline = `
import { dag, files, http, secret, stage, table, topic } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), amount: z.number() });
export const orders = topic("orders", { schema: Order, partitions: 8, key: "id" });
export const large = topic("orders.large", { schema: Order });
export const intake = http("intake", { to: orders });
export const replay = files("replay", { to: orders, path: "old/*.csv" });
export const choose = stage("choose", { from: orders, to: large, scale: { min: 1, max: 8, targetDrain: "20s" }, place: { cpu: 0.5, memory: "256MiB" }, run: (order, emit) => emit(order) });
export const score = stage("Score_by.model", { from: large, to: topic("scored", { schema: Order }), place: { gpu: 1, memory: "4GiB" }, run: (order, emit) => emit(order) });
export const train = dag("train", {}, ({ task }) => { task("fit", () => 1, { pool: "gpu", uses: [secret("model-key")] }); });
export const kept = table("sales.orders", { from: large });
`;
const cluster = {
  log: kafkaLog({ brokers: ["kafka-1:9092", "kafka-2:9092"], prefix: "shop.", tls: true, sasl: { mechanism: "SCRAM-SHA-512", username: "millrace", password: secret("kafka-password") } }),
  state: postgresState({ url: secret("state-url") }),
  files: s3Files({ at: "s3://lake/shop" }),
};

const project = temporaryProject({ "pipeline.ts": pipeline, "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ name: "shop" });\n' });
const { manifest } = await readProject(project.folder);
project.remove();
const profiles: Record<string, Deployment> = { cluster: deploymentOf(manifest, cluster, { image: "registry.example.com/shop:1", pools: ["gpu"] }), embedded: deploymentOf(manifest, {}, { pools: ["gpu"] }) };

test("the project is read whole", () => {
  expect(manifest.problems).toEqual([]);
});

test.each(Object.keys(profiles).flatMap((profile) => deployTargets.map((target) => [profile, target] as const)))("the files of the %s profile for %s are as they were", async (profile, target) => {
  for (const [file, text] of deployFiles(target, profiles[profile])) await expect(text).toMatchFileSnapshot(join("goldens", profile, target, file));
});

test("what needs the control plane's disk stays with it, and the rest has an id of its own", () => {
  expect(profiles.cluster.workers.map(({ name, id }) => [name, id])).toEqual([["Score_by.model", "score-by-model"], ["choose", "choose"], ["table:sales.orders", "table-sales-orders"], ["gpu", "pool-gpu"]]);
  expect(profiles.embedded.workers.map(({ name }) => name)).toEqual(["Score_by.model", "choose", "gpu"]);
  expect(profiles.cluster.control).toEqual({ replicas: 2, keepsData: false, secrets: ["kafka-password", "state-url"] });
  expect(() => deploymentOf(manifest, {}, { replicas: 2 })).toThrow(expect.objectContaining({ code: "MR-DEPLOY-001" }));
  expect(idOf("Ünï çode / ".repeat(20)).length).toBeLessThanOrEqual(50);
});

test("who reaches the bucket is given its keys: a stage that writes a table, and one that keeps a state where workers reach the brokers of Kafka", async () => {
  const counting = 'export const seen = stage("seen", { from: orders, to: large, init: () => 0, runKeyed: (count) => count + 1 });\n';
  const other = temporaryProject({ "pipeline.ts": pipeline + counting, "millrace.config.ts": 'import { defineProject } from "millrace";\nexport default defineProject({ name: "shop" });\n' });
  const { manifest: more } = await readProject(other.folder);
  other.remove();
  const files = s3Files({ at: "s3://lake/shop", connection: connection("lake", { endpoint: "http://s3", accessKeyId: "id", secretAccessKey: secret("lake-key") }) });
  const holders = (profile: Parameters<typeof deploymentOf>[1], brokers = false): string[] => deploymentOf(more, profile, { pools: [], brokers }).workers.filter(({ secrets }) => secrets.includes("lake-key")).map(({ name }) => name);
  expect(holders({ ...cluster, files })).toEqual(["table:sales.orders"]);
  expect(holders({ ...cluster, files }, true)).toEqual(["seen", "table:sales.orders"]);
  expect(holders({ state: cluster.state, files })).toEqual(["table:sales.orders"]);
});

test.each(Object.keys(profiles))("each object of the %s profile fits the published schemas of Kubernetes and KEDA", async (profile) => {
  const files = deployFiles("kubernetes", profiles[profile]);
  const kinds = new Set<string>();
  for (const [file, text] of files) {
    if (!file.endsWith(".yaml") || file === "kustomization.yaml") continue;
    for (const document of parseAllDocuments(text)) {
      expect(document.errors).toEqual([]);
      const object = document.toJS() as { apiVersion: string; kind: string; metadata: { name: string } };
      const Model = await modelOf(object);
      new Model(object).validate();
      expect(() => new Model({ ...object, metadata: 7 }).validate(), `a broken ${object.kind}`).toThrow();
      expect(object.metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      kinds.add(object.kind);
    }
  }
  for (const kind of ["Deployment", "Service", "ScaledObject", "PodDisruptionBudget", "NetworkPolicy"]) expect(kinds).toContain(kind);
});

interface ObjectModel {
  new (object: object): { validate(): void };
}

/** The class that was made of the schema of a kind. */
async function modelOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Promise<ObjectModel> {
  const library = apiVersion.startsWith("keda.sh/") ? "@kubernetes-models/keda" : "kubernetes-models";
  const root = dirname(new URL(import.meta.resolve(`${library}/package.json`)).pathname);
  const module = (await import(pathToFileURL(join(root, apiVersion, `${kind}.js`)).href)) as Record<string, ObjectModel> & { default?: Record<string, ObjectModel> };
  return module[kind] ?? (module.default as Record<string, ObjectModel>)[kind];
}

test("no file has a secret in it, and no golden is left over", () => {
  const goldens = new URL("goldens/", import.meta.url).pathname;
  for (const [profile, deployment] of Object.entries(profiles)) {
    for (const target of deployTargets) expect(readdirSync(join(goldens, profile, target)).sort()).toEqual([...deployFiles(target, deployment).keys()].sort());
  }
  expect(readFileSync(join(goldens, "cluster/kubernetes/control-plane.yaml"), "utf8")).not.toMatch(/\{\{ secrets/);
});
