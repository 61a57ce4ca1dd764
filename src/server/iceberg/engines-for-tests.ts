import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { batchOf } from "../../lake/lake-for-tests.ts";
import type { Lake } from "../../lake/lake.ts";
import type { Table } from "../../lake/table.ts";
import type { Column } from "../../model/manifest.ts";

/** Runs a program in Python that prints one line of JSON as its last. @returns what that line says */
export async function runPython(python: string, program: string, args: string[], env: Record<string, string> = {}): Promise<any> {
  const path = new URL(`engines/${program}`, import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(python, ["-W", "ignore", path, ...args], { env: { ...process.env, ...env }, maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string);
}

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "at", type: "timestamp", nullable: false },
  { name: "text", type: "string", nullable: true },
];
const more: Column = { name: "more", type: "number", nullable: true };

export interface GrownTable {
  table: Table;
  /** Rows as a stage writes them, which notes where it stands in topic "in". */
  write(rows: object[], from: number): Promise<void>;
}

/** Table `ours.events`, partitioned by day, with three rows of two versions: a column came between them. */
export async function grownTable(lake: Lake): Promise<GrownTable> {
  const declare = (of: Column[]) => lake.createTable({ name: "ours.events", columns: of, partitionBy: [{ column: "at", transform: "day" }] });
  const table = await declare(columns);
  const write = async (of: Column[], rows: object[], from: number): Promise<void> => {
    const writer = await table.writer();
    await writer.add(batchOf(of, rows));
    await writer.commit({ advance: [{ topic: "in", partition: 0, from, to: from + rows.length }] });
    await writer.close();
  };
  await write(columns, [{ id: 1, at: "2001-01-01T10:00:00.000Z", text: "ü" }, { id: 2, at: "2001-01-02T10:00:00.000Z", text: null }], 0);
  const grown = [...columns, more];
  await declare(grown);
  await write(grown, [{ id: 3, at: "2001-01-02T11:00:00.000Z", text: "x", more: 1.5 }], 2);
  return { table, write: (rows, from) => write(grown, rows, from) };
}
