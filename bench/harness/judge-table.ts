import { headOf } from "../../src/lake/table-metadata.ts";
import type { Lake } from "../../src/lake/lake.ts";
import type { Check } from "../../src/model/quality/check-definition.ts";
import type { CheckResult } from "../../src/quality/checks/check-result.ts";
import { checkedVersion } from "../../src/quality/checks/checked-version.ts";
import { runChecks } from "../../src/quality/checks/run-checks.ts";
import { resolveDatasets } from "../../src/sql/resolve-datasets.ts";
import type { SqlRunner } from "../../src/sql/sql-runner.ts";
import { tableNow, tableSource } from "../../src/sql/table-source.ts";

/** A table by its checks, from its pointer to the results, as Millrace judges it. */
export async function judgeTable(lake: Lake, runner: SqlRunner, name: string, checks: readonly Check[]): Promise<CheckResult[]> {
  const table = await tableNow(lake, name);
  const source = await tableSource(table);
  const resolve = (references: Parameters<typeof resolveDatasets>[0]) =>
    resolveDatasets(references, { tables: async () => [name], topics: async () => [], openTable: async () => source, openTopic: () => Promise.reject(new Error("there are no topics")) });
  const limits = { timeoutMs: 600_000, memoryBytes: 2 * 1024 ** 3 };
  const dataset = await checkedVersion(table, headOf(await table.metadata()));
  return runChecks(checks.map(({ decl }) => decl), dataset, (sql, rowsMax) => runner.run({ sql, resolve, limits: { ...limits, rowsMax } }), { sampleMax: 0 });
}
