import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchBuilder } from "../batch/builder.ts";
import { headersAt, rowReader } from "../batch/rows.ts";
import { EmbeddedLog } from "../log/embedded/embedded-log.ts";
import { directPort } from "../log/embedded/port.ts";
import { LogService } from "../log/embedded/service.ts";
import type { LaneMark, LogDriver } from "../log/driver.ts";
import type { StageDefinition } from "../model/definition.ts";
import type { StageDecl, TopicDecl } from "../model/manifest.ts";
import { secretAccess } from "../model/secret.ts";
import { FailurePolicy } from "./failures.ts";
import type { Operator } from "./operator.ts";
import type { OperatorHost } from "./operator-host.ts";
import { StageRunner, type StageRunnerOptions } from "./stage-runner.ts";

/* A real log in a temporary folder, and stages on it, for tests. */

export const column = (name: string, type: TopicDecl["columns"][number]["type"], nullable = false) => ({ name, type, nullable });

export function topicOf(name: string, columns: TopicDecl["columns"], more: Partial<TopicDecl> = {}): TopicDecl {
  return { name, columns, schema: { type: "object" }, partitions: 2, ...more };
}

export class TestLog {
  readonly folder: string;
  service: LogService;
  log: LogDriver;

  private constructor(folder: string, service: LogService) {
    this.folder = folder;
    this.service = service;
    this.log = this.client();
  }

  static open(...topics: TopicDecl[]): Promise<TestLog> {
    return TestLog.openWith({}, ...topics);
  }

  static async openWith(options: Partial<ConstructorParameters<typeof LogService>[0]>, ...topics: TopicDecl[]): Promise<TestLog> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-engine-"));
    const opened = new TestLog(folder, new LogService({ folder, returnMs: 0, ...options }));
    for (const topic of topics) await opened.log.ensureTopic(topic);
    return opened;
  }

  client(): LogDriver {
    return new EmbeddedLog(directPort(this.service, { name: "test", reads: ["*"], writes: ["*"], admin: true }));
  }

  async write(topic: TopicDecl, partition: number, records: object[], mark?: LaneMark): Promise<void> {
    const builder = new BatchBuilder({ columns: topic.columns, key: topic.key, eventTime: topic.eventTime, where: "test" });
    for (const record of records) builder.append(record, 1_000);
    await this.log.append({ producer: "test", outputs: [{ topic: topic.name, partition, batch: records.length > 0 ? builder.finish() : undefined, mark }] });
  }

  /** All records of a topic, by partition and in order. */
  async read(topic: string): Promise<{ partition: number; value: Record<string, unknown>; headers: Record<string, string> }[]> {
    const { partitions } = await this.log.topic(topic);
    const { entries } = await this.log.fetch({ partitions: Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })), bytesMax: 1e9, waitMs: 0 });
    return entries.flatMap(({ partition, batch }) => {
      if (!batch) return [];
      const read = rowReader(batch);
      return Array.from({ length: batch.count }, (_, i) => ({ partition, value: read(i), headers: Object.fromEntries(headersAt(batch, i)) as Record<string, string> }));
    });
  }

  async caughtUp(group: string): Promise<boolean> {
    const info = (await this.log.groups()).find((other) => other.group === group);
    const topics = await this.log.topics();
    return info !== undefined && info.positions.length > 0 && info.positions.every(({ topic, partition, offset }) => offset === topics.find(({ name }) => name === topic)?.partitionInfo[partition].end);
  }

  async close(): Promise<void> {
    await this.service.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

let members = 0;

export interface TestStage {
  definition: Partial<StageDefinition>;
  inputs: TopicDecl[];
  outputs?: Record<string, TopicDecl>;
  dlq?: TopicDecl;
  late?: TopicDecl;
  retries?: StageDecl["retries"];
  failureLimit?: StageDecl["failureLimit"];
  operator: (definition: StageDefinition, host: OperatorHost, failures: FailurePolicy) => Operator;
  runner?: Partial<StageRunnerOptions>;
}

export function runnerOf(log: Pick<TestLog, "client">, stage: TestStage): StageRunner {
  const host: OperatorHost = {
    stage: "stage",
    release: "r1",
    inputs: new Map(stage.inputs.map((topic) => [topic.name, topic])),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    signal: new AbortController().signal,
    secrets: secretAccess({}, "stage", "stage"),
    now: Date.now,
    random: () => 0,
    sleep: () => Promise.resolve(),
  };
  const failures = new FailurePolicy("stage", "r1", stage.retries ?? { attempts: 1, backoffMs: 1 }, stage.failureLimit ?? { ratio: 0.2, window: 1_000 });
  const definition = { name: "stage", concurrency: 16, ...stage.definition } as StageDefinition;
  return new StageRunner({
    stage: "stage",
    member: `member-${members++}`,
    log: log.client(),
    inputs: stage.inputs.map(({ name, partitions }) => ({ topic: name, partitions })),
    outputs: { byAlias: new Map(Object.entries(stage.outputs ?? {})), dlq: stage.dlq, late: stage.late },
    expectedLanes: [],
    sendsMarks: false,
    operator: () => stage.operator(definition, host, failures),
    now: Date.now,
    ...stage.runner,
  });
}

/** Asks until the answer is true. Gives up after 50 s: a runner that nobody stops would keep the test's process alive. */
export async function until(question: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!(await question())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${question}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
