import fc from "fast-check";
import { expect } from "vitest";
import { sqlName, sqlText } from "../../lake/duckdb.ts";
import type { TestEngine } from "../nested/nested-for-tests.ts";
import type { Relation } from "../nested/nested-type.ts";
import { applySteps, type Wrangled } from "./apply-steps.ts";
import { type Cell, compareCells, type Row } from "./cells.ts";
import { compileSteps } from "./compile-steps.ts";
import { fillSecrets } from "../../model/secret.ts";
import { keyRows, keysTable } from "./protect/sql-keys.ts";
import { readSteps } from "./read-steps.ts";
import type { Step } from "./step.ts";

/* Both forms of steps on the same rows. What one says that the other does not is a fault of one of them. */

/** Columns of rows with their types, as the engine writes them. */
export type Columns = Readonly<Record<string, "VARCHAR" | "DOUBLE" | "BIGINT" | "BOOLEAN" | "DATE" | "TIMESTAMP">>;

/** What the secrets are that steps name in tests. */
const testSecrets = { "people-key": "correct horse battery staple", "other-key": "another secret, which is as long" };
const secretOf = (name: string): string => testSecrets[name as keyof typeof testSecrets];

/** A step over rows of any columns, where their types are not at stake. */
export type AnyStep = Step<Record<string, any>, any>;

/** Holds both forms of each chain to the same, on random dirty rows. */
export async function holdChains(engine: TestEngine, columns: Columns, chains: readonly AnyStep[][], numRuns: number): Promise<void> {
  await fc.assert(fc.asyncProperty(dirtyRows(columns), fc.constantFrom(...chains), async (rows, steps) => void (await bothForms(engine, columns, rows, steps))), { numRuns });
}

/** What steps make of rows in memory. */
export const inMemory = (rows: readonly Row[], ...steps: AnyStep[]): readonly Row[] => applySteps(readSteps(steps), rows).rows;

/** What steps make of rows, which both forms of them say alike. Rows come in no order. */
export async function bothForms(engine: TestEngine, columns: Columns, rows: readonly Row[], steps: readonly Step<never>[]): Promise<Wrangled> {
  const inMemory = applySteps(readSteps(fillSecrets(steps, secretOf)), rows);
  const inEngine = await inSql(engine, columns, rows, steps);
  expect(sorted(inEngine.rows)).toEqual(sorted(inMemory.rows));
  expect(sorted(inEngine.rejected)).toEqual(sorted(inMemory.rejected));
  // Which of changes that are equally frequent are shown is open.
  expect(sorted(inEngine.report.map(({ samples, ...line }) => ({ ...line, samples: samples?.length ?? null })))).toEqual(sorted(inMemory.report.map(({ samples, ...line }) => ({ ...line, samples: samples?.length ?? null }))));
  return inMemory;
}

async function inSql(engine: TestEngine, columns: Columns, rows: readonly Row[], steps: readonly Step<never>[]): Promise<Wrangled> {
  const input = await engine.relation(`select * from ${valuesSql(columns, rows)}`);
  const part = (name: "rows" | "rejected" | "report"): Relation => compileSteps(readSteps(steps), input, name, new Set(Object.keys(testSecrets)));
  await putKeys(engine);
  const rejected = await engine.rows(part("rejected"));
  const report = await engine.rows(part("report"));
  return {
    rows: (await engine.rows(part("rows"))).map(plainRow),
    rejected: rejected.map(({ step, rule, reason, row }) => ({ step: Number(step), rule: String(rule), reason: String(reason), row: plainRow(JSON.parse(String(row))) })),
    report: report.map(({ step, rule, column, rows_in, rows_out, rejected, changed, samples }) => ({ step: Number(step), rule, column, rowsIn: count(rows_in), rowsOut: count(rows_out), rejected: count(rejected), changed: count(changed), samples })) as Wrangled["report"],
  };
}

async function putKeys({ connection }: TestEngine): Promise<void> {
  const rows = keyRows(testSecrets).map(({ secret, purpose, innerPad, outerPad }) => `(${sqlText(secret)}, ${sqlText(purpose)}, unhex('${innerPad.toString("hex")}'), unhex('${outerPad.toString("hex")}'))`);
  await connection.run(`create schema if not exists ${keysTable.schema}; create or replace table ${keysTable.name} (${keysTable.columns}); insert into ${keysTable.name} values ${rows.join(", ")}`);
}

const count = (value: unknown): number | null => (value === null ? null : Number(value));

/** Whole numbers of 64 bits come as texts; here they are small. */
function plainRow(row: Record<string, unknown>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value as Cell]));
}

function valuesSql(columns: Columns, rows: readonly Row[]): string {
  const names = Object.keys(columns);
  const cells = rows.map((row) => `(${names.map((name) => cellSql(row[name], columns[name])).join(", ")})`);
  const none = `(select ${names.map((name) => `cast(null as ${columns[name]}) as ${sqlName(name)}`).join(", ")} where false)`;
  return rows.length === 0 ? none : `(values ${cells.join(", ")}) as t(${names.map(sqlName).join(", ")})`;
}

function cellSql(cell: Cell | undefined, type: string): string {
  return cell === null || cell === undefined ? `cast(null as ${type})` : `cast(${sqlText(String(cell))} as ${type})`;
}

/** Rows as texts, in one order; a column without a value is a column with null; BIGINT may come as text. */
function sorted(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(normal(row))).sort(compareCells);
}

function normal(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : Number(value.toPrecision(12));
  if (typeof value === "string" && /^-?\d{1,19}$/.test(value)) return String(BigInt(value));
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null && each !== undefined).map(([name, each]): [string, unknown] => [name, normal(each)]).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Texts as people leave them: blanks of every kind, cases, accents, quotes, numbers, dates, dummies. (The engine's client drops a byte order mark that stands first.) */
export const dirtyText: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: fc.constantFrom("", " ", "a", " A b\t", "\u00a0é ", "e\u0301", "\u2028x\ufeff", "İstanbul", "ß", "N/A", "n.a.", "-", "-1", "1,234.50", "1.234,50", "12%", "2020-02-30", "31/12/1999", "9999-12-31", "it's", '"q"', "😀 b", "Ａ１", "NULL", "nan", "yes") },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 6 }).filter((text) => !/^\ufeff|\0/.test(text)) },
);

/** Random rows of columns with these types, of dirty texts and small numbers. */
export function dirtyRows(columns: Columns): fc.Arbitrary<Row[]> {
  const cell = { VARCHAR: dirtyText, DOUBLE: fc.option(fc.constantFrom(0, -1, 1.5, 2, 1e9, 0.1)), BIGINT: fc.option(fc.integer({ min: -5, max: 5 })), BOOLEAN: fc.option(fc.boolean()), DATE: fc.option(fc.constantFrom("2020-02-29", "1999-12-31", "9999-12-31")), TIMESTAMP: fc.option(fc.constantFrom("2020-02-29 10:00:00", "1999-12-31 23:59:59")) };
  return fc.array(fc.record(Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, cell[type] as fc.Arbitrary<Cell>]))), { maxLength: 12 });
}
