import type { DuckDBConnection } from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import { stringifyExact } from "../lake/exact-json.ts";
import type { TreeNode } from "../wrangle/nested/call-arguments.ts";
import { engineFields } from "../wrangle/nested/engine-fields.ts";
import { expandCalls, hasCalls, inputsOfCalls } from "../wrangle/nested/expand-calls.ts";
import { plainTree } from "./inner-statement.ts";
import type { PlainStatement, SqlTrees } from "./plain-statement.ts";
import { placeInSql } from "./sql-text.ts";
import { gateStatement, type SerializedSql } from "./statement-gate.ts";

type Statement = Pick<PlainStatement, "sql" | "tree">;

/** What the gate looks at: where the statement calls `flatten` and its kind, what they are given stands in their place. */
export async function readByCalls(sql: string, tree: SerializedSql, trees: SqlTrees): Promise<SerializedSql> {
  return hasCalls(tree) ? ((await inputsOfCalls(await trees.parse(sql), nestedEngine(sql, trees))) as SerializedSql) : tree;
}

/**
 * The statement that does what its calls say. Asked for when what they read is there, and the engine is locked; it goes
 * through the gate like one that somebody has written.
 *
 * @param secrets - names of those that stand in the engine, for steps with a key
 * @throws MillraceError `MR-WRANGLE-001` for a call that cannot be, `MR-SQL-002` when the engine cannot write the statement down,
 * `MR-SECRET-002` for a step whose secret is not there
 */
export async function withCallsExpanded({ sql, tree }: Statement, trees: SqlTrees, connection: DuckDBConnection, secrets: ReadonlySet<string> = new Set()): Promise<Statement> {
  if (!hasCalls(tree)) return { sql, tree };
  const describe = async (select: string): ReturnType<Parameters<typeof expandCalls>[1]["describe"]> => {
    const result = await connection.run(select);
    return engineFields(result.columnNames(), result.columnTypes());
  };
  const engine = nestedEngine(sql, trees);
  const expanded = (await expandCalls(await engine.parse(sql), { ...engine, describe, secrets })) as SerializedSql;
  const text = await trees.print(stringifyExact(expanded));
  const again = await trees.parse(text);
  // What is run is what was made here: the text is taken only when it means the same tree.
  if (again.statements?.length !== 1 || plainTree(again.statements[0].node) !== plainTree(expanded.statements?.[0].node)) {
    throw new MillraceError("MR-SQL-002", { what: "a statement with such parts cannot reshape rows", where: "the statement", mend: "reshape in a common table expression of its own: with flat as (select * from flatten(raw.quakes)) select …" });
  }
  gateStatement(text, again);
  return { sql: text, tree: again };
}

function nestedEngine(sql: string, { parse, print }: SqlTrees): Omit<Parameters<typeof expandCalls>[1], "describe" | "secrets"> {
  return {
    parse: async (text) => withDoublesAsTexts(await parse(text)),
    print: (tree) => print(stringifyExact(tree)),
    where: (node: TreeNode) => (Number.isSafeInteger(Number(node.query_location)) ? placeInSql(sql, Number(node.query_location)) : "the statement"),
  };
}

/**
 * The engine writes a double as a decimal, which is another value: as a text that is cast it stays what it is.
 * Of the tree that it is given it changes the nodes.
 */
function withDoublesAsTexts(tree: SerializedSql): SerializedSql {
  const inside = (value: unknown, level: number): void => {
    if (typeof value !== "object" || value === null || level > levelsMax) return;
    for (const [field, child] of Object.entries(value)) {
      if (isDouble(child)) (value as TreeNode)[field] = doubleAsText(child);
      else inside(child, level + 1);
    }
  };
  inside(tree.statements, 0);
  return tree;
}

/** Deeper trees are refused by the gate. */
const levelsMax = 3_000;

interface DoubleNode extends TreeNode {
  value: { type: { id: string }; value: number };
}

function isDouble(value: unknown): value is DoubleNode {
  const node = value as DoubleNode | null;
  return typeof node === "object" && node?.class === "CONSTANT" && node.value.type.id === "DOUBLE" && typeof node.value.value === "number";
}

function doubleAsText({ alias, query_location, value: { value }, ...constant }: DoubleNode): TreeNode {
  const text = { ...constant, alias: "", query_location, value: { type: { id: "VARCHAR", type_info: null }, is_null: false, value: String(value) } };
  return { class: "CAST", type: "OPERATOR_CAST", alias, query_location, child: text, cast_type: { id: "DOUBLE", type_info: null }, try_cast: false };
}
