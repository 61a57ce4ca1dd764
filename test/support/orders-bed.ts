import { afterEach, expect } from "vitest";
import type { StageStatus } from "../../src/server/control-plane.ts";
import { MillraceProcess } from "./millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./temporary-project.ts";

const head = `
import { spawn } from "node:child_process";
import { appendFileSync, existsSync } from "node:fs";
import { count, http, sink, source, stage, sum, table, topic, tumbling } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), amount: z.number() });
export const orders = topic("orders", { schema: Order, key: "id", partitions: 4 });
export const done = topic("done", { schema: Order, key: "id", partitions: 4 });
export const intake = http("intake", { to: orders });
// User code is loaded for the manifest too: what follows is for the stage's process alone.
const inStage = process.argv[1].includes("stage-main");
`;

/**
 * A project with the topics `orders` and `done` and a door for orders, and a real Millrace that runs it. Each test writes
 * the stages between the two; what it has started is gone when it ends.
 */
export class OrdersBed {
  #millrace: MillraceProcess | undefined;
  #project: TemporaryProject | undefined;

  constructor() {
    afterEach(async () => {
      await this.#millrace?.stop();
      this.#millrace = undefined;
      this.#project?.remove();
    });
  }

  get millrace(): MillraceProcess {
    if (!this.#millrace) throw new Error("nothing has been brought up");
    return this.#millrace;
  }

  get project(): TemporaryProject {
    if (!this.#project) throw new Error("no project has been written");
    return this.#project;
  }

  /** Writes the project without running it. */
  write(pipeline: string, more: Record<string, string> = {}): TemporaryProject {
    this.#project = temporaryProject({ "pipeline.ts": head + pipeline, ...more });
    return this.#project;
  }

  async up(pipeline: string, more: Record<string, string> = {}): Promise<void> {
    this.write(pipeline, more);
    await this.start();
  }

  /** Brings the project up that is there, as after a crash. */
  async start(): Promise<void> {
    this.#millrace = await MillraceProcess.start(this.project.folder, this.project.data);
  }

  /** Posts orders `o<from>` and following, of which each amount is the number in its id. */
  async post(count: number, from = 0): Promise<void> {
    const answer = await this.millrace.post("/ingest/intake", Array.from({ length: count }, (_, i) => ({ id: `o${from + i}`, amount: from + i })));
    expect(answer.status, await answer.clone().text()).toBe(200);
  }

  async stage(name: string): Promise<StageStatus> {
    const found = (await this.millrace.status()).stages.find((stage) => stage.name === name);
    if (!found) throw new Error(`no stage ${name}`);
    return found;
  }

  async records(topic: string): Promise<number> {
    return (await this.millrace.status()).topics.find(({ name }) => name === topic)?.records ?? 0;
  }
}
