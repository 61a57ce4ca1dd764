import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BatchBuilder } from "../batch/builder.ts";
import { rowReader } from "../batch/rows.ts";
import { offsetAt } from "../batch/select.ts";
import { EmbeddedLog } from "../log/embedded/embedded-log.ts";
import { directPort } from "../log/embedded/port.ts";
import { LogService } from "../log/embedded/service.ts";
import { redriveGroup } from "../model/redrive-group.ts";
import type { LettersRequest } from "../server/control-plane.ts";
import { settleLetters } from "./settle-letters.ts";

let folder: string;
let service: LogService;
let log: EmbeddedLog;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-letters-"));
  service = new LogService({ folder });
  log = new EmbeddedLog(directPort(service, { name: "test", reads: [], writes: [], admin: true }));
  for (const name of ["s.dlq", "s.redrive"]) await log.ensureTopic({ name, partitions: 2 });
});
afterEach(async () => {
  service.close();
  await rm(folder, { recursive: true });
});

async function fail(partition: number, ...letters: [n: number, code: string][]): Promise<void> {
  const builder = new BatchBuilder({ columns: [{ name: "n", type: "integer", nullable: false }], where: "test" });
  for (const [n, code] of letters) builder.append({ n }, n, { headers: [["mr.dlq.errorCode", code]] });
  await log.append({ producer: "s", outputs: [{ topic: "s.dlq", partition, batch: builder.finish() }] });
}

/** Each record from a position on: `partition:offset n`. */
async function standing(topic: string, from: readonly { partition: number; offset: number }[] = []): Promise<string[]> {
  const starts = [0, 1].map((partition) => from.find((each) => each.partition === partition)?.offset ?? 0);
  const { entries } = await log.fetch({ partitions: starts.map((offset, partition) => ({ topic, partition, offset })), bytesMax: 1e9, waitMs: 0 });
  const rows = entries.flatMap(({ partition, offset, batch }) => (batch ? Array.from({ length: batch.count }, (_, i) => ({ partition, offset: offsetAt({ offset, batch }, i), n: rowReader(batch)(i).n })) : []));
  return rows.filter(({ partition, offset }) => offset >= starts[partition]).map(({ partition, offset, n }) => `${partition}:${offset} ${n}`).sort();
}

const discard = (request: LettersRequest) => settleLetters({ ...request, log, stage: "s", dlq: "s.dlq", partitions: 2 });
const send = (request: LettersRequest) => settleLetters({ ...request, log, stage: "s", dlq: "s.dlq", redrive: "s.redrive", partitions: 2 });
const waiting = async () => standing("s.dlq", await log.positions(redriveGroup("s")));
const valuesOf = (places: string[]): string[] => places.map((each) => each.split(" ")[1]).sort();

test("letters are sent by their places: those before go to the end, those behind stay where they are, others are not touched", async () => {
  await fail(0, [1, "A"], [2, "B"], [3, "A"], [4, "B"]);
  await fail(1, [5, "A"], [6, "A"]);
  const [, second] = await standing("s.dlq");
  const [partition, offset] = second.split(" ")[0].split(":").map(Number);
  expect(await send({ records: [{ partition, offset }], dryRun: true })).toEqual({ matched: 1, settled: 0 });
  expect(await waiting()).toHaveLength(6);
  expect(await send({ records: [{ partition, offset }] })).toEqual({ matched: 1, settled: 1 });
  expect(valuesOf(await standing("s.redrive"))).toEqual(["2"]);
  const left = await waiting();
  expect(valuesOf(left)).toEqual(["1", "3", "4", "5", "6"]);
  // Of the first partition the first one has another place, at the end.
  expect(left.slice(0, 3).map((each) => each.split(" ")[1])).toEqual(["3", "4", "1"]);
  // Asked for once more, it is there no longer; nothing is sent twice.
  expect(await send({ records: [{ partition, offset }] })).toEqual({ matched: 0, settled: 0 });
  expect(await waiting()).toEqual(left);
});

test("places of several partitions, places that never were, and an error's code at once", async () => {
  await fail(0, [1, "A"], [2, "B"]);
  await fail(1, [3, "A"], [4, "B"]);
  const places = (await standing("s.dlq")).map((each) => each.split(" ")[0].split(":").map(Number)).map(([partition, offset]) => ({ partition, offset }));
  expect(await send({ records: [...places, { partition: 0, offset: 9_999 }, { partition: 7, offset: 0 }], filter: { errorCode: "B" } })).toEqual({ matched: 2, settled: 2 });
  expect(valuesOf(await standing("s.redrive"))).toEqual(["2", "4"]);
  expect(valuesOf(await waiting())).toEqual(["1", "3"]);
  expect(await send({ limit: 1 })).toEqual({ matched: 1, settled: 1 });
  expect(await send({})).toEqual({ matched: 1, settled: 1 });
  expect(await waiting()).toEqual([]);
  expect(valuesOf(await standing("s.redrive"))).toEqual(["1", "2", "3", "4"]);
});

test("those that are discarded go nowhere and wait no longer; the topic keeps them, and those that were passed over wait on", async () => {
  await fail(0, [1, "A"], [2, "B"], [3, "A"]);
  await fail(1, [4, "B"], [5, "A"]);
  expect(await discard({ filter: { errorCode: "A" }, dryRun: true })).toEqual({ matched: 3, settled: 0 });
  expect(await waiting()).toHaveLength(5);
  expect(await discard({ filter: { errorCode: "A" } })).toEqual({ matched: 3, settled: 3 });
  expect(valuesOf(await waiting())).toEqual(["2", "4"]);
  expect(new Set(valuesOf(await standing("s.dlq")))).toEqual(new Set(["1", "2", "3", "4", "5"]));
  expect(await discard({})).toEqual({ matched: 2, settled: 2 });
  expect(await waiting()).toEqual([]);
  expect(await standing("s.redrive")).toEqual([]);
  // What was discarded is not sent.
  expect(await send({})).toEqual({ matched: 0, settled: 0 });
});
