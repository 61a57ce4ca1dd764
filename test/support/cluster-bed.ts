import { selfSigned } from "../../scripts/engines/self-signed.ts";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type KafkaServer, startKafka } from "../../scripts/engines/kafka.ts";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import { freePort } from "../../scripts/engines/free-port.ts";
import { type S3Server, startS3 } from "../../scripts/engines/s3.ts";
import { FaultProxy } from "../../src/files/fault-proxy-for-tests.ts";
import { ObjectCopies } from "../../src/files/object-copies.ts";
import { s3Files } from "../../src/files/s3.ts";
import { s3Client } from "../../src/files/s3-client.ts";
import { Lake } from "../../src/lake/lake.ts";
import { openKafkaLog } from "../../src/log/kafka/open-kafka-log.ts";
import { postgresState } from "../../src/state/postgres.ts";
import { postgresRuns } from "../../src/state/postgres-runs.ts";
import { jsonAnswer } from "./json-answer.ts";
import { MillraceProcess, until } from "./millrace-process.ts";
import { type Back, expectConserved, goesOn, numbersPipeline, type Witness } from "./numbers-project.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { type TemporaryProject, temporaryProject } from "./temporary-project.ts";
import { WorkerProcess } from "./worker-process.ts";

/** What stands between a project and its servers. */
export interface Between {
  kafka: TcpProxy;
  postgres: TcpProxy;
  /** The line to S3, and behind it what sees its requests. */
  s3: TcpProxy;
  s3Requests: FaultProxy;
  /** Between workers and the control plane. */
  plane: TcpProxy;
}

interface Servers {
  kafka: KafkaServer;
  postgres: PostgresServer;
  s3: S3Server;
}

const backMsMax = 15_000;

/** Where a machine has more than twice as much to do as it has processors, others than the test have their part in how long all takes. */
const crowded = (): number => Math.max(1, loadavg()[0] / (2 * availableParallelism()));

/** A bed for all tests of a file, at work before the first of them. */
export function workingBed(): () => ClusterBed {
  let bed: ClusterBed | undefined;
  beforeAll(async () => {
    bed = await ClusterBed.open();
    await bed.start();
  }, 180_000);
  afterAll(() => bed?.down(), 60_000);
  return () => bed as ClusterBed;
}

/** The stage of the numbers' project that runs on a worker: one with state. */
const away = "per-minute";

/** The numbers' project on Kafka, PostgreSQL and S3, with one stage on a worker and something between each two of them. */
export class ClusterBed {
  readonly servers: Servers;
  readonly between: Between;
  readonly project: TemporaryProject;
  readonly witness: Witness;
  readonly #millraces: MillraceProcess[] = [];
  readonly #workers: WorkerProcess[] = [];

  private constructor(servers: Servers, between: Between, project: TemporaryProject, witness: Witness) {
    this.servers = servers;
    this.between = between;
    this.project = project;
    this.witness = witness;
  }

  /** Starts the servers and writes the project. */
  static async open(): Promise<ClusterBed> {
    const lines: TcpProxy[] = [];
    const lineBefore = async (port: number): Promise<number> => lines[lines.push(await TcpProxy.before(port)) - 1].port;
    const [kafka, postgres, s3] = await Promise.all([startKafka({ reachedBy: lineBefore }), startPostgres(), startS3(["lake"])]);
    const s3Requests = await FaultProxy.before(s3.endpoint);
    const between = { kafka: lines[0], postgres: await TcpProxy.before(postgres.port), s3: await TcpProxy.before(portOf(s3Requests.endpoint)), s3Requests, plane: await TcpProxy.before(await freePort()) };
    const servers = { kafka, postgres, s3 };
    process.env.MILLRACE_SECRET_LAKE_KEY = s3.secretAccessKey;
    process.env.MILLRACE_SECRET_STATE_PASSWORD = postgres.password;
    const project = temporaryProject({ "pipeline.ts": numbersPipeline(new Date()), "millrace.config.ts": configOf(servers, between) });
    selfSigned(join(project.folder, "tls"));
    return new ClusterBed(servers, between, project, await witnessOf(servers, project));
  }

  /** The one that was started last. */
  get millrace(): MillraceProcess {
    const last = this.#millraces.at(-1);
    if (!last) throw new Error("nothing has been brought up");
    return last;
  }

  /** Takes every fault out of the lines. */
  heal(): void {
    const { s3Requests, ...lines } = this.between;
    s3Requests.fault = () => "pass";
    for (const line of Object.values(lines)) {
      line.fault = () => "pass";
      line.slowMs = 0;
      line.heal();
    }
  }

  /** Brings the project up, also after a crash, and waits until each part of it gets on. */
  async start(): Promise<void> {
    this.#millraces.push(await MillraceProcess.start(this.project.folder, this.project.data));
    if (this.#workers.length === 0) await this.startWorker();
    await this.goesOn();
  }

  /** The one that was started last. */
  get worker(): WorkerProcess {
    return this.#workers.at(-1) as WorkerProcess;
  }

  /** Another worker of the stage, on a machine that has none of the servers' passwords. */
  async startWorker(): Promise<void> {
    const { secret } = await jsonAnswer<{ secret: string }>(this.millrace.post("/api/v1/workers/tokens", { stage: away }));
    const { project, between } = this;
    this.#workers.push(new WorkerProcess({ address: `https://127.0.0.1:${between.plane.port}`, secret, caFile: join(project.folder, "tls", "cert.pem"), modulesFrom: project.folder, secrets: false }));
  }

  goesOn(): Promise<Back> {
    return goesOn(this.witness);
  }

  /** Takes every fault out of the lines, and holds each part to what docs/cluster.md promises. */
  async expectBack(): Promise<void> {
    this.heal();
    const back = await this.goesOn();
    expect(Math.max(...Object.values(back)), JSON.stringify(back)).toBeLessThan(backMsMax * crowded());
  }

  /** Lets the source end, and holds what came out of everything against what it sent. */
  async expectConserved(): Promise<void> {
    this.project.write("enough", "");
    await until(async () => (await this.millrace.status()).stages.some(({ name, state }) => name === "counter" && state === "drained"));
    await expectConserved(this.witness);
  }

  async down(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.#millraces.at(-1)?.stop();
    const { log, lake, state, runs } = this.witness;
    await lake.close();
    await Promise.all([log.close(), state.close(), runs.close()]);
    for (const proxy of Object.values(this.between)) proxy.stop();
    await Promise.all(Object.values(this.servers).map((server) => server.stop()));
    for (const name of ["LAKE_KEY", "STATE_PASSWORD"]) delete process.env[`MILLRACE_SECRET_${name}`];
    this.project.remove();
  }
}

/** Whether a connection to a server is a stage's; the others are the control plane's. Each says its name in the first that it sends. */
export const isOfStage = (hello: Buffer): boolean => hello.includes("millrace-stage");

async function witnessOf({ kafka, postgres, s3 }: Servers, { data }: TemporaryProject): Promise<Witness> {
  const bucket = await s3Client({ bucket: "lake", connection: s3 });
  const files = s3Files(bucket, { prefix: "faults/", stagingFolder: join(data, "witness", "staged"), copies: new ObjectCopies(join(data, "witness", "objects")) });
  const place = { connection: { url: postgres.url() }, schema: "millrace" };
  const state = await postgresState(place);
  return { log: await openKafkaLog({ brokers: kafka.direct }), lake: new Lake({ files, state }), state, runs: await postgresRuns(place) };
}

const portOf = (endpoint: string): number => Number(new URL(endpoint).port);

const configOf = ({ kafka, postgres, s3 }: Servers, between: Between): string => `
import { connection, defineProject, kafkaLog, postgresState, s3Files, secret } from "millrace";
const store = connection("store", { endpoint: "http://127.0.0.1:${between.s3.port}", accessKeyId: "${s3.accessKeyId}", secretAccessKey: secret("lake-key") });
const state = connection("state", { host: "127.0.0.1", port: ${between.postgres.port}, user: "${postgres.user}", database: "postgres", password: secret("state-password") });
export default defineProject({ name: "faults", profile: {
  log: kafkaLog({ brokers: ${JSON.stringify(kafka.brokers)} }),
  state: postgresState({ connection: state }),
  files: s3Files({ at: "s3://lake/faults", connection: store }),
}, http: { port: ${between.plane.server}, tls: { cert: "tls/cert.pem", key: "tls/key.pem" } }, workers: { stages: ["${away}"] } });
`;
