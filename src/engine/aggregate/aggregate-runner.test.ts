import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { rowReader } from "../../batch/rows.ts";
import type { Entry, LaneMark } from "../../log/driver.ts";
import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { directPort } from "../../log/embedded/port.ts";
import { LogService } from "../../log/embedded/service.ts";
import { StageRunner } from "../stage-runner.ts";
import { batchOf, reading, type Setup, TestBed, topic } from "./test-bed.ts";

/* The aggregation in the real stage loop, over the real log. */

const folder = mkdtempSync(join(tmpdir(), "millrace-aggregate-"));
const service = new LogService({ folder });
const log = new EmbeddedLog(directPort(service, { name: "test", reads: [], writes: [], admin: true }));
afterEach(async () => {
  await log.close();
  await service.close();
  await rm(folder, { recursive: true });
});

async function started(name: string, setup: Setup): Promise<{ stop: () => Promise<void> }> {
  const bed = new TestBed(setup);
  const output = topic(`${name}.results`, [{ name: "json", type: "json", nullable: false }]);
  const runner = new StageRunner({
    stage: name,
    member: `${name}-${Math.random()}`,
    log,
    inputs: [{ topic: "readings", partitions: 1 }],
    outputs: { byAlias: new Map([["out", output]]), dlq: undefined, late: undefined },
    expectedLanes: ["readings:source/0"],
    sendsMarks: true,
    operator: () => bed.start(),
    now: Date.now,
  });
  const ended = runner.run();
  return {
    stop: () => {
      runner.stop();
      return ended;
    },
  };
}

async function written(name: string, enough: (records: any[], marks: LaneMark[]) => boolean): Promise<{ records: any[]; marks: LaneMark[] }> {
  const read = async (): Promise<{ records: any[]; marks: LaneMark[] }> => {
    const { entries } = await log.fetch({ partitions: [{ topic: `${name}.results`, partition: 0, offset: 0 }], bytesMax: 1e6, waitMs: 0 });
    const marks = entries.flatMap(({ mark }) => mark ?? []);
    expect(enough(entries.flatMap(rows), marks)).toBe(true);
    return { records: entries.flatMap(rows), marks };
  };
  return vi.waitFor(read, { timeout: 60_000, interval: 20 });
}

const rows = ({ batch }: Entry): any[] => (batch ? Array.from({ length: batch.count }, (_, i) => (rowReader(batch)(i) as any).json) : []);

const append = (at: number[], watermark: number) =>
  log.append({ producer: "source", outputs: [{ topic: "readings", partition: 0, batch: batchOf(at.map((time) => reading("a", time))), mark: { lane: "source/0", watermark, status: "active" } }] });

test("the stage loop runs aggregations, holds back its readers and goes on after a restart", async () => {
  for (const name of ["readings", "running.results", "windows.results"]) await log.ensureTopic({ name, partitions: 1 });
  const running = await started("running", { aggregate: { count: { op: "count" } } });
  const setup: Setup = { window: { kind: "tumbling", sizeMs: 60_000 }, aggregate: { count: { op: "count" } } };
  const windows = await started("windows", setup);

  await append([10, 20], 20);
  // The watermark stays where it was: a running aggregate gives its new value all the same.
  await written("running", (records) => records.at(-1)?.count === 2);
  await append([15], 20);
  await written("running", (records) => records.at(-1)?.count === 3);
  await append([70_000], 70_000);
  const first = await written("windows", (records, marks) => records.length === 1 && marks.some(({ watermark }) => watermark === 60_000));
  expect(first.records[0]).toMatchObject({ key: "a", count: 3 });
  // The window that is open holds the readers of the results at its start.
  expect(Math.max(...first.marks.map(({ watermark }) => watermark))).toBe(60_000);

  await windows.stop();
  await append([80_000], 80_000);
  const again = await started("windows", setup);
  await append([130_000], 130_000);
  const second = await written("windows", (records) => records.length === 2);
  expect(second.records[1]).toMatchObject({ key: "a", count: 2 });
  await again.stop();
  await running.stop();
});
