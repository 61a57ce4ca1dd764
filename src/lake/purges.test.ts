import { expect, test } from "vitest";
import type { FilesDriver } from "../files/driver.ts";
import { scratchLake } from "./lake-for-tests.ts";

const schema = { type: "struct", fields: [{ id: 1, name: "n", type: "long", required: false }] };

test("a table that was dropped for good is gone even when its files could not be removed at once, and its folder is no other table's", async () => {
  const { lake, reopen, files, state } = await scratchLake();
  await lake.catalog.namespaces.create("a", {});
  const { metadata } = await lake.catalog.create("a.t", { schema });
  const broken = await reopen({ files: (driver): FilesDriver => ({ ...driver, delete: () => Promise.reject(new Error("killed")) }) });
  await expect(broken.catalog.drop("a.t", true)).rejects.toThrow("killed");
  await expect(lake.catalog.load("a.t")).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await expect(lake.catalog.create("a.u", { schema, location: metadata.location })).rejects.toMatchObject({ code: "MR-ICE-005" });

  // The next one that is dropped takes what is left along.
  const other = await lake.catalog.create("a.v", { schema });
  const left = async () => {
    const keys: string[] = [];
    for await (const key of files.list("")) keys.push(key);
    return keys;
  };
  expect(await left()).toHaveLength(2);
  await lake.catalog.drop("a.v", true);
  expect(await left()).toEqual([]);
  expect(await state.list("purges")).toEqual([]);
  expect((await lake.catalog.create("a.v", { schema, location: other.metadata.location })).metadata.location).toBe(other.metadata.location);
  await Promise.all([lake.close(), broken.close()]);
});
