import fc from "fast-check";
import { expect, test } from "vitest";
import { flatten } from "./flatten.ts";
import { generateMapping } from "./generate-mapping.ts";
import { applyMapping } from "./mapping.ts";
import { TestEngine } from "./nested-for-tests.ts";
import { type NestedTable, nestedTables } from "./nested-tables.ts";
import type { Relation } from "./nested-type.ts";
import { opened, randomRows, rowsSql } from "./random-rows-for-tests.ts";
import { relationalize } from "./relationalize.ts";
import { hasItems } from "./value.ts";

type Row = unknown[];

/** What the tables of a relation say, joined back by their keys. */
async function joinedBack(engine: TestEngine, input: Relation): Promise<unknown[]> {
  const tables = nestedTables(input.fields);
  const rows = new Map<NestedTable, Row[]>();
  for (const table of tables) rows.set(table, (await engine.rows(relationalize(input, { table: table.name || undefined }))).map((row) => Object.values(row)));
  const rebuilt = (table: NestedTable, cells: Row): unknown[] => {
    const children = tables.filter(({ parent }) => parent === table);
    let child = 0;
    return table.leaves.map(({ value }, i) => (hasItems(value) ? itemsOf(children[child++], cells[i]) : cells[i]));
  };
  const itemsOf = (table: NestedTable, key: unknown): unknown[] | null => {
    if (key === null) return null;
    const mine = (rows.get(table) as Row[]).filter(([id]) => id === key).sort((a, b) => Number(a[1]) - Number(b[1]));
    return mine.map((cells) => rebuilt(table, cells.slice(2)));
  };
  return (rows.get(tables[0]) as Row[]).map((cells) => rebuilt(tables[0], cells));
}

const sorted = (rows: unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

test("random nested rows, as tables and joined back, are what they were; so they are flattened", async () => {
  const engine = await TestEngine.open();
  await fc.assert(
    fc.asyncProperty(randomRows, async (random) => {
      const input = await engine.relation(rowsSql(random));
      const expected = sorted(random.rows.map((row) => opened(random.type, row)));
      expect(sorted(await joinedBack(engine, input))).toEqual(expected);
      expect(sorted(await joinedBack(engine, flatten(input)))).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test("a generated mapping does what flatten does", async () => {
  const engine = await TestEngine.open();
  await fc.assert(
    fc.asyncProperty(randomRows, async (random) => {
      const input = await engine.relation(rowsSql(random));
      const mapped = applyMapping(input, generateMapping(input.fields));
      const flat = flatten(input, { separator: "_" });
      expect(mapped.fields).toEqual(flat.fields);
      expect(sorted(await engine.rows(mapped))).toEqual(sorted(await engine.rows(flat)));
    }),
    { numRuns: 40 },
  );
});
