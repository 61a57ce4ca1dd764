import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, expect, test } from "vitest";
import { parseTree, type SerializedSql } from "../statement-gate.ts";
import { corpus, corpusSchemas, corpusTables, unfollowed } from "./corpus-for-tests.ts";
import type { DirectKind, Lineage } from "./lineage.ts";
import { lineageOf } from "./lineage-of.ts";
import { columnLineageFacet } from "./open-lineage.ts";

let parse: (sql: string) => Promise<SerializedSql>;
let columnNames: (sql: string) => Promise<string[]>;

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("create schema sales; attach ':memory:' as topics");
  for (const [name, columns] of Object.entries(corpusTables)) await connection.run(`create table ${name} (${Object.entries(columns).map(([column, type]) => `${column} ${type}`).join(", ")})`);
  columnNames = async (sql) => (await connection.run(sql)).columnNames();
  parse = async (sql) => {
    const statement = await connection.prepare("select json_serialize_sql($1::varchar)");
    statement.bindVarchar(1, sql);
    return parseTree(String((await (await statement.run()).getRows())[0][0]));
  };
});

const marks: Record<DirectKind, string> = { identity: "", transformation: "~", aggregation: "+" };

/** The lineage as the corpus writes it, each part of it in order of its text. */
function said(lineage: Lineage): { outputs: string[]; indirect: string[] } | string {
  if (!lineage.known) return lineage.reason;
  const outputs = lineage.outputs.map(({ name, inputs }) => `${name}=${inputs.map(({ dataset, column, kind, masked }) => `${marks[kind]}${dataset}.${column}${masked ? "!" : ""}`).sort().join(",")}`);
  return { outputs, indirect: lineage.indirect.map(({ dataset, column, kind }) => `${kind} ${dataset}.${column}`).sort() };
}

function labelled(text: string): { outputs: string[]; indirect: string[] } {
  const [direct, indirect = ""] = text.split(" | ");
  const outputs = direct.split(/(?<=\S) (?=\S+=)/).filter((one) => one !== "").map((one) => `${one.slice(0, one.indexOf("="))}=${one.slice(one.indexOf("=") + 1).split(",").sort().join(",")}`);
  return { outputs, indirect: indirect.split(", ").filter((one) => one !== "").sort() };
}

test("the lineage of each statement is what a person says of it", async () => {
  expect(corpus.length).toBeGreaterThanOrEqual(100);
  const wrong: unknown[] = [];
  for (const [sql, label] of corpus) {
    const found = said(lineageOf(await parse(sql), corpusSchemas, await columnNames(sql)));
    const wanted = labelled(label);
    if (JSON.stringify(found).toLowerCase() !== JSON.stringify(wanted).toLowerCase()) wrong.push({ sql, found, wanted });
  }
  expect(wrong).toEqual([]);
});

test("of what is not understood nothing is said", async () => {
  for (const sql of unfollowed) expect([sql, lineageOf(await parse(sql), corpusSchemas)]).toEqual([sql, { known: false, reason: expect.any(String) }]);
});

test("a result with other columns than were found has no lineage", async () => {
  expect(lineageOf(await parse("select a, b from t"), corpusSchemas, ["a"])).toMatchObject({ known: false });
  expect(lineageOf(await parse("select a, b from t"), corpusSchemas, ["a", "c"])).toMatchObject({ known: false });
  expect(lineageOf(await parse("select a + 1 from t"), corpusSchemas)).toMatchObject({ known: false, reason: expect.stringContaining("AS") });
});

test("a statement takes less than 5 ms in the median", async () => {
  const trees = await Promise.all(corpus.map(([sql]) => parse(sql)));
  const times = trees.map((tree) => {
    const from = performance.now();
    lineageOf(tree, corpusSchemas, undefined);
    return performance.now() - from;
  });
  expect(times.sort((x, y) => x - y)[Math.floor(times.length / 2)]).toBeLessThan(5);
});

test("OpenLineage gets direct inputs by field and the others once for all", async () => {
  const lineage = lineageOf(await parse("select b, count(c) as n from t where b > 1 group by b"), corpusSchemas);
  if (!lineage.known) throw new Error(lineage.reason);
  const facet = columnLineageFacet(lineage, "lake", "https://example.org");
  const input = (field: string, ...transformations: object[]): object => ({ namespace: "lake", name: "t", field, transformations });
  expect(facet.fields).toEqual({
    b: { inputFields: [input("b", { type: "DIRECT", subtype: "IDENTITY", masking: false })] },
    n: { inputFields: [input("c", { type: "DIRECT", subtype: "AGGREGATION", masking: true })] },
  });
  expect(facet.dataset).toEqual([input("b", { type: "INDIRECT", subtype: "FILTER", masking: false }, { type: "INDIRECT", subtype: "GROUP_BY", masking: false })]);
});
