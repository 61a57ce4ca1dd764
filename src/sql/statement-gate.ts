import { MillraceError } from "../errors.ts";
import { parseExact } from "../lake/exact-json.ts";
import { nearest } from "../model/names.ts";
import { allowedFunctions, allowedTableFunctions } from "./allowed-functions.ts";
import type { TableReference } from "./query-request.ts";
import { placeInSql } from "./sql-text.ts";
import { referenceKey, readVersion } from "./table-version.ts";

/*
 * The gate looks at the engine's own tree of a statement, as `json_serialize_sql` prints it, and lets through one SELECT
 * made of known parts. It is a list of what is allowed: a kind of node that a later engine brings is refused until
 * somebody has looked at it. It finds what the statement reads; it does not decide who may read it.
 */

export interface SerializedSql {
  error: boolean;
  error_type?: string;
  error_message?: string;
  position?: string;
  statements?: { node: TreeNode }[];
}

interface TreeNode {
  [field: string]: unknown;
}

const queriesMax = 201;
/** Expressions inside one another: planning time grows faster than their square. */
const depthMax = 200;
/** Levels of the tree as JSON, of which an expression takes two. */
const treeDepthMax = 3_000;

const expressionClasses = new Set([
  "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR",
  "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
]);

const queryNodes = new Set(["SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"]);

const fromNodes = new Set(["BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "COLUMN_DATA", "CTE", "PIVOT", "SHOW_REF", "EMPTY"]);

/** Modifiers of a query, directions of ORDER BY, details of types. */
const otherNodes = /_MODIFIER$|^ORDER_|^(ASCENDING|DESCENDING)$|_TYPE_INFO$/;

/**
 * The tree as the engine prints it, whose numbers may be ones that JSON does not have: `1e400`. Where a version of a table is
 * asked for, whole numbers that no double holds are bigints: ids of snapshots are such.
 */
export function parseTree(text: string, exact = text.includes('"at_clause":{')): SerializedSql {
  // Inside a string of JSON every quote has a backslash before it, so that nothing there can look like this.
  const json = text.replaceAll(/"value":-?(?:Infinity|NaN)/g, '"value":null');
  return (exact ? parseExact(json) : JSON.parse(json)) as SerializedSql;
}

/**
 * @param tree - what the engine makes of `sql`
 * @returns what the statement reads, each once, whatever the case of its letters
 * @throws MillraceError `MR-SQL-001` when it is no statement, `MR-SQL-002` when it is not allowed
 */
export function gateStatement(sql: string, tree: SerializedSql): TableReference[] {
  if (tree.error) throw notParsed(sql, tree);
  const statements = tree.statements ?? [];
  if (statements.length === 0) throw new MillraceError("MR-SQL-001", { what: "there is no statement", where: "line 1, column 1", mend: 'write a SELECT, for instance "select 1"' });
  if (statements.length > 1) throw refused(`there are ${statements.length} statements; one is the most`, "the statement", "send them one after the other");
  const gate = new Gate(sql);
  gate.walk(statements[0].node, noScope, 0, 0);
  return gate.references;
}

function notParsed(sql: string, { error_type, error_message, position }: SerializedSql): MillraceError {
  if (error_type === "not implemented") return refused("only SELECT statements are run", "line 1, column 1", "read with SELECT; datasets are written by stages and tasks alone");
  if (/max expression depth/i.test(error_message ?? "")) return refused("expressions stand too deep inside one another", "the statement", "split the statement with common table expressions");
  if (error_message?.includes("NameListToString")) return new MillraceError("MR-SQL-001", { what: "a name has more than three parts", where: "the statement", mend: 'name a table as namespace.table, a topic as topics."name"' });
  const where = position === undefined ? "the statement" : placeInSql(sql, Number(position), "characters");
  return new MillraceError("MR-SQL-001", { what: error_message ?? "it could not be parsed", where, mend: "correct the statement there" });
}

/** Names of common table expressions that a part of the statement sees, in lower case. */
type Scope = ReadonlySet<string>;
const noScope: Scope = new Set();

class Gate {
  readonly references: TableReference[] = [];
  readonly #sql: string;
  readonly #known = new Set<string>();
  #queries = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  /** @param depth - expressions around the node; `level` - JSON around it */
  walk(value: unknown, scope: Scope, depth: number, level: number): void {
    if (typeof value !== "object" || value === null) return;
    if (level > treeDepthMax) throw refused("the statement is nested too deep", "the statement", "write it with fewer levels");
    if (Array.isArray(value)) {
      for (const item of value) this.walk(item, scope, depth, level + 1);
      return;
    }
    const node = value as TreeNode;
    const expression = typeof node.class === "string";
    if (expression) this.#expression(node, depth);
    else if (typeof node.type === "string") this.#part(node, scope);
    const inner = this.#commonTables(node, scope, depth, level);
    for (const [field, child] of Object.entries(node)) {
      if (field === "cte_map" || (field === "value" && node.class === "CONSTANT")) continue;
      // The call itself has been judged as one in FROM; what it is given is judged like any expression.
      const inside = field === "function" && node.type === "TABLE_FUNCTION" ? Object.values(child as TreeNode).filter((part) => typeof part === "object") : child;
      this.walk(inside, inner, depth + (expression ? 1 : 0), level + 1);
    }
  }

  #expression(node: TreeNode, depth: number): void {
    const kind = node.class as string;
    if (kind === "PARAMETER") throw refused("the statement has a parameter without a value", this.#where(node), "write the value in its place");
    if (!expressionClasses.has(kind)) throw refused(`expressions of the kind ${kind} are not allowed`, this.#where(node), "write it in another way");
    if (depth > depthMax) throw refused(`more than ${depthMax} operators or calls are chained`, this.#where(node), "split the statement with common table expressions, or use a list: list_sum([…]), x in (…)");
    if (kind === "FUNCTION" || kind === "WINDOW") this.#function(node);
  }

  #function(node: TreeNode): void {
    const name = String(node.function_name).toLowerCase();
    // The parser itself writes `main` before some functions, for lists and structs.
    if ((node.schema && node.schema !== "main") || (node.catalog && node.catalog !== "system")) throw refused(`function ${quoted(name)} is called with a schema`, this.#where(node), "call it by its name alone");
    if (allowedFunctions.has(name)) return;
    const near = nearest(name, allowedFunctions);
    throw refused(`function ${quoted(name)} is not allowed, or does not exist`, this.#where(node), near ? `correct the name (nearest: ${near})` : "use functions of numbers, text, times, lists and JSON, and aggregates");
  }

  /** What is no expression: queries, parts of FROM, and what describes types and orders. */
  #part(node: TreeNode, scope: Scope): void {
    const kind = node.type as string;
    if (queryNodes.has(kind)) this.#query();
    if (queryNodes.has(kind) || otherNodes.test(kind)) return;
    if (!fromNodes.has(kind)) throw refused(`${kind} is not allowed`, this.#where(node), "write it in another way");
    if (kind === "BASE_TABLE") this.#table(node, scope);
    if (kind === "TABLE_FUNCTION") this.#tableFunction(node);
    if (kind === "SHOW_REF" && !node.query) throw refused("SHOW is not allowed", "line 1, column 1", "`millrace status` lists the tables, `millrace topics list` the topics; DESCRIBE shows one");
  }

  #query(): void {
    this.#queries += 1;
    if (this.#queries > queriesMax) throw refused(`the statement has more than ${queriesMax - 1} set operations and subqueries`, "the statement", "use VALUES, or a table, in place of many SELECTs");
  }

  #tableFunction(node: TreeNode): void {
    const call = node.function as TreeNode;
    const name = String(call.function_name).toLowerCase();
    if (call.class !== "FUNCTION" || call.schema || call.catalog || !allowedTableFunctions.has(name)) throw refused(`function ${quoted(name)} is not allowed in FROM`, this.#where(node), "read a table (namespace.table) or a topic (topics.\"name\")");
  }

  #table(node: TreeNode, scope: Scope): void {
    const [catalog, schema, table] = [node.catalog_name, node.schema_name, node.table_name].map((part) => String(part ?? ""));
    const where = this.#where(node);
    const isCommon = !catalog && !schema && scope.has(table.toLowerCase());
    const at = node.at_clause ? readVersion(node.at_clause as TreeNode, where) : undefined;
    if (at && (isCommon || [catalog, schema].some((part) => part.toLowerCase() === "topics"))) throw refused(`${quoted(table)} has no versions: only tables do`, where, "leave AT out");
    if (isCommon) return;
    if (/[/\\]|\.(parquet|csv|tsv|json|jsonl|ndjson)$/i.test(table) && !catalog && !schema) {
      throw refused(`files cannot be read: ${quoted(table)}`, where, "load the file with a source, then read its topic or table");
    }
    this.#add(catalog, schema, table, { where, ...(at && { at }) });
  }

  #add(catalog: string, schema: string, table: string, place: Pick<TableReference, "where" | "at">): void {
    if (catalog && catalog.toLowerCase() !== "topics") {
      throw new MillraceError("MR-SQL-003", { what: `${[catalog, schema, table].map(quoted).join(".")} does not exist`, where: place.where, mend: "name a table as namespace.table, a topic as topics.\"name\"" });
    }
    // An unquoted topic name with one dot comes as three parts: topics.orders.large.
    const parts = [catalog, schema, table].filter((part) => part !== "");
    const key = referenceKey(parts, place.at);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    if (catalog) this.references.push({ namespace: "topics", name: `${schema}.${table}`, parts, ...place });
    else this.references.push({ namespace: schema || undefined, name: table, parts, ...place });
  }

  /** Each expression of WITH sees those before it, and itself when it is recursive; the rest sees all of them. */
  #commonTables(node: TreeNode, scope: Scope, depth: number, level: number): Scope {
    const list = (node.cte_map as { map?: { key: string; value: { query?: { node?: TreeNode } } }[] } | undefined)?.map ?? [];
    if (list.length === 0) return scope;
    const inner = new Set(scope);
    for (const { key, value } of list) {
      const name = key.toLowerCase();
      const recursive = value.query?.node?.type === "RECURSIVE_CTE_NODE";
      this.walk(value, recursive ? new Set(inner).add(name) : new Set(inner), depth, level + 1);
      inner.add(name);
    }
    return inner;
  }

  #where(node: TreeNode): string {
    const at = Number(node.query_location);
    // The engine writes the largest integer where it knows no place.
    return Number.isSafeInteger(at) ? placeInSql(this.#sql, at) : "the statement";
  }
}

const quoted = (name: string): string => JSON.stringify(name);

function refused(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-SQL-002", { what, where, mend });
}
