import { expect, test } from "vitest";
import type { SourcePlan, SourceTablePlan } from "../../server/source-folder-plan.ts";
import { sourcePlanLines } from "./source-plan-text.ts";
import { styleFor } from "./style.ts";

const table: SourceTablePlan = {
  ...{ raw: "jira_raw.issues", into: "jira.issues", action: "changed", changes: ["new column labels: string"], format: "csv", partitionColumns: ["day: date"], files: 1_200, bytes: 5 << 20 },
  columns: [{ name: "_file", type: "string", change: null }, { name: "id", type: "long", change: null }, { name: "labels", type: "string", change: "added" }],
  ...{ load: { newFiles: 3, changedFiles: 1, goneFiles: 0, bytes: 2_048 }, error: null },
};
const error = { code: "MR-FORMAT-006" as const, what: "the file is damaged", where: "a.gz", mend: "restore it", retryable: false };
const source: SourcePlan = { name: "jira", at: "raw/jira", tables: [table], unreadable: { files: 30, first: [{ path: "a.gz", error }] }, error: null };
const lines = (plan: Partial<SourcePlan>): string[] => sourcePlanLines({ ...source, ...plan }, styleFor(false));

test("a source folder shows its tables, what is to be loaded, and what cannot be read; columns that change come first", () => {
  expect(lines({})).toEqual([
    "  source folder jira over raw/jira: 1 table",
    "    jira_raw.issues: csv, 1,200 files, 5 MiB, partitioned by day: date",
    "      ~ new column labels: string",
    "      -> jira.issues: 3 new files and 1 changed file to load, 2 KiB",
    "         labels string (comes), _file string, id long",
    "      ! a.gz: the file is damaged",
    "      ! 29 more files cannot be read",
  ]);
  const idle = { ...table, changes: [], columns: [], load: { newFiles: 0, changedFiles: 0, goneFiles: 1, bytes: 0 } };
  expect(lines({ tables: [idle], unreadable: { files: 0, first: [] } }).at(-1)).toBe("      -> jira.issues: the rows of 1 file go");
  expect(lines({ tables: [{ ...idle, load: { ...idle.load, goneFiles: 0 } }], unreadable: { files: 0, first: [] } }).at(-1)).toBe("      -> jira.issues: nothing to load");
});

test("a folder that cannot be looked at says why", () => {
  expect(lines({ error }).join("\n")).toContain("MR-FORMAT-006");
});
