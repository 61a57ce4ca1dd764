import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readParams } from "./read-params.ts";

const schema = { type: "object", properties: { airline: { type: "string" }, days: { type: "integer" } } };

test.each([
  ["airline=007", { airline: "007" }],
  ["airline=null", { airline: "null" }],
  ["days=3", { days: 3 }],
  ["days=three", { days: "three" }],
  ["other=null", { other: null }],
  ["other=", { other: "" }],
  ['other={"a":[1]}', { other: { a: [1] } }],
  ["toString=1", { toString: 1 }],
])("%s", async (pair, value) => {
  const [name, ...rest] = pair.split("=");
  expect(await readParams({ param: [[name, rest.join("=")]] }, schema, "test")).toEqual(value);
});

test("none given is none; without a schema JSON is JSON", async () => {
  expect(await readParams({}, schema, "test")).toBeUndefined();
  expect(await readParams({ param: [["airline", "007"], ["n", "7"]] }, undefined, "test")).toEqual({ airline: "007", n: 7 });
});

test("a file that holds no object is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-params-"));
  const file = join(folder, "params.json");
  for (const text of ["[1]", "{", "null", '"x"', ""]) {
    await writeFile(file, text);
    await expect(readParams({ paramsFile: file }, schema, "test"), text).rejects.toMatchObject({ code: "MR-CLI-001" });
  }
  await writeFile(file, '{ "airline": "AA", "days": 1 }');
  expect(await readParams({ paramsFile: file, param: [["days", "2"]] }, schema, "test")).toEqual({ airline: "AA", days: 2 });
  await rm(folder, { recursive: true });
});
