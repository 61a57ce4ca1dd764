import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { completionsFor, type NamedDataset, tableInSql, topicInSql } from "./completions.ts";

const datasets: NamedDataset[] = [
  { name: "sales.daily", kind: "table", columns: [{ name: "customer", type: "string" }, { name: "Total", type: "number" }] },
  { name: 'topics."orders.large"', kind: "topic", columns: [{ name: "amount", type: "number" }] },
];
const complete = (text: string): string[] => (completionsFor(datasets)(new CompletionContext(EditorState.create({ doc: text }), text.length, true))?.options ?? []).map(({ label }) => label);

test("names are quoted where they have to be", () => {
  expect([tableInSql("sales.daily"), tableInSql("sales.order"), tableInSql("Raw.a b"), topicInSql("orders.large")]).toEqual(["sales.daily", 'sales."order"', '"Raw"."a b"', 'topics."orders.large"']);
});

test("columns of what a statement names are offered, also behind its alias, and those of nothing else", () => {
  const options = complete("select cu from sales.daily d where ");
  expect(options.slice(0, 4)).toEqual(["customer", "d.customer", '"Total"', 'd."Total"']);
  expect(options).not.toContain("amount");
  expect(options).toEqual(expect.arrayContaining(["sales.daily", 'topics."orders.large"', "group", "quantile_cont"]));
  expect(options).not.toContain("where.customer");
  expect(complete("from sales.daily where ").slice(0, 2)).toEqual(["customer", '"Total"']);
});

test("what may not be called is not offered", () => {
  expect(complete("select ")).not.toContain("read_csv");
});
