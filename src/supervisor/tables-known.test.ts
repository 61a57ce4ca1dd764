import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratchLake } from "../lake/lake-for-tests.ts";
import type { TableMetadata } from "../lake/table-metadata.ts";
import type { StateStore } from "../state/store.ts";
import { TablesKnown } from "./tables-known.ts";

const columnsOf = (_name: string, { schemas }: TableMetadata): number => (schemas.at(-1) as { fields: unknown[] }).fields.length;
const field = (name: string) => ({ id: 1, name, required: false, type: "long" as const });

/** A lake with three tables, as another process sees it that counts what it asks of the state. */
async function watchedLake() {
  const { lake, reopen, root } = await scratchLake();
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const name of ["a", "b", "c"]) await lake.openOrCreate(name, [field("n")]);
  const asked: string[] = [];
  const counting = (state: StateStore): StateStore =>
    new Proxy(state, {
      get: (target, name) => {
        const own = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => (asked.push(`${String(name)} ${args.join(" ")}`), own.apply(target, args));
      },
    });
  const watched = await reopen({ state: counting });
  return { lake, root, known: new TablesKnown(watched, columnsOf), asked: () => asked.splice(0) };
}

test("what has not changed is not asked for again, however many tables there are", async () => {
  const { lake, known, asked } = await watchedLake();
  expect(await known.now()).toEqual({ known: new Map([["a", 1], ["b", 1], ["c", 1]]), unreadable: new Map() });
  asked();
  await known.now();
  expect(asked()).toEqual(["list tables"]);
  await (await lake.table("b")).changeSchema([{ op: "add", name: "m", type: "long" }]);
  expect((await known.now()).known).toEqual(new Map([["a", 1], ["b", 2], ["c", 1]]));
  expect(asked().filter((each) => each.startsWith("get"))).toEqual(expect.arrayContaining(["get tables b"]));
  await known.now();
  expect(asked()).toEqual(["list tables"]);
});

test("a table that is dropped is known no more, and one of its name is another", async () => {
  const { lake, known } = await watchedLake();
  await known.now();
  await lake.catalog.drop("b", true);
  expect([...(await known.now()).known.keys()]).toEqual(["a", "c"]);
  await lake.openOrCreate("b", [field("n"), { ...field("m"), id: 2 }]);
  expect((await known.now()).known.get("b")).toBe(2);
});

test("one whose metadata cannot be read is named, and hides none of the others", async () => {
  const { lake, root, known } = await watchedLake();
  const location = await (await lake.table("b")).metadataLocation();
  await writeFile(location.replace("file://", ""), "{");
  expect(location).toContain(join(root, "lake"));
  const { known: values, unreadable } = await known.now();
  expect([...values.keys()]).toEqual(["a", "c"]);
  expect([...unreadable]).toEqual([["b", expect.objectContaining({ code: "MR-LAKE-005" })]]);
});
