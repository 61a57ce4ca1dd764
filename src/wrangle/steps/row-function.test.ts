import { expect, test } from "vitest";
import type { Rows } from "../../model/nested.ts";
import { isRejectRecord } from "../../model/reject-record.ts";
import { sql } from "../../model/sql-tag.ts";
import { filterRows, pivotLonger, required, summarise, trim, unnest, wrangle } from "../index.ts";

type Raw = { id: number; a: string | null; b: string | null };
const raw = sql`select 1` as Rows<Raw>;

function sent<Out>(run: (record: Raw, emit: (record: Out) => void) => void, ...records: Raw[]): unknown[] {
  const out: unknown[] = [];
  for (const record of records) {
    try {
      run(record, (made) => out.push(made));
    } catch (error) {
      if (!isRejectRecord(error)) throw error;
      out.push(error.reason);
    }
  }
  return out;
}

test("of one record come none, one or several, and one that is rejected rejects all of its record", () => {
  const { run } = wrangle(raw, filterRows([["id", ">", 0]]), pivotLonger(["a", "b"], { valuesTo: "text" }), trim("text"), required("text"));
  expect(sent(run, { id: 0, a: "x", b: "y" }, { id: 1, a: " x", b: "y" }, { id: 2, a: "x", b: null })).toEqual([{ id: 1, name: "a", text: "x" }, { id: 1, name: "b", text: "y" }, 'required: "text" is missing']);
});

test("lists of records are opened on a stream, and what looks at other records is refused there", () => {
  const lists = sql`select 1` as Rows<{ id: number; items: { n: number }[] }>;
  const open = wrangle(lists, unnest("items"));
  expect(open.apply([{ id: 1, items: [{ n: 1 }, { n: 2 }] }, { id: 2, items: [] }]).rows).toEqual([{ id: 1, n: 1 }, { id: 1, n: 2 }]);
  expect(() => sent(wrangle(raw, summarise("id", { n: { count: "*" } })).run, { id: 1, a: null, b: null })).toThrow(/step 1, summarise, looks at other rows/);
});
