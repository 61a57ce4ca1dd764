import { afterEach, expect, test } from "vitest";
import type { SourceContext } from "../model/definition.ts";
import type { StageDecl } from "../model/manifest.ts";
import { secretAccess } from "../model/secret.ts";
import { column, TestLog, topicOf, until } from "./engine-for-tests.ts";
import { SourceWriter } from "./source-writer.ts";
import { runUserSource, type UserSourceOptions } from "./user-source.ts";

const topic = topicOf("numbers", [column("n", "integer")], { partitions: 1 });
let log: TestLog;
afterEach(() => log.close());

async function run(stage: Partial<StageDecl>, read: UserSourceOptions["read"], signal = new AbortController().signal): Promise<void> {
  const writer = await SourceWriter.open({ stage: "source", member: `m${Math.random()}`, log: log.client(), topic }, () => undefined);
  try {
    await runUserSource({
      stage: { name: "source", bounded: false, retries: { attempts: 1, backoffMs: 1 }, ...stage } as StageDecl,
      read, writer, signal,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      secrets: secretAccess({ token: "t" }, "stage", "stage"),
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
      random: () => 0,
    });
    await writer.settle();
  } finally {
    await writer.leave();
  }
}

const marks = async (): Promise<string[]> => {
  const { entries } = await log.log.fetch({ partitions: [{ topic: "numbers", partition: 0, offset: 0 }], bytesMax: 1e9, waitMs: 0 });
  return entries.flatMap(({ mark }) => (mark ? [mark.status] : []));
};

test("a read that returns is called again from where it stood", async () => {
  log = await TestLog.open(topic);
  const abort = new AbortController();
  const began: unknown[] = [];
  await run({}, async function* ({ position = 0 }: SourceContext) {
    began.push(position);
    if (began.length === 4) abort.abort();
    yield { records: [{ n: position as number }], position: (position as number) + 1 };
  }, abort.signal);
  expect(began).toEqual([0, 1, 2, 3]);
  expect((await log.read("numbers")).map(({ value }) => value.n)).toEqual([0, 1, 2]);
});

test("a source without an end says when it is quiet, and that it is back", async () => {
  log = await TestLog.open(topic);
  const abort = new AbortController();
  const running = run({}, async function* () {
    yield { records: [{ n: 1 }], position: 1 };
    await until(async () => (await marks()).includes("idle"));
    yield { records: [{ n: 2 }], position: 2 };
    abort.abort();
  }, abort.signal);
  await running;
  expect(await marks()).toEqual(["active", "idle", "active"]);
});

test("a read that throws is called again as often as the retries say", async () => {
  log = await TestLog.open(topic);
  let calls = 0;
  const read = async function* ({ position = 0 }: SourceContext) {
    calls++;
    if (calls === 2) yield { records: [{ n: 7 }], position: (position as number) + 1 };
    throw new Error("away");
  };
  await expect(run({ retries: { attempts: 3, backoffMs: 1 } }, read)).rejects.toThrow("away");
  // One failure, a batch that begins the count anew, and three failures after it.
  expect(calls).toBe(4);
  expect((await log.read("numbers")).map(({ value }) => value.n)).toEqual([7]);
});

test("a bounded source ends once, and is not read again", async () => {
  log = await TestLog.open(topic);
  await run({ bounded: true }, async function* () {
    yield { records: [{ n: 1 }], position: 1 };
  });
  expect(await marks()).toEqual(["active", "end"]);
});
