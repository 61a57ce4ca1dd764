import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, expect, test } from "vitest";
import { parseTree, type SerializedSql } from "../statement-gate.ts";
import { corpus, corpusSchemas, corpusTables, unfollowed } from "./corpus-for-tests.ts";
import type { DirectKind, Lineage } from "./lineage.ts";
import { lineageOf } from "./lineage-of.ts";

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
  const outputs = direct.split(/(?<=\S) (?=\S+=|g h=)/).filter((one) => one !== "").map((one) => `${one.slice(0, one.indexOf("="))}=${one.slice(one.indexOf("=") + 1).split(",").sort().join(",")}`);
  return { outputs, indirect: indirect.split(", ").filter((one) => one !== "").sort() };
}

test("the lineage of each statement is what a person says of it", async () => {
  expect(corpus.length).toBeGreaterThanOrEqual(100);
  for (const [sql, label] of corpus) {
    const lineage = lineageOf(await parse(sql), corpusSchemas, await columnNames(sql));
    const { outputs, indirect } = labelled(label);
    expect([sql, said(lineage)]).toEqual([sql, { outputs: outputs.map((one) => expect.stringMatching(new RegExp(`^${one.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`, "i"))), indirect }]);
  }
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
