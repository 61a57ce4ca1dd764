import type { TableProfile } from "../../src/quality/profile/profile.ts";
import { tableProfile } from "../../src/quality/profile/table-profile.ts";
import { tableStates } from "../../src/quality/states/table-states.ts";
import type { SqlRunner } from "../../src/sql/sql-runner.ts";
import type { Table } from "../../src/lake/table.ts";

/** From the table's pointer to the profile, as the service does it. */
export async function profileTable(runner: SqlRunner, table: Table): Promise<TableProfile> {
  const snapshotId = (await table.currentSnapshot())?.["snapshot-id"];
  const limits = { timeoutMs: 600_000, resultBytesMax: 256 * 1024 ** 2 };
  const states = await tableStates({
    table,
    snapshotId,
    columnsMax: 1_000,
    personal: new Map(),
    run: async (sql, parts) => (await runner.run({ sql, limits, resolve: async (references) => ({ sources: references.map(({ name }) => parts[Number(name.slice("part".length))]), known: [] }) })).rows,
  });
  return tableProfile({ dataset: table.name, ...states, at: new Date() });
}
