import { MillraceError } from "../errors.ts";
import { stringifyExact } from "../lake/exact-json.ts";
import { plainTree } from "./inner-statement.ts";
import type { TableReference } from "./query-request.ts";
import type { SerializedSql } from "./statement-gate.ts";
import { readVersion, referenceKey } from "./table-version.ts";

/** The engine's ways between a statement's text and its tree. */
export interface SqlTrees {
  /** Numbers exactly as they are written. */
  parse(sql: string): Promise<SerializedSql>;
  /** @param tree - as JSON */
  print(tree: string): Promise<string>;
}

/** A statement that names each of its references by a name of its own, which needs no AT. */
export interface PlainStatement {
  sql: string;
  tree: SerializedSql;
  /** The parts of each reference's name in it. */
  names: string[][];
}

/**
 * The statement without AT: the engine knows no versions of what it reads, and each version that is asked for becomes a table
 * of its own, for a view that is read beside it may read another. Only where columns are called by the table's whole name,
 * and it is read in one version alone, it keeps that.
 *
 * @param references - what the gate has found in it
 * @throws MillraceError `MR-SQL-002` when the engine cannot write the statement down again
 */
export async function plainStatement(sql: string, tree: SerializedSql, references: TableReference[], trees: SqlTrees): Promise<PlainStatement> {
  const names = references.map((reference) => nameOf(reference, references, tree));
  if (references.every(({ at }) => at === undefined)) return { sql, tree, names };
  const byKey = new Map(references.map(({ parts, at }, i) => [referenceKey(parts, at), names[i]]));
  const plain = { ...tree, statements: tree.statements?.map((statement) => replaced(statement, byKey)) } as SerializedSql;
  const text = await trees.print(stringifyExact(plain));
  const again = await trees.parse(text);
  // What is run is what was let through: the text is taken only when it means the tree that was made here.
  if (again.statements?.length === 1 && plainTree(again.statements[0].node) === plainTree(plain.statements?.[0].node)) return { sql: text, tree: again, names };
  throw new MillraceError("MR-SQL-002", { what: "a statement with such parts cannot read versions of tables", where: "the statement", mend: "read each version in a common table expression of its own, as: with before as (select * from sales.daily at (version => 123))" });
}

function nameOf({ parts, at }: TableReference, references: TableReference[], tree: SerializedSql): string[] {
  if (at === undefined) return parts;
  const isAlone = references.filter((other) => referenceKey(other.parts, undefined) === referenceKey(parts, undefined)).length === 1;
  if (isAlone && isCalledInFull(tree, parts)) return parts;
  return [...parts.slice(0, -1), `${parts[parts.length - 1]}@${"version" in at ? at.version : at.timestampMs}`];
}

/** Whether a column is called `namespace.table.column`: the alias that another name would have has no namespace. */
function isCalledInFull(tree: unknown, parts: readonly string[]): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  const { column_names: names } = tree as { column_names?: unknown };
  const isColumn = parts.length > 1 && Array.isArray(names) && names.length > parts.length && parts.every((part, i) => String(names[i]).toLowerCase() === part.toLowerCase());
  return isColumn || Object.values(tree).some((child) => isCalledInFull(child, parts));
}

function replaced(value: unknown, byKey: ReadonlyMap<string, string[]>): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, byKey));
  if (typeof value !== "object" || value === null) return value;
  const node = Object.fromEntries(Object.entries(value).map(([field, child]) => [field, replaced(child, byKey)])) as Record<string, unknown>;
  if (node.type !== "BASE_TABLE" || !node.at_clause) return node;
  const parts = [node.schema_name, node.table_name].map(String).filter((part) => part !== "");
  const name = byKey.get(referenceKey(parts, readVersion(node.at_clause as Record<string, unknown>, "the statement"))) as string[];
  const tableName = name[name.length - 1];
  // Under another name, its columns are still called by that which stands in the statement.
  return { ...node, at_clause: null, table_name: tableName, ...(tableName !== node.table_name && { alias: node.alias || node.table_name }) };
}
