import type { DuckDBConnection } from "@duckdb/node-api";
import { sqlName, sqlText } from "../../lake/duckdb.ts";
import type { Sql } from "../../model/sql-tag.ts";
import { engineError } from "../../sql/engine-error.ts";
import { readByCalls, withCallsExpanded } from "../../sql/reshaping-calls.ts";
import { gateStatement } from "../../sql/statement-gate.ts";
import { TestEngine } from "../nested/nested-for-tests.ts";
import type { Row } from "../steps/cells.ts";

/** Statements with calls of ours, gated and expanded as always, but in an engine of this process: they take milliseconds. */
export class TestStatements {
  readonly engine: TestEngine;

  private constructor(engine: TestEngine) {
    this.engine = engine;
  }

  static async open(...atEnd: Parameters<typeof TestEngine.open>): Promise<TestStatements> {
    return new TestStatements(await TestEngine.open(...atEnd));
  }

  get #connection(): DuckDBConnection {
    return this.engine.connection;
  }

  /** A table `namespace.table` of rows. @param columns - types by name, as the engine writes them */
  async table(name: string, columns: Readonly<Record<string, string>>, rows: readonly object[]): Promise<void> {
    const [namespace, table] = name.split(".").map(sqlName);
    await this.#connection.run(`create schema if not exists ${namespace}`);
    await this.#connection.run(`create table ${namespace}.${table} (${Object.entries(columns).map(([column, type]) => `${sqlName(column)} ${type}`).join(", ")})`);
    for (let at = 0; at < rows.length; at += 5_000) {
      const struct = `[{${Object.entries(columns).map(([column, type]) => `${JSON.stringify(column)}: ${JSON.stringify(type)}`).join(", ")}}]`;
      await this.#connection.run(`insert into ${namespace}.${table} select unnest(from_json(${sqlText(JSON.stringify(rows.slice(at, at + 5_000)))}, ${sqlText(struct)}), recursive := true)`);
    }
  }

  /** For `train`, and whoever else runs statements. */
  readonly run = async (statement: Pick<Sql, "text">): Promise<Row[]> => {
    const sql = statement.text;
    const trees = { parse: (text: string) => this.engine.tree(text, true), print: (json: string) => this.#print(json) };
    const tree = await trees.parse(sql);
    gateStatement(sql, await readByCalls(sql, tree, trees));
    const expanded = await withCallsExpanded({ sql, tree }, trees, this.#connection);
    try {
      return (await this.#connection.runAndReadAll(expanded.sql)).getRowObjectsJson() as Row[];
    } catch (error) {
      throw engineError(error, sql, { bytesBefore: 0, rewritten: true });
    }
  };

  async #print(json: string): Promise<string> {
    const statement = await this.#connection.prepare("select json_deserialize_sql($1::json)");
    statement.bindVarchar(1, json);
    return String((await (await statement.run()).getRows())[0][0]);
  }
}
