import { afterEach, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { column, runnerOf, TestLog, topicOf, until } from "../../engine/engine-for-tests.ts";
import { definitionKind } from "../../model/definition.ts";
import { readSchema } from "../../model/schema.ts";
import { notNull, pattern, range } from "../../model/quality/column-checks.ts";
import { recordCheck } from "../../model/quality/statement-checks.ts";
import type { StreamCheck } from "../../model/quality/stream-checks.ts";
import { topic } from "../../model/topic.ts";
import { RecordChecks } from "../records/record-checks.ts";
import { ValidateOperator } from "../records/validate-operator.ts";
import { type Verdict, verdictSchema } from "../records/verdict.ts";
import { validate } from "./validate.ts";

const Order = z.object({ id: z.string(), email: z.string().nullable(), amount: z.number() });
const orders = topic("orders", { schema: Order, key: "id" });
const valid = topic("orders.valid", { schema: Order, key: "id" });
const verdicts = topic("orders.verdicts", { schema: verdictSchema });
const checks = [range("amount", { min: 0 }), notNull("email", { severity: "warn" }), pattern("id", /^o\d+$/), recordCheck("small", ({ amount }: { amount: number }) => amount < 1_000 || "too much")];

let log: TestLog;
afterEach(() => log?.close());

const columns = [column("id", "string"), column("email", "string", true), column("amount", "number")];
const [from, good, said] = [topicOf("orders", columns, { key: "id" }), topicOf("orders.valid", columns, { key: "id" }), topicOf("orders.verdicts", readSchema(verdictSchema, "test").columns, { partitions: 1 })];

/** Runs the stage over what is in its input, until all of it is read. */
async function judged(outputs: Record<string, typeof good>, stage = { checks, to: outputs }): Promise<void> {
  const decls = stage.checks.map(({ decl }) => decl as StreamCheck);
  const judge = new RecordChecks(decls, columns, new Map(stage.checks.flatMap(({ decl, holds }) => (holds ? [[decl.name, holds] as const] : []))));
  const to = Object.fromEntries(Object.entries(outputs).map(([alias, { name }]) => [alias, name]));
  const runner = runnerOf(log, { inputs: [from], outputs, definition: {}, operator: (_, host, failures) => new ValidateOperator({ to }, new Map([["orders", judge]]), host, failures) });
  const ended = runner.run();
  await Promise.race([until(() => log.caughtUp("stage")), ended]);
  runner.stop();
  await ended;
}

test("records that hold go on as they are; the others are in their verdicts, and nothing is lost", async () => {
  log = await TestLog.open(from, good, said);
  const records = [
    { id: "o1", email: "a@x.ch", amount: 1 },
    { id: "o2", email: null, amount: 2 },
    { id: "3", email: null, amount: -3 },
    { id: "o4", email: "d@x.ch", amount: 4_000 },
    { id: "o5", email: "e@x.ch", amount: 5 },
  ];
  await log.write(from, 1, records);
  await judged({ valid: good, verdicts: said });
  expect((await log.read("orders.valid")).map(({ value }) => value).sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))).toEqual([records[0], records[1], records[4]]);
  const found = (await log.read("orders.verdicts")).map(({ value }) => value as unknown as Verdict);
  expect(found.map(({ offset, check, severity, keptBack, record }) => [offset, check, severity, keptBack, record])).toEqual([
    [1, "not_null_email", "warn", false, null],
    [2, "range_amount", "error", true, records[2]],
    [2, "not_null_email", "warn", true, records[2]],
    [2, "pattern_id", "error", true, records[2]],
    [3, "small", "error", true, records[3]],
  ]);
  expect(found[0]).toMatchObject({ topic: "orders", partition: 1, key: "o2", why: expect.stringContaining("email is null"), at: "1970-01-01T00:00:01.000Z" });
  expect(found[4].why).toBe("too much");
});

test("what judges alone writes no records, and what only sorts writes no verdicts", async () => {
  log = await TestLog.open(from, good, said);
  await log.write(from, 0, [{ id: "o1", email: null, amount: 1 }, { id: "o2", email: "b@x.ch", amount: -1 }]);
  await judged({ valid: good });
  expect((await log.read("orders.valid")).map(({ value }) => value.id)).toEqual(["o1"]);
  expect(await log.read("orders.verdicts")).toEqual([]);
});

test("it is a stage like any other: placed, scaled, typed", () => {
  const stage = validate("check-orders", { from: orders, to: { valid, verdicts }, checks, scale: { max: 4 }, place: { memory: "256MiB" } });
  expect(definitionKind(stage)).toBe("stage");
  expect(stage).toMatchObject({ kind: "validate", to: { valid, verdicts }, scale: { min: 1, max: 4 }, place: { memoryBytes: 256 * 1024 ** 2 } });
  expectTypeOf(stage.output).toEqualTypeOf<z.infer<typeof Order> | Verdict | undefined>();
  const other = topic("others", { schema: z.object({ n: z.int() }) });
  // @ts-expect-error what holds is an order, and this topic takes none
  validate("to-other", { from: orders, to: { valid: other } });
  // @ts-expect-error these are no verdicts
  validate("no-verdicts", { from: orders, to: { verdicts: other } });
  expect(() => validate("nowhere", { from: orders, to: {} })).toThrow(/nobody would hear/);
  expect(() => validate("strange", { from: orders, to: { vaild: valid } as never })).toThrow(/no option "vaild"/);
});
