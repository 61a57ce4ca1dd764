import * as api from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";
import { expect, onTestFinished, test } from "vitest";
import { rehearse } from "./rehearsal.ts";
import { scratchFolder } from "./sql-for-tests.ts";

test("a rehearsal goes through to its last row, and leaves the engine locked", async () => {
  const scratch = await scratchFolder();
  const instance = await api.DuckDBInstance.create(":memory:", { errors_as_json: "true" });
  const connection = await instance.connect();
  onTestFinished(async () => {
    connection.closeSync();
    instance.closeSync();
    await scratch.remove();
  });
  const rows = await rehearse({ api, bindings, connection }, scratch.folder);
  expect(rows.map((row) => row.slice(0, 3))).toEqual([["0", 293, 299_446], ["1", 293, 299_739], ["2", 293, 300_032]]);
  await expect(connection.run("set threads = 1")).rejects.toThrow(/locked/);
});
