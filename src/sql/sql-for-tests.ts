import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BatchBuilder } from "../batch/builder.ts";
import { EmbeddedLog } from "../log/embedded/embedded-log.ts";
import { directPort } from "../log/embedded/port.ts";
import { LogService } from "../log/embedded/service.ts";
import type { Column } from "../model/manifest.ts";
import type { TableSource } from "./query-request.ts";
import { type Datasets, resolveDatasets } from "./resolve-datasets.ts";

/** For the tests of this folder: real files, a real log, and what resolves to them. */

export const flightsFile = fileURLToPath(new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url));

/** The 3,000,000 flights as a table without field ids. */
export const flights: TableSource = {
  kind: "table",
  columns: [
    { name: "date", type: "timestamp" },
    { name: "delay", type: "int" },
    { name: "distance", type: "int" },
    { name: "origin", type: "string" },
    { name: "destination", type: "string" },
  ],
  files: [{ path: flightsFile }],
};

export function datasetsOf(tables: Record<string, TableSource>, more: Partial<Datasets> = {}): Datasets {
  return {
    tables: async () => Object.keys(tables),
    topics: async () => [],
    openTable: async (name) => tables[name],
    openTopic: () => Promise.reject(new Error("there are no topics here")),
    ...more,
  };
}

export const resolveFrom =
  (datasets: Datasets) =>
  (references: Parameters<typeof resolveDatasets>[0]): ReturnType<typeof resolveDatasets> =>
    resolveDatasets(references, datasets);

export async function scratchFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-sql-test-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

export async function openLog(folder: string): Promise<{ log: EmbeddedLog; close: () => Promise<void> }> {
  const service = new LogService({ folder });
  const port = directPort(service, { name: "control", admin: true, reads: ["*"], writes: ["*"] });
  const log = new EmbeddedLog(port);
  return {
    log,
    close: async () => {
      await log.close();
      await service.close();
    },
  };
}

export function batchOf(columns: Column[], records: object[], options: { key?: string; eventTime?: string } = {}): ReturnType<BatchBuilder["finish"]> {
  const builder = new BatchBuilder({ columns, ...options, where: "a test" });
  for (const record of records) builder.append(record, 0);
  return builder.finish();
}
