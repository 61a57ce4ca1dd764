import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Executor, ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import type { TaskDecl } from "../../model/dag-manifest.ts";
import { taskDecl } from "../../scheduler/dag-for-tests.ts";

export interface Asked extends Partial<Omit<Work, "task">> {
  task: Partial<TaskDecl> & { name: string };
  lost?: number;
  release?: string;
}

export interface Ended {
  attempt: string;
  fence: number;
  outcome: Outcome;
}

/** A scheduler that starts whatever may be started, and writes down what it is told. */
export class RecordingPort implements ExecutorPort {
  readonly started: { attempt: string; worker: string }[] = [];
  readonly ended: Ended[] = [];
  readonly beats: string[] = [];
  readonly goneWorkers: string[] = [];
  readonly refused = new Set<string>();
  #fence = 0;
  readonly #work = new Map<string, Work>();
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();

  /** Offers an attempt; resolves when it has ended. */
  run(executor: Pick<Executor, "offer">, asked: Asked): Promise<Outcome> & { attempt: string } {
    const { task, lost = 0, release = "r1", ...rest } = asked;
    const attempt = rest.attempt ?? randomUUID();
    const decl = taskDecl(task.name, task);
    const run = { id: "run-1", dag: "daily", kind: "manual" as const, release, logicalDate: "2026-01-01T00:00:00Z", interval: { start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z" }, params: {} };
    this.#work.set(attempt, { fence: 0, number: 1, task: decl, index: -1, module: "dags.ts", export: "daily", inputs: {}, looks: 0, run, made: 0, ...rest, attempt });
    const ended = new Promise<Outcome>((resolve) => this.#waiting.set(attempt, resolve));
    const hint: Hint = { attempt, token: "t", dag: "daily", task: decl, release, lost };
    executor.offer(hint);
    return Object.assign(ended, { attempt });
  }

  async start({ attempt }: Hint, worker: string): Promise<Work | undefined> {
    if (this.refused.has(attempt)) return undefined;
    this.started.push({ attempt, worker });
    const work = this.#work.get(attempt) as Work;
    this.#fence++;
    work.fence = this.#fence;
    return work;
  }

  async end(attempt: string, fence: number, outcome: Outcome): Promise<boolean> {
    this.ended.push({ attempt, fence, outcome });
    this.#waiting.get(attempt)?.(outcome);
    return true;
  }

  alive(worker: string): void {
    this.beats.push(worker);
  }

  async gone(worker: string): Promise<void> {
    this.goneWorkers.push(worker);
  }

  workerOf(attempt: string): string | undefined {
    return this.started.find((each) => each.attempt === attempt)?.worker;
  }
}

export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>, what = "what is waited for", ms = 20_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > end) throw new Error(`${what} did not come`);
    await setTimeout(10);
  }
}

/** A project with one module, `dags.ts`, whose DAG `daily` has the tasks given, each the text of a function. */
export function project(tasks: Record<string, string>, files: Record<string, string> = {}): { codeFolder: string; dataFolder: string } {
  const folder = mkdtempSync(join(tmpdir(), "millrace-tasks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const code = Object.entries(tasks).map(([name, body]) => `[${JSON.stringify(name)}, { run: ${body}, render: ${body} }]`);
  writeFileSync(join(folder, "dags.ts"), `export const daily = { code: new Map<string, any>([\n${code.join(",\n")}\n]) };\n`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { codeFolder: folder, dataFolder: join(folder, ".millrace") };
}
