import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startS3 } from "../scripts/engines/s3.ts";
import { selfSigned } from "../scripts/engines/self-signed.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { temporaryProject } from "./support/temporary-project.ts";
import { WorkerProcess } from "./support/worker-process.ts";

/* A stage that writes a table, on another machine: files in a bucket, the pointer asked of the control plane. */

test("a table is written where a worker is; killed, its rows are there once", async () => {
  const s3 = await startS3(["lake"]);
  process.env.MILLRACE_SECRET_LAKE_ID = s3.accessKeyId;
  process.env.MILLRACE_SECRET_LAKE_KEY = s3.secretAccessKey;
  const project = temporaryProject({
    "millrace.config.ts": `import { connection, defineProject, s3Files, secret } from "millrace";
      const lake = connection("lake", { endpoint: ${JSON.stringify(s3.endpoint)}, accessKeyId: secret("lake-id"), secretAccessKey: secret("lake-key") });
      export default defineProject({ profile: { files: s3Files({ at: "s3://lake/shop", connection: lake }) }, http: { tls: { cert: "tls/cert.pem", key: "tls/key.pem" } }, workers: { stages: true } });`,
    "pipeline.ts": `import { http, table, topic } from "millrace";
      import { z } from "zod";
      export const orders = topic("orders", { schema: z.object({ id: z.string(), amount: z.number() }), key: "id", partitions: 2 });
      export const intake = http("intake", { to: orders });
      export const kept = table("shop.orders", { from: orders, commitEvery: "200ms" });`,
  });
  selfSigned(join(project.folder, "tls"));
  const millrace = await MillraceProcess.start(project.folder, project.data);
  const workers: WorkerProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await millrace.stop();
    await s3.stop();
    project.remove();
  });
  const made = await millrace.post("/api/v1/workers/tokens", { stage: "table:shop.orders" });
  const { secret } = (await made.json()) as { secret: string };
  expect(made.status, secret).toBe(200);
  const begin = () => {
    const worker = new WorkerProcess({ address: millrace.address, secret, caFile: join(project.folder, "tls", "cert.pem"), modulesFrom: project.folder });
    workers.push(worker);
    return worker;
  };
  const post = (from: number) => millrace.post("/ingest/intake", Array.from({ length: 1_000 }, (_, i) => ({ id: `o${from + i}`, amount: from + i })));
  const rows = async () => (await millrace.status()).tables.find(({ name }) => name === "shop.orders")?.rows ?? 0;
  const worker = begin();
  await post(0);
  await until(async () => (await rows()) > 0);
  await post(1_000);
  await worker.kill();
  begin();
  await post(2_000);
  await until(async () => (await rows()) >= 3_000);
  const { rows: sums } = await millrace.sql("select count(*), count(distinct id), sum(amount) from shop.orders");
  expect(sums[0].map(Number)).toEqual([3_000, 3_000, (3_000 * 2_999) / 2]);
});
