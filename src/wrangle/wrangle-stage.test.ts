import { afterEach, expect, test } from "vitest";
import { column, runnerOf, TestLog, topicOf, until } from "../engine/engine-for-tests.ts";
import { RecordOperator } from "../engine/record-operator.ts";
import { topic } from "../model/topic.ts";
import { z } from "zod";
import { fill, mapValues, parseNumber, required, trim, wrangle } from "./index.ts";

let log: TestLog;
afterEach(() => log?.close());

const Raw = z.object({ id: z.string(), price: z.string().nullable(), kind: z.string().nullable() });
const raw = topic("in", { schema: Raw });

test("as `run` of a stage it sends clean records on, and what a step rejects to the dead letters with its name and reason", async () => {
  const columns = [column("id", "string"), column("price", "string", true), column("kind", "string", true)];
  const input = topicOf("in", columns, { key: "id" });
  const clean = topicOf("clean", [column("id", "string"), column("price", "number"), column("kind", "string", true)], { key: "id" });
  const dlq = topicOf("stage.dlq", columns, { key: "id" });
  const { run } = wrangle(raw, trim("kind"), required("price"), parseNumber("price", { locale: "de" }), mapValues("kind", { b: "book" }));
  log = await TestLog.openWith({}, input, clean, dlq);
  const records = [{ id: "1", price: "1.234,50", kind: " b" }, { id: "2", price: null, kind: "x" }, { id: "3", price: "1,234.50", kind: null }, { id: "4", price: "(7)", kind: "c" }];
  await log.write(input, 0, records);
  const runner = runnerOf(log, { definition: { run }, inputs: [input], outputs: { out: clean }, dlq, operator: (definition, host, failures) => new RecordOperator(definition, host, failures) });
  const ended = runner.run();
  await Promise.race([until(async () => (await log.read("clean")).length + (await log.read("stage.dlq")).length === records.length), ended]);
  runner.stop();
  await ended;
  expect((await log.read("clean")).map(({ value }) => value)).toEqual([{ id: "1", price: 1234.5, kind: "book" }, { id: "4", price: -7, kind: "c" }]);
  const letters = await log.read("stage.dlq");
  expect(letters.map(({ value }) => value)).toEqual([records[1], records[2]]);
  expect(letters.map(({ headers }) => JSON.stringify(headers))).toEqual([expect.stringContaining('required: \\"price\\" is missing'), expect.stringContaining('parseNumber: \\"price\\" is no number: 1,234.50')]);
});

test("steps that look at other records cannot run on a stream", () => {
  const { run } = wrangle(raw, fill("price", { orderBy: ["id"] }));
  expect(() => run({ id: "1", price: null, kind: null }, () => undefined)).toThrow(/looks at other rows/);
});
