import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freePort } from "../../scripts/engines/free-port.ts";
import { EmbeddedLog } from "../../src/log/embedded/embedded-log.ts";
import { socketPort } from "../../src/log/embedded/port.ts";
import type { LogAccess } from "../../src/supervisor/drivers/open-stage-log.ts";
import { version } from "../../src/supervisor/version.ts";
import { CallClient } from "../../src/supervisor/workers/call-client.ts";
import { connectPlane, planeAddress } from "../../src/supervisor/workers/plane-connection.ts";
import { openRelay } from "../../src/supervisor/workers/relay.ts";
import type { Setup } from "../../src/supervisor/workers/worker-protocol.ts";
import { MillraceProcess } from "./millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./temporary-project.ts";
import { selfSigned } from "../../scripts/engines/self-signed.ts";
import { WorkerProcess } from "./worker-process.ts";

/** What a worker says of itself. */
export const joining = { version, machine: "elsewhere", pid: 1 };

/** A project that leaves the stage `copy` and the pool `gpu` to workers, a real Millrace that serves it by TLS, and workers. */
export class WorkerBed {
  readonly project: TemporaryProject;
  millrace: MillraceProcess;
  readonly #workers: WorkerProcess[] = [];

  private constructor(project: TemporaryProject, millrace: MillraceProcess) {
    this.project = project;
    this.millrace = millrace;
  }

  /**
   * @param pipeline - what is declared beside topics `orders`, `done` and `secrets`, the door `intake`, and `copy`
   * @param profile - an expression. Default: all embedded
   * @param brokers - whether workers reach the brokers of that profile themselves
   */
  static async up(pipeline: string, { profile = "{}", brokers = false } = {}): Promise<WorkerBed> {
    const project = temporaryProject({
      "millrace.config.ts": `import { defineProject, kafkaLog, secret } from "millrace";
        export default defineProject({ profile: ${profile}, http: { port: ${await freePort()}, tls: { cert: "tls/cert.pem", key: "tls/key.pem" } }, workers: { stages: ["copy"], pools: ["gpu"], brokers: ${brokers} } });`,
      "pipeline.ts": `
        import { existsSync, appendFileSync } from "node:fs";
        import { dag, http, stage, topic } from "millrace";
        import { z } from "zod";
        import { place } from "./place.ts";
        const Order = z.object({ id: z.string(), amount: z.number() });
        const Done = z.object({ id: z.string(), amount: z.number(), place: z.string() });
        export const orders = topic("orders", { schema: Order, key: "id", partitions: 4 });
        export const done = topic("done", { schema: Done, key: "id", partitions: 4 });
        export const secrets = topic("secrets", { schema: Order });
        export const intake = http("intake", { to: orders });
        export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit({ ...order, place: place() }) });
        ${pipeline}
      `,
      "place.ts": "export const place = (): string => import.meta.dirname;\n",
    });
    selfSigned(join(project.folder, "tls"));
    return new WorkerBed(project, await MillraceProcess.start(project.folder, project.data));
  }

  /** The control plane dies with all that it has started on its machine, and another one takes its place. */
  async killPlane(): Promise<void> {
    await this.millrace.killAll();
    this.millrace = await MillraceProcess.start(this.project.folder, this.project.data);
  }

  get caFile(): string {
    return join(this.project.folder, "tls", "cert.pem");
  }

  async token(purpose: { stage: string } | { pool: string }, lasts?: string): Promise<{ secret: string; token: { id: string } }> {
    const answer = await this.millrace.post("/api/v1/workers/tokens", { ...purpose, ...(lasts && { for: lasts }) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { secret: string; token: { id: string } };
  }

  /** @param address - default: the control plane's own */
  worker(secret: string, { address = this.millrace.address, secrets = true } = {}): WorkerProcess {
    const worker = new WorkerProcess({ address, secret, caFile: this.caFile, modulesFrom: this.project.folder, secrets });
    this.#workers.push(worker);
    return worker;
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.millrace.request(path)).json()) as T;
  }

  /** Posts orders `o<from>` and following, of which each amount is the number in its id. */
  async post(from: number, count: number): Promise<void> {
    const answer = await this.millrace.post("/ingest/intake", Array.from({ length: count }, (_, i) => ({ id: `o${from + i}`, amount: from + i })));
    if (!answer.ok) throw new Error(await answer.text());
  }

  async records(name: string): Promise<number> {
    return (await this.millrace.status()).topics.find((topic) => topic.name === name)?.records ?? 0;
  }

  /** The log as an identity of the stage `copy` reaches it: by its own connection, with its own token. */
  async logOf(identity: string): Promise<EmbeddedLog> {
    const address = planeAddress(this.millrace.address, readFileSync(this.caFile));
    const link = new CallClient(await connectPlane(address, "link", identity), { where: "test" });
    const { renewal } = (await link.call("hello", joining)).result as Setup;
    const relay = await openRelay(join(this.project.folder, "relay.sock"), () => connectPlane(address, "log", identity), () => undefined);
    onTestFinished(() => {
      link.close();
      relay.close();
    });
    return new EmbeddedLog(await socketPort({ path: relay.path, token: (renewal.log as Extract<LogAccess, { kind: "embedded" }>).token, carried: true, patienceMs: 1_000 }));
  }

  async close(): Promise<void> {
    // First those whose stages still commit what they have.
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.millrace.stop();
    this.project.remove();
  }
}
