import { expect, test } from "vitest";
import { errorsByField, paramsOf, schemaFields } from "./schema-fields.ts";

const fields = schemaFields({
  type: "object",
  properties: {
    airline: { type: "string", description: "Two letters", minLength: 2 },
    rows: { type: "integer", minimum: 1, maximum: 10, default: 5 },
    share: { type: "number" },
    full: { type: "boolean", default: false },
    mode: { enum: ["a", 1, null] },
    day: { type: "string", format: "date" },
    list: { type: "array", items: {} },
  },
  required: ["airline", "rows", "list"],
});
const named = (name: string) => fields.find((field) => field.name === name);

test("each type of a schema has a field of its kind, with its bounds told and its default in it", () => {
  expect(fields.map(({ kind }) => kind)).toEqual(["text", "integer", "number", "flag", "choice", "date", "json"]);
  expect(named("airline")).toMatchObject({ hint: "Two letters; at least 2 characters", required: true, initial: "" });
  expect(named("rows")).toMatchObject({ hint: "at least 1, at most 10", required: false, initial: "5" });
  expect(named("mode")?.choices).toEqual(['"a"', "1", "null"]);
  expect(schemaFields(undefined)).toEqual([]);
});

test("what was written becomes values of their types; what is empty is left out", () => {
  expect(paramsOf(fields, { airline: "UA", share: "0.5", full: "true", mode: "1", list: '["x"]' })).toEqual({ params: { airline: "UA", rows: 5, share: 0.5, full: true, mode: 1, list: ["x"] }, errors: {} });
});

test("what is of the wrong kind is told at its field", () => {
  const { errors } = paramsOf(fields, { rows: "1.5", share: "much", list: "[1" });
  expect(Object.keys(errors)).toEqual(["rows", "share", "list"]);
  expect(paramsOf(fields, { airline: "UA" }).errors).toEqual({ list: "It must be given." });
  expect(errorsByField(fields, "rows must be at most 10; list[0] must be text; something else")).toEqual({ rows: "rows must be at most 10", list: "list[0] must be text" });
});
