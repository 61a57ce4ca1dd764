import { afterEach, expect, test } from "vitest";
import type { Check } from "../model/quality/check-definition.ts";
import { notNull, range } from "../model/quality/column-checks.ts";
import { isStreamCheck } from "../model/quality/stream-checks.ts";
import { RecordChecks } from "../quality/records/record-checks.ts";
import { FailurePolicy, StagePaused } from "./failures.ts";
import { InputGate } from "./input-gate.ts";
import type { OperatorHost } from "./operator-host.ts";
import { RecordOperator } from "./record-operator.ts";
import { column, runnerOf, TestLog, topicOf, until } from "./engine-for-tests.ts";

const columns = [column("id", "string", true), column("n", "integer")];
const input = topicOf("in", columns, { key: "id", partitions: 1 });
const out = topicOf("out", columns, { key: "id", partitions: 1 });
const dlq = topicOf("stage.dlq", columns, { key: "id", partitions: 1 });
const limit = { ratio: 0.2, window: 1_000 };

let log: TestLog;
const warnings: unknown[] = [];
afterEach(() => log.close());

function gateOf(checks: Check[]): InputGate {
  const host = { stage: "stage", release: "r1", log: { warn: (_: string, fields: unknown) => void warnings.push(fields) }, now: Date.now } as unknown as OperatorHost;
  const asked = checks.map(({ decl }) => decl).filter(isStreamCheck);
  return new InputGate(new Map([["in", new RecordChecks(asked, columns)]]), new FailurePolicy("stage", "r1", { attempts: 3, backoffMs: 1 }, limit), host);
}

async function drain(gate: InputGate, probe?: (topic: string, partition: number, offset: number) => void): Promise<number[]> {
  const offsets: number[] = [];
  const runner = runnerOf(log, {
    definition: { run: (record: object, emit, { offset }) => { offsets.push(offset); emit(record); } },
    ...{ inputs: [input], outputs: { out }, dlq, runner: { gate, probe } },
    operator: (definition, host, failures) => new RecordOperator(definition, host, failures),
  });
  const ended = runner.run();
  await Promise.race([until(() => log.caughtUp("stage")), ended]);
  runner.stop();
  await ended;
  return offsets;
}

test("what goes in is what goes on and what is in quarantine, each with its offset and the reason", async () => {
  log = await TestLog.open(input, out, dlq);
  const records = Array.from({ length: 3_000 }, (_, n) => ({ id: n % 25 === 3 ? null : `k${n}`, n: n % 20 === 7 ? -n : n }));
  for (let from = 0; from < records.length; from += 500) await log.write(input, 0, records.slice(from, from + 500));
  const gate = gateOf([notNull("id"), range("n", { min: 0 }), range("n", { max: 100 }, { name: "small", severity: "warn" })]);
  const offsets = await drain(gate);
  const isBad = ({ id, n }: { id: string | null; n: number }): boolean => id === null || n < 0;
  const [passed, put] = [await log.read("out"), await log.read("stage.dlq")];
  expect(passed.map(({ value }) => value)).toEqual(records.filter((record) => !isBad(record)));
  expect(put.map(({ value }) => value)).toEqual(records.filter(isBad));
  expect(passed.length + put.length).toBe(3_000);
  expect(offsets).toEqual(records.flatMap((record, offset) => (isBad(record) ? [] : [offset])));
  expect(put.map(({ headers }) => Number(headers["mr.dlq.offset"]))).toEqual(records.flatMap((record, offset) => (isBad(record) ? [offset] : [])));
  expect(put[0].headers).toMatchObject({ "mr.dlq.check": "not_null_id", "mr.dlq.errorCode": "MR-QUALITY-004", "mr.dlq.errorMessage": expect.stringContaining("id is null, where no nulls is asked"), "mr.dlq.topic": "in", "mr.dlq.attempt": "1" });
  expect(warnings).toMatchObject([{ check: "small" }]);
  expect(gate.warned).toBe(records.filter(({ n }) => n > 100).length);
});

test("a record at a time, as after a crash, the sum is the same", async () => {
  log = await TestLog.open(input, out, dlq);
  await log.write(input, 0, Array.from({ length: 20 }, (_, n) => ({ id: n === 4 ? null : "k", n })));
  const probed: number[] = [];
  await drain(gateOf([notNull("id")]), (_topic, _partition, offset) => void probed.push(offset));
  expect([(await log.read("out")).length, (await log.read("stage.dlq")).length, probed.length]).toEqual([19, 1, 20]);
});

test("when too many break a check the stage pauses, and nothing of that epoch is put aside", async () => {
  log = await TestLog.open(input, out, dlq);
  await log.write(input, 0, Array.from({ length: 1_000 }, (_, n) => ({ id: null, n })));
  await expect(drain(gateOf([notNull("id")]))).rejects.toBeInstanceOf(StagePaused);
  expect(await log.read("stage.dlq")).toEqual([]);
});
