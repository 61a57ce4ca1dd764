import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { onTestFinished } from "vitest";
import { gateStatement, parseTree } from "../../sql/statement-gate.ts";
import { engineFields } from "./engine-fields.ts";
import { json, type Relation } from "./nested-type.ts";

/** For the tests of this folder: the real engine, and the gate before everything that is run in it. */
export class TestEngine {
  readonly connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /** @param atEnd - is given what closes it. Default: it is closed with the test at hand. */
  static async open(atEnd: (close: () => void) => void = onTestFinished): Promise<TestEngine> {
    const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    atEnd(() => (connection.closeSync(), instance.closeSync()));
    return new TestEngine(connection);
  }

  /** What `sql` gives, kept as a table, so that what is made of it needs no file. */
  async relation(sql: string, name = "input"): Promise<Relation> {
    await this.connection.run(`create or replace table ${name} as ${sql}`);
    return this.describe(name);
  }

  async describe(from: string): Promise<Relation> {
    const result = await this.connection.run(`select * from ${from} limit 0`);
    return { from, fields: engineFields(result.columnNames(), result.columnTypes()) };
  }

  /** The rows of a relation, which must pass the gate and give the columns that it says. */
  async rows(relation: Relation, rest = ""): Promise<Record<string, unknown>[]> {
    const sql = `select * from ${relation.from} ${rest}`;
    gateStatement(sql, await this.tree(sql));
    const result = await this.connection.runAndReadAll(sql);
    const found = engineFields(result.columnNames(), result.columnTypes());
    const said = relation.fields.map(({ name, type, asJson }) => ({ name, type: asJson ? json : type }));
    if (JSON.stringify(found) !== JSON.stringify(said)) throw new Error(`columns: ${JSON.stringify(found)}; said: ${JSON.stringify(said)}`);
    return result.getRowsJson().map((row) => Object.fromEntries(row.map((value, i) => [found[i].name, value])));
  }

  async plain(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
  }

  /** @param exact - numbers as they are written, so that the tree can be printed again */
  async tree(sql: string, exact?: boolean): Promise<ReturnType<typeof parseTree>> {
    const statement = await this.connection.prepare("select json_serialize_sql($1::varchar)");
    statement.bindVarchar(1, sql);
    return parseTree(String((await (await statement.run()).getRows())[0][0]), exact);
  }
}
