import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { batchOf, reading, TestBed } from "./test-bed.ts";

test("quantiles are those of DuckDB, to the last bit", async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  let seed = 7;
  const random = (): number => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
  const readings = Array.from({ length: 4_000 }, (_, i) => reading(`k${i % 300}`, 0, i % 600 < 300 ? Math.floor(random() * 500) : random() * 100));
  const qs = [0, 0.1, 0.5, 0.95, 0.999, 1];
  const bed = new TestBed({ aggregate: Object.fromEntries(qs.map((q, i) => [`q${i}`, { op: "quantile", field: "value", q }])) });
  bed.epoch([batchOf(readings)], 0);
  const list = readings.map(({ key, value }) => `('${key}', ${value}::DOUBLE)`).join(", ");
  const columns = qs.map((q) => `quantile_cont(value, ${q}::DOUBLE)`).join(", ");
  const truth = await connection.runAndReadAll(`select key, ${columns} from (values ${list}) as t(key, value) group by key order by key`);
  expect(bed.emitted.map(({ record: { key, ...values } }) => [key, ...Object.values(values)])).toEqual(truth.getRows());
  connection.closeSync();
  instance.closeSync();
});
