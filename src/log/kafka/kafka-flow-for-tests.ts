import { expect } from "vitest";
import { column, runnerOf, topicOf } from "../../engine/engine-for-tests.ts";
import { RecordOperator } from "../../engine/record-operator.ts";
import type { StageRunner } from "../../engine/stage-runner.ts";
import type { LogDriver } from "../driver.ts";
import { declared, kafkaLogFor, newPrefix, read, type TestKafkaLog, write } from "./kafka-for-tests.ts";

/* Records that flow through a stage while something dies. What goes in comes out once, is filtered, or is in the dead letters. */

const partitions = 3;
const input = topicOf("in", [column("n", "integer")], { partitions });
const output = { ...input, name: "out" };
const dead = { ...input, name: "dead" };

/** The stage's process: begins anew whenever it ends, until it is told to stop. */
class Stage {
  #runner: StageRunner | undefined;
  #stopping = false;
  readonly #life: Promise<void>;
  #kill: () => void = () => undefined;

  /** @param open - a log for one life */
  constructor(open: () => Promise<TestKafkaLog>) {
    this.#life = this.#live(open);
  }

  async #live(open: () => Promise<TestKafkaLog>): Promise<void> {
    while (!this.#stopping) {
      const { log, kill } = await open();
      this.#kill = kill;
      this.#runner = runnerOf({ client: () => log }, {
        definition: {
          run: ({ n }: { n: number }, emit) => {
            if (n % 50 === 7) throw new Error("no good");
            if (n % 10 !== 3) emit({ n });
          },
        },
        ...{ inputs: [input], outputs: { out: output }, dlq: dead, failureLimit: { ratio: 1, window: 1_000 } },
        operator: (definition, host, failures) => new RecordOperator(definition, host, failures),
      });
      await this.#runner.run().then(() => log.close(), kill);
    }
  }

  /** Its process dies; another one is started at once. */
  kill(): void {
    this.#kill();
  }

  stop(): Promise<void> {
    this.#stopping = true;
    this.#runner?.stop();
    return this.#life;
  }
}

/** Writes numbers one after the other, a few to each partition at once. */
class Writer {
  written = 0;
  #stopping = false;
  readonly #life: Promise<void>;

  constructor(log: LogDriver) {
    this.#life = this.#live(log);
  }

  async #live(log: LogDriver): Promise<void> {
    while (!this.#stopping) {
      const numbers = Array.from({ length: 20 }, (_, i) => ({ n: this.written + i }));
      await write(log, input, (this.written / 20) % partitions, numbers);
      this.written += numbers.length;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async stop(): Promise<number> {
    this.#stopping = true;
    await this.#life;
    return this.written;
  }
}

const passed = (count: number): number[] => numbersBelow(count).filter((n) => n % 50 !== 7 && n % 10 !== 3);
const given = (count: number): number[] => numbersBelow(count).filter((n) => n % 50 === 7);
const numbersBelow = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const numbersIn = async (log: LogDriver, topic: string): Promise<number[]> => (await read(log, topic)).map(({ value }) => value.n as number).sort((a, b) => a - b);

export async function until(holds: () => Promise<boolean> | boolean, ms: number): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > ms) throw new Error(`never held within ${ms} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - began;
}

async function conserved(log: LogDriver, written: number): Promise<void> {
  await until(async () => (await numbersIn(log, "out")).length + (await numbersIn(log, "dead")).length >= passed(written).length + given(written).length, 60_000);
  expect(await numbersIn(log, "out")).toEqual(passed(written));
  expect(await numbersIn(log, "dead")).toEqual(given(written));
}

/** The stage has gone on: it has passed on what was written after now. */
async function goesOn(log: LogDriver, writer: Writer, ms = 90_000): Promise<void> {
  const ends = async (): Promise<number> => (await log.topic("out")).partitionInfo.reduce((sum, { end }) => sum + end, 0);
  const [before, written] = [await ends(), writer.written];
  await until(async () => writer.written > written + 200 && (await ends()) > before + 100, ms);
}

/** A writer and a stage at work on a Kafka. */
export interface Flow {
  stage: Stage;
  /** The stage has passed on what was written after now. */
  goesOn(ms?: number): Promise<void>;
  /** Ends them, and looks for each record that went in. */
  end(): Promise<void>;
}

export async function startFlow(brokers: string[]): Promise<Flow> {
  const prefix = newPrefix();
  const { log } = await kafkaLogFor(brokers, prefix);
  await declared(log, input, output, dead);
  const writer = new Writer(log);
  const stage = new Stage(() => kafkaLogFor(brokers, prefix));
  return {
    stage,
    goesOn: (ms) => goesOn(log, writer, ms),
    end: async () => {
      await conserved(log, await writer.stop());
      await stage.stop();
      await log.close();
    },
  };
}
