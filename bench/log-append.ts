import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Batch } from "../src/batch/batch.ts";
import { encodeBatch } from "../src/batch/codec.ts";
import { Strings } from "../src/batch/strings.ts";
import { EmbeddedLog } from "../src/log/embedded/embedded-log.ts";
import { directPort } from "../src/log/embedded/port.ts";
import { LogService } from "../src/log/embedded/service.ts";
import type { Benchmark, BenchmarkOptions, Outcome } from "./harness/benchmark.ts";
import { ContentHash } from "./harness/content-hash.ts";
import { median, quantile, rounded, spread } from "./harness/statistics.ts";

const topic = "payloads";
const epochRecords = 1_000;
const recordBytes = 200;
/** Epochs of one side before it is the other's turn: short, so that both meet the same moods of the disk. */
const turnEpochs = 20;

interface Turn {
  logSeconds: number;
  /** The same with texts that are strings of JavaScript, as those that user code makes: turning them into bytes is timed too. */
  stringsSeconds: number;
  rawSeconds: number;
}

export const logAppend: Benchmark = {
  name: "log.append",
  what: `durable epochs of ${epochRecords} records of ${recordBytes} bytes, one after the other, in turn with a raw file`,
  reach: "ratio >= 0.8",
  run: async (options): Promise<Outcome> => {
    const log = await openLog(options.folder);
    const raw = openSync(join(options.folder, "raw"), "w");
    const hash = new ContentHash();
    try {
      const turns: Turn[] = [];
      for (let n = 0; n < (options.small ? 1 : 5); n++) await turn(log.driver, raw, new ContentHash()); // Compiles the code; not counted.
      for (let n = 0; n < (options.small ? 2 : 100); n++) turns.push(await turn(log.driver, raw, hash));
      return outcome(turns, hash.text, options);
    } finally {
      closeSync(raw);
      await log.close();
    }
  },
};

function outcome(turns: Turn[], hash: string, { say, small }: BenchmarkOptions): Outcome {
  const rates = (pick: (turn: Turn) => number, part: Turn[]): number => (part.length * turnEpochs * epochRecords) / part.reduce((sum, each) => sum + pick(each), 0);
  const value = rates(({ logSeconds }) => logSeconds, turns);
  const baselineValue = rates(({ rawSeconds }) => rawSeconds, turns);
  const ratios = turns.map(({ logSeconds, rawSeconds }) => rawSeconds / logSeconds);
  say(`ratio of single turns: median ${rounded(median(ratios))}, from ${rounded(quantile(ratios, 0.05))} (5 %) to ${rounded(quantile(ratios, 0.95))} (95 %)`);
  const fromStrings = rates(({ stringsSeconds }) => stringsSeconds, turns) / baselineValue;
  say(`with texts that are strings of JavaScript: ratio ${rounded(fromStrings)}`);
  const parts = small ? [turns] : Array.from({ length: 5 }, (_, i) => turns.slice((i * turns.length) / 5, ((i + 1) * turns.length) / 5));
  const partRates = parts.map((part) => rates(({ logSeconds }) => logSeconds, part));
  return { value, unit: "records/s", baseline: "a raw file: write + fdatasync of the same bytes", baselineValue, spread: spread(partRates), hash, extra: { medianTurnRatio: rounded(median(ratios)), ratioFromStrings: rounded(fromStrings) } };
}

/** The texts of each epoch of a turn. Made once: what making them anew throws away would be collected while we measure. */
const texts = Array.from({ length: turnEpochs }, (_, epoch) => Array.from({ length: epochRecords }, (_, i) => payload(epoch * epochRecords + i)));

async function turn(log: EmbeddedLog, raw: number, hash: ContentHash): Promise<Turn> {
  // In UTF-8, as a stage passes records on that it has read: the raw file is given bytes too.
  const batches = texts.map((each) => payloadBatch(Strings.ofUtf8(Strings.of(each).utf8)));
  const strings = texts.map((each) => payloadBatch(Strings.of(each)));
  const twins = batches.map((batch) => encodeBatch(batch));
  const logSeconds = await appendSeconds(log, batches);
  const rawSeconds = writeSeconds(raw, twins);
  const stringsSeconds = await appendSeconds(log, strings);
  for (const batch of batches) hash.add(batch);
  return { logSeconds, rawSeconds, stringsSeconds };
}

async function appendSeconds(log: EmbeddedLog, batches: Batch[]): Promise<number> {
  const startMs = performance.now();
  for (const batch of batches) await log.append({ producer: "bench", outputs: [{ topic, partition: 0, batch }] });
  return (performance.now() - startMs) / 1000;
}

function writeSeconds(fd: number, blocks: Uint8Array[]): number {
  const startMs = performance.now();
  for (const bytes of blocks) {
    writeSync(fd, bytes);
    fdatasyncSync(fd);
  }
  return (performance.now() - startMs) / 1000;
}

/** Records of one text of 200 bytes, each another, which no dictionary makes smaller. */
function payloadBatch(dictionary: Strings): Batch {
  return {
    count: epochRecords,
    columns: [{ name: "payload", type: "string", vector: { kind: "str", codes: Int32Array.from({ length: epochRecords }, (_, i) => i), dictionary } }],
    eventTime: new Float64Array(epochRecords).fill(Date.UTC(2026, 0, 1)),
  };
}

function payload(n: number): string {
  const word = (Math.imul(n + 1, 0x9e37_79b1) >>> 0).toString(36).padStart(7, "0");
  // By way of bytes, as records come from outside: a text put together from others would be put in one piece while we measure.
  return Buffer.from((String(n).padStart(11, " ") + word.repeat(27)).slice(0, recordBytes)).toString("latin1");
}

async function openLog(folder: string): Promise<{ driver: EmbeddedLog; close: () => Promise<void> }> {
  const service = new LogService({ folder: join(folder, "log") });
  const driver = new EmbeddedLog(directPort(service, { name: "control", reads: ["*"], writes: ["*"], admin: true }));
  await driver.ensureTopic({ name: topic, partitions: 1 });
  return {
    driver,
    close: async () => {
      await driver.close();
      await service.close();
    },
  };
}
