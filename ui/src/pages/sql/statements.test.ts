import { expect, test } from "vitest";
import { chosen, placeIn, statementsOf } from "./statements.ts";

const texts = (text: string): string[] => statementsOf(text).map(({ from, to }) => text.slice(from, to));

test("semicolons end statements, but not in quotes, comments and dollar quotes", () => {
  expect(texts("select 1; select 2 ;\n\n select 3")).toEqual(["select 1", "select 2", "select 3"]);
  expect(texts("select ';', 'it''s;', \"a;\"\"b\" -- no; end\n, 2; select 3")).toEqual(["select ';', 'it''s;', \"a;\"\"b\" -- no; end\n, 2", "select 3"]);
  expect(texts("select /* ; */ 1; select $$;$$, $x$ $$;$x$; select '")).toEqual(["select /* ; */ 1", "select $$;$$, $x$ $$;$x$", "select '"]);
  expect(texts(" ;; -- nothing\n; /* open")).toEqual([]);
});

test("the statement at the cursor is run, or what is selected", () => {
  const text = "select 1;\nselect 2;\n\nselect 3";
  const at = (from: number, to = from): string[] => chosen(text, { from, to }).map((span) => text.slice(span.from, span.to));
  expect(at(3)).toEqual(["select 1"]);
  expect(at(9)).toEqual(["select 1"]);
  expect(at(12)).toEqual(["select 2"]);
  expect(at(20)).toEqual(["select 2"]);
  expect(at(text.length)).toEqual(["select 3"]);
  expect(at(7, 18)).toEqual(["1", "select 2"]);
  expect(chosen("  ", { from: 1, to: 1 })).toEqual([]);
});

test("the place of an error is found in its statement", () => {
  expect(placeIn("select\n  a from", "line 2, column 3")).toBe(9);
  expect(placeIn("select", "line 1, column 99")).toBe(6);
  expect(placeIn("select", "line 3, column 1")).toBeUndefined();
  expect(placeIn("select", "the statement")).toBeUndefined();
});
