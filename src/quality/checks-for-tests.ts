import { rm } from "node:fs/promises";
import { join } from "node:path";
import { everyRow } from "../lake/filter.ts";
import { reader, scratchLake, type ScratchLake, stagedRows } from "../lake/lake-for-tests.ts";
import { resultFields } from "../lake/result-schema.ts";
import { headOf } from "../lake/table-metadata.ts";
import type { Table } from "../lake/table.ts";
import type { Check } from "../model/quality/check-definition.ts";
import { datasetsOf, resolveFrom } from "../sql/sql-for-tests.ts";
import { SqlRunner } from "../sql/sql-runner.ts";
import { tableNow, tableSource } from "../sql/table-source.ts";
import type { CheckedDataset } from "./checks/checked-dataset.ts";
import { checkedVersion } from "./checks/checked-version.ts";
import { openVersion } from "./checks/open-version.ts";
import type { CheckResult } from "./checks/check-result.ts";
import { runChecks, type RunChecksOptions } from "./checks/run-checks.ts";

/** A table of a real lake, and what judges it in the real engine. */
export interface LakeTable {
  place: { scratch: ScratchLake; runner: SqlRunner };
  table: Table;
  dataset: CheckedDataset;
  /** The table as it stands now, by what is asked of it. */
  judge(checks: readonly Check[], options?: RunChecksOptions): Promise<CheckResult[]>;
  /** A new version, of these rows alone. */
  replace(sql: string): Promise<void>;
  /** The same, as if its manifests knew nothing. */
  judgeByRows(checks: readonly Check[]): Promise<CheckResult[]>;
  close(): Promise<void>;
}

async function newPlace(): Promise<LakeTable["place"]> {
  const scratch = await scratchLake();
  return { scratch, runner: new SqlRunner({ statementsPerProcess: 1_000, shared: [join(scratch.root, "lake")] }) };
}

let replaced = 0;

/** @param place - of another table, which then closes both */
export async function lakeTable(name: string, sql: string, place?: LakeTable["place"]): Promise<LakeTable> {
  const at = place ?? (await newPlace());
  const { lake } = at.scratch;
  const connection = await reader.connect();
  const described = (await connection.runAndReadAll(`describe ${sql}`)).getRowObjects();
  connection.closeSync();
  const table = await lake.openOrCreate(name, resultFields(name, described.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))));
  const change = await table.append({ attempt: "test", files: [await stagedRows(table, sql)] });
  await change.publish();
  const judge = async (checks: readonly Check[], options: RunChecksOptions | undefined, facts: boolean): Promise<CheckResult[]> => {
    const version = await tableNow(lake, name);
    const sources = Object.fromEntries(await Promise.all((await lake.tables()).map(async (other) => [other, await tableSource(await tableNow(lake, other))] as const)));
    const { dataset, staged } = await openVersion(version, headOf(await version.metadata()), undefined, checks.map(({ decl }) => decl));
    const run = (statement: string, rowsMax: number) => at.runner.run({ sql: statement, resolve: resolveFrom(datasetsOf({ ...sources, ...Object.fromEntries(staged) })), limits: { rowsMax } });
    return runChecks(checks.map(({ decl }) => decl), facts ? dataset : { ...dataset, facts: undefined }, run, options);
  };
  return {
    place: at,
    table,
    dataset: await checkedVersion(table, await table.currentSnapshot()),
    replace: async (rows) => void (await (await table.replaceRows({ attempt: `replace ${++replaced}`, where: everyRow, files: [await stagedRows(table, rows)] })).publish()),
    judge: (checks, options) => judge(checks, options, true),
    judgeByRows: (checks) => judge(checks, undefined, false),
    close: async () => {
      await at.runner.close();
      await at.scratch.state.close();
      await rm(at.scratch.root, { recursive: true, force: true });
    },
  };
}
