import { pino } from "pino";
import { query, scratchLake, type ScratchLake } from "../lake/lake-for-tests.ts";
import type { Table } from "../lake/table.ts";
import type { LogDriver } from "../log/driver.ts";
import type { FailureLimitDecl, TableDecl, TopicDecl } from "../model/manifest.ts";
import { until } from "./engine-for-tests.ts";
import { FailurePolicy } from "./failures.ts";
import { InputGate } from "./input-gate.ts";
import { TableRunner } from "./table-runner.ts";

/* A table of a lake in a temporary folder that is written from a topic, for tests. */

export class TestTable {
  readonly decl: TableDecl;
  readonly topic: TopicDecl;
  readonly dlq: TopicDecl;
  readonly #lake: ScratchLake;
  #lives = 0;

  private constructor(lake: ScratchLake, topic: TopicDecl) {
    this.#lake = lake;
    this.topic = topic;
    this.dlq = { ...topic, name: "table:main.rows.dlq", internal: "dlq" };
    this.decl = { name: "main.rows", columns: topic.columns, partitionBy: [], from: topic.name, commitEveryMs: 10 };
  }

  static async open(topic: TopicDecl): Promise<TestTable> {
    return new TestTable(await scratchLake(), topic);
  }

  /** A process of the table. @param change - of the table as the process sees it */
  async runner(log: LogDriver, { change = (table) => table, limit = { ratio: 1, window: 1_000 } }: { change?: (table: Table) => Table; limit?: FailureLimitDecl } = {}): Promise<TableRunner> {
    const stage = "table:main.rows";
    const failures = new FailurePolicy(stage, "r1", { attempts: 1, backoffMs: 1 }, limit);
    const table = change(await this.#lake.lake.createTable(this.decl));
    return new TableRunner({ stage, member: `m${this.#lives++}`, log, topic: this.topic, decl: this.decl, table, release: "r1", dlq: this.dlq, gate: new InputGate(new Map(), failures, { log: pino({ enabled: false }), now: Date.now }) });
  }

  /** Runs a process until `done`, and ends it. */
  async runUntil(runner: TableRunner, done: () => Promise<boolean>): Promise<void> {
    const ended = runner.run();
    await Promise.race([until(done), ended]);
    runner.stop();
    await ended;
  }

  async ids(): Promise<number[]> {
    const rows = await query(await this.#lake.lake.createTable(this.decl), (relation) => `select id from ${relation} order by id`);
    return rows.map(({ id }) => Number(id));
  }
}
