import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratchLake } from "../../lake/lake-for-tests.ts";
import type { TopicInfo } from "../../log/driver.ts";
import type { Manifest } from "../../model/manifest.ts";
import { TablesKnown } from "../tables-known.ts";
import { projectDatasets, saidByLake } from "./project-datasets.ts";

test("a table whose metadata is gone is listed by its name, and so are the others with all that is known of them", async () => {
  const { lake, files, state, reopen } = await scratchLake();
  const field = { id: 1, name: "n", required: false, type: "long" as const };
  for (const name of ["a.gone", "a.whole"]) await lake.openOrCreate(name, [field]);
  const { value } = (await state.get<{ metadata: string }>("tables", "a.gone")) as { value: { metadata: string } };
  await rm(fileURLToPath(files.location(value.metadata)));
  const other = await reopen();
  const datasets = projectDatasets({ topics: {}, tables: {}, release: "r1" } as Pick<Manifest, "topics" | "tables" | "release"> as Manifest, await new TablesKnown(other, saidByLake).now());
  expect(datasets.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, claims, facts }) => [name, claims.flatMap((claim) => claim.columns ?? []).map((column) => column.name), facts.format])).toEqual([["a.gone", [], undefined], ["a.whole", ["n"], "iceberg"]]);
  await expect(other.table("a.gone")).rejects.toMatchObject({ code: "MR-LAKE-005", parts: { where: files.location(value.metadata), mend: expect.stringContaining("restore") } });
  await Promise.all([lake.close(), other.close()]);
});

test("where DAGs are of another release than the stages, each dataset names the one that declares it", () => {
  const table = { columns: [], partitionBy: [] };
  const running = { release: "dags", streams: "stages", topics: { t: { name: "t", columns: [] } }, tables: { written: table, built: { ...table, model: {} } } } as unknown as Manifest;
  const datasets = projectDatasets(running, { known: new Map(), unreadable: new Map() });
  expect(datasets.map(({ name, claims }) => [name, claims[0].by])).toEqual([["t", { kind: "project", name: "stages" }], ["written", { kind: "project", name: "stages" }], ["built", { kind: "project", name: "dags" }]]);
});

test("topics have the figures of the log, and none where it does not know them", () => {
  const running = { release: "r1", topics: { t: { name: "t", columns: [] }, unknown: { name: "unknown", columns: [] } }, tables: {} } as unknown as Manifest;
  const inLog: TopicInfo[] = [{ name: "t", partitions: 2, partitionInfo: [{ partition: 0, start: 0, end: 5, records: 5, bytes: 100 }, { partition: 1, start: 1, end: 4, records: 2, bytes: 50 }] }];
  const datasets = projectDatasets(running, { known: new Map(), unreadable: new Map() }, inLog);
  expect(datasets.map(({ name, facts }) => [name, facts])).toEqual([["t", { rows: 7, bytes: 150 }], ["unknown", {}]]);
});
