import { headOf } from "../../src/lake/table-metadata.ts";
import type { Lake } from "../../src/lake/lake.ts";
import type { Check } from "../../src/model/quality/check-definition.ts";
import type { CheckResult } from "../../src/quality/checks/check-result.ts";
import { openVersion } from "../../src/quality/checks/open-version.ts";
import { runChecks } from "../../src/quality/checks/run-checks.ts";
import { resolveDatasets } from "../../src/sql/resolve-datasets.ts";
import type { SqlRunner } from "../../src/sql/sql-runner.ts";
import type { TableSource } from "../../src/sql/query-request.ts";
import { tableNow } from "../../src/sql/table-source.ts";

/** A table by its checks, from its pointer to the results, as Millrace judges it. */
export async function judgeTable(lake: Lake, runner: SqlRunner, name: string, checks: readonly Check[]): Promise<CheckResult[]> {
  const table = await tableNow(lake, name);
  const asked = checks.map(({ decl }) => decl);
  const { dataset, staged } = await openVersion(table, headOf(await table.metadata()), undefined, asked);
  const resolve = (references: Parameters<typeof resolveDatasets>[0]) =>
    resolveDatasets(references, { tables: async () => [...staged.keys()], topics: async () => [], openTable: async (each) => staged.get(each) as TableSource, openTopic: () => Promise.reject(new Error("there are no topics")) });
  const limits = { timeoutMs: 600_000, memoryBytes: 2 * 1024 ** 3 };
  return runChecks(asked, dataset, (sql, rowsMax) => runner.run({ sql, resolve, limits: { ...limits, rowsMax } }), { sampleMax: 0 });
}
