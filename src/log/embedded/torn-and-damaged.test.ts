import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatchBuilder } from "../../batch/builder.ts";
import { rowReader } from "../../batch/rows.ts";
import type { Output } from "../driver.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { directPort } from "./port.ts";
import { frames } from "./segment-file.ts";
import { SegmentIndex } from "./segment-index.ts";
import { LogService } from "./service.ts";

const grant = { name: "test", reads: [], writes: [], admin: true };
// Thousands of openings, each with its syncs: in memory where there is such a place, since no power cut is played here.
const scratch = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "mr-torn-"));
const original = join(scratch, "original");
afterAll(() => rmSync(scratch, { recursive: true }));

/** As a crash leaves it: nothing closed, every append acknowledged, the last ones in groups of two frames. */
let services: LogService[] = [];
const appended = 16;

beforeAll(async () => {
  const service = new LogService({ folder: original, segmentBytes: 2_048 });
  services.push(service);
  const log = new EmbeddedLog(directPort(service, grant));
  await log.ensureTopic({ name: "t", partitions: 1 });
  for (let n = 0; n < appended; n += 2) await Promise.all([n, n + 1].map((i) => log.append({ producer: "p", outputs: [output(i)] })));
  return async () => {
    for (const open of services) await open.close();
    services = [];
  };
});

function output(n: number): Output {
  const builder = new BatchBuilder({ columns: [{ name: "n", type: "integer", nullable: false }, { name: "text", type: "string", nullable: false }], where: "test" });
  for (let i = 0; i < 3; i++) builder.append({ n, text: `record ${n}.${i}` }, n);
  return { topic: "t", partition: 0, batch: builder.finish() };
}

let copies = 0;
function copy(): string {
  const folder = join(scratch, `copy-${copies++}`);
  cpSync(original, folder, { recursive: true });
  return folder;
}

const segments = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith(".seg")).sort();
const indexes = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith(".seg.idx")).sort();
const lastSegment = (folder: string): string => join(folder, segments(folder).at(-1) as string);

/** Bytes of every file, so that "nothing was changed" is more than a word. */
function fingerprint(folder: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}

/** Opens the folder, reads all records, and proves that it can be written to. */
async function recovered(folder: string): Promise<number[]> {
  const service = new LogService({ folder, segmentBytes: 2_048 });
  try {
    const log = new EmbeddedLog(directPort(service, grant));
    const numbers = await readNumbers(log);
    await log.append({ producer: "q", outputs: [output(100)] });
    expect((await readNumbers(log)).slice(-3)).toEqual([100, 100, 100]);
    await log.close();
    return numbers;
  } finally {
    await service.close();
  }
}

async function readNumbers(log: EmbeddedLog): Promise<number[]> {
  if ((await log.topics()).length === 0) await log.ensureTopic({ name: "t", partitions: 1 });
  const { entries } = await log.fetch({ partitions: [{ topic: "t", partition: 0, offset: 0 }], bytesMax: 1e9, waitMs: 0 });
  return entries.flatMap(({ batch }) => (batch ? Array.from({ length: batch.count }, (_, i) => rowReader(batch)(i).n as number) : []));
}

/** The numbers of the first `count` appends. */
const numbersOf = (count: number): number[] => Array.from({ length: count * 3 }, (_, i) => Math.floor(i / 3));

describe("a torn tail", () => {
  test("cut at any byte of the last segment, the log keeps what is whole and goes on", async () => {
    const all = [...frames(original, segments(original).at(-1) as string, true)];
    const before = appended - all.filter(({ header }) => header.k === "epoch").length;
    const { size } = statSync(lastSegment(original));
    for (let cut = 0; cut < size; cut++) {
      const folder = copy();
      truncateSync(lastSegment(folder), cut);
      const whole = all.filter(({ at, bytes }) => at + bytes <= cut);
      expect(await recovered(folder), `cut at ${cut}`).toEqual(numbersOf(before + whole.filter(({ header }) => header.k === "epoch").length));
      const end = whole.at(-1) ? (whole.at(-1)?.at as number) + (whole.at(-1)?.bytes as number) : 0;
      const torn = readdirSync(folder).filter((name) => name.endsWith(".torn"));
      expect(torn.length, `cut at ${cut}`).toBe(cut > end ? 1 : 0);
      if (cut > end) expect(readFileSync(join(folder, torn[0]))).toEqual(readFileSync(lastSegment(original)).subarray(end, cut));
      rmSync(folder, { recursive: true });
    }
  });

  test("a group whose first frame never came to disk is cut off whole, and kept beside", async () => {
    const folder = copy();
    const all = [...frames(folder, segments(folder).at(-1) as string, true)];
    const lastGroup = all.findIndex(({ header }) => (header as { d?: number }).d === (all[all.length - 1].header as { d?: number }).d);
    const bytes = readFileSync(lastSegment(folder));
    bytes.fill(0, all[lastGroup].at, all[lastGroup].at + 16);
    writeFileSync(lastSegment(folder), bytes);
    expect(await recovered(folder)).toEqual(numbersOf(appended - 2));
    expect(readdirSync(folder).filter((name) => name.endsWith(".torn"))).toHaveLength(1);
  });

  test("zeros behind the last frame, as some file systems leave them after a power cut", async () => {
    const folder = copy();
    writeFileSync(lastSegment(folder), Buffer.alloc(5_000), { flag: "a" });
    expect(await recovered(folder)).toEqual(numbersOf(appended));
  });
});

describe("damage", () => {
  test("a bit that flips is found: the log refuses and changes nothing, or cuts its last group, or the reader is told", async () => {
    const random = seeded(7);
    const outcomes = { refused: 0, cut: 0, told: 0, harmless: 0 };
    for (let i = 0; i < 400; i++) {
      const folder = copy();
      // With an index beside it a header is not even read.
      for (const name of indexes(folder)) rmSync(join(folder, name));
      const names = segments(folder);
      const path = join(folder, names[Math.floor(random() * names.length)]);
      const bytes = readFileSync(path);
      bytes[Math.floor(random() * bytes.byteLength)] ^= 1 << Math.floor(random() * 8);
      writeFileSync(path, bytes);
      outcomes[await outcomeOf(folder)]++;
      rmSync(folder, { recursive: true });
    }
    for (const outcome of ["refused", "cut", "told"] as const) expect(outcomes[outcome], outcome).toBeGreaterThan(0);
    // Padding between the parts is the only place where a bit means nothing.
    expect(outcomes.harmless).toBeLessThan(60);
  });

  test("a segment's index that is damaged, missing or of another segment is made anew from the frames", async () => {
    const random = seeded(11);
    expect(indexes(original).length).toBe(segments(original).length - 1);
    for (const harm of ["a bit flips", "cut", "empty", "missing", "swapped"]) {
      const folder = copy();
      const [first, other] = indexes(folder).map((name) => join(folder, name));
      const bytes = readFileSync(first);
      const at = Math.floor(random() * bytes.byteLength);
      if (harm === "a bit flips") bytes[at] ^= 4;
      if (harm === "missing") rmSync(first);
      else writeFileSync(first, harm === "swapped" ? readFileSync(other) : bytes.subarray(0, harm === "cut" ? at : harm === "empty" ? 0 : bytes.byteLength));
      expect(await recovered(folder), harm).toEqual(numbersOf(appended));
      const [segment] = segments(folder);
      expect(SegmentIndex.decode(readFileSync(first), segment, statSync(join(folder, segment)).size), harm).toBeDefined();
    }
  });

  async function outcomeOf(folder: string): Promise<"refused" | "cut" | "told" | "harmless"> {
    const before = fingerprint(folder);
    try {
      const numbers = await recovered(folder);
      const torn = readdirSync(folder).filter((name) => name.endsWith(".torn"));
      expect(numbers).toEqual(numbersOf(torn.length > 0 ? numbers.length / 3 : appended));
      // At the most the last group: it alone may not have been on disk when the writer ended.
      if (torn.length > 0) expect(numbers.length / 3).toBeGreaterThanOrEqual(appended - 2);
      return torn.length > 0 ? "cut" : "harmless";
    } catch (error) {
      expect(error).toMatchObject({ code: "MR-LOG-002" });
      if (fingerprint(folder) === before) return "refused";
      return "told";
    }
  }

  test("after a clean end nothing is taken for torn: the last group is as safe as the others", async () => {
    const folder = copy();
    const service = new LogService({ folder });
    await service.close();
    const all = [...frames(folder, segments(folder).at(-1) as string, true)];
    const lastEpoch = all.findLast(({ header }) => header.k === "epoch");
    const bytes = readFileSync(lastSegment(folder));
    bytes[(lastEpoch?.at as number) + 40] ^= 4;
    writeFileSync(lastSegment(folder), bytes);
    const before = fingerprint(folder);
    expect(() => new LogService({ folder })).toThrow(/MR-LOG-002/);
    expect(fingerprint(folder)).toBe(before);
  });

  test("a segment that is missing is damage", async () => {
    const folder = copy();
    expect(segments(folder).length).toBeGreaterThan(2);
    rmSync(join(folder, segments(folder)[1]));
    expect(() => new LogService({ folder })).toThrow(/MR-LOG-002.*missing/);
  });

  test("records that look like frames are no frames", async () => {
    const folder = join(scratch, "lookalike");
    const service = new LogService({ folder });
    const log = new EmbeddedLog(directPort(service, grant));
    await log.ensureTopic({ name: "t", partitions: 1 });
    const state = readFileSync(join(original, segments(original)[1]));
    const assigned = new Promise<void>((resolve) => {
      void log.join({ group: "g", member: "m", topics: ["t"], onAssigned: () => resolve(), onRevoked: async () => undefined, onLost: () => undefined }).then(async (member) => {
        await assigned;
        await member.commit({ tasks: [0], positions: [], outputs: [output(0)], state: [{ task: 0, kind: "snapshot", bytes: state }] });
        done();
      });
    });
    let done = (): void => undefined;
    await new Promise<void>((resolve) => (done = resolve));
    truncateSync(lastSegment(folder), statSync(lastSegment(folder)).size - 8);
    const again = new LogService({ folder });
    expect(readdirSync(folder).filter((name) => name.endsWith(".torn"))).toHaveLength(1);
    await again.close();
    await service.close();
  });
});

function seeded(seed: number): () => number {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
}
