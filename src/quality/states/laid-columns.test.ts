import { expect, test } from "vitest";
import { Duckdb } from "../../lake/duckdb.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import { measureColumns, type Measured, stateOf } from "./collect-states.ts";
import { type ProfiledColumn, profiledColumns } from "./profiled-column.ts";

/** One column of each kind, and how it comes out: of few values or many. */
const kinds: { type: string; value: string }[] = [
  { type: "BIGINT", value: "case when i % 7 > 0 then i % 40 end" },
  { type: "BIGINT", value: "1_000_000_000_000 + i" },
  { type: "DOUBLE", value: "case when i % 100 = 0 then 'nan'::double when i % 100 = 1 then 'infinity'::double else i / 3 end" },
  { type: "VARCHAR", value: "case when i % 5 > 0 then ' v' || i % 30 end" },
  { type: "VARCHAR", value: "case when i % 3 = 0 then 'often' else 'text ' || i end" },
  { type: "VARCHAR", value: "case when i = 7 then repeat('x', 300) else 'y' end" },
  { type: "TIMESTAMP", value: "timestamp '2020-01-01' + to_seconds(i)" },
  { type: "INTEGER[]", value: "range((i % 4)::int)::int[]" },
  { type: "STRUCT(a INTEGER, b VARCHAR)", value: "case when i % 2 = 0 then {'a': i::int, 'b': 'z'} end" },
  { type: "UUID", value: "('00000000-0000-0000-0000-' || lpad((i % 9)::varchar, 12, '0'))::uuid" },
  { type: "BOOLEAN", value: "null" },
];
/** As often, so that they are worth laying. */
const copies = 8;
const { columns } = profiledColumns(Array.from({ length: copies }, (_, copy) => kinds.map(({ type }, kind) => ({ name: `k${kind} "${copy}`, type }))).flat(), 1_000);
/** Those of the first copy, structs with their fields. */
const firsts = columns.slice(0, columns.length / copies);

const select = (from: number, to: number): string => `select ${Array.from({ length: copies }, (_, copy) => kinds.map(({ type, value }, kind) => `(${value})::${type} as "k${kind} ""${copy}"`).join(", ")).join(", ")} from range(${from}, ${to}) as t(i)`;

test("columns that are laid one below the other come out as each by itself, in each part", async () => {
  const duckdb = new Duckdb({ memoryLimit: "1GiB", threads: 2 });
  const connection = await duckdb.connect();
  const parts = ["part0", "part1"];
  for (const [i, part] of parts.entries()) await connection.run(`create table ${part} as ${select(i * 500, i * 500 + 800)}`);
  let laidStatements = 0;
  const run = async (sql: string): Promise<QueryValue[][]> => {
    if (sql.includes("unnest(range(")) laidStatements++;
    return (await connection.runAndReadAll(sql)).getRowsJson() as QueryValue[][];
  };
  const measure = (some: readonly ProfiledColumn[]): Promise<Measured[][]> => measureColumns(run, some, { parts, rows: 1_600, columnar: true, valuesMax: 100 });
  const laid = await measure(columns);
  expect(laidStatements).toBe(23);
  const alone = await measure(firsts);
  expect(laidStatements).toBe(23);
  const states = (measured: Measured[][]) => measured.map((part) => firsts.map(({ kind }, i) => ({ form: part[i].form, ...stateOf(kind, part[i]) })));
  const plain = ({ moments: { mean, ...moments }, points, ...state }: ReturnType<typeof states>[number][number]) => ({ ...state, mean: mean.toPrecision(9), deviation: moments.m2.toPrecision(6), count: moments.count, least: points.values[0], greatest: points.values.at(-1) });
  expect(states(laid).map((part) => part.map(plain))).toEqual(states(alone).map((part) => part.map(plain)));
  expect(states(laid)[1].map(({ form }) => form)).toContain("sketch");
  // Each copy is as the first.
  for (const part of laid) for (const [i, { kind }] of columns.entries()) if (i % 50 === 49) expect(plain({ form: part[i].form, ...stateOf(kind, part[i]) })).toEqual(plain({ form: part[i % firsts.length].form, ...stateOf(kind, part[i % firsts.length]) }));
  connection.closeSync();
  await duckdb.close();
});
