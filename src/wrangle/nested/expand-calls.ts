import { sqlName } from "../../lake/duckdb.ts";
import { readArguments, type TreeNode } from "./call-arguments.ts";
import { isCallName, reshape } from "./calls.ts";
import type { Field, Relation } from "./nested-type.ts";
import { unfit } from "./wrangle-error.ts";

/*
 * `select * from flatten(raw.quakes, depth := 2)` becomes a SELECT in the engine's own tree of the statement, where nothing
 * has to be found in a text. It is done in two steps, for what a statement reads must be known before its columns are:
 * first each call is only its input, so that the gate sees the tables; when those are there, each is what it does.
 */

/** The tree of a statement, as `json_serialize_sql` prints it. */
export interface StatementTree {
  statements?: { node: TreeNode }[];
}

/** What the engine does for us. */
export interface TreeEngine {
  parse(sql: string): Promise<StatementTree>;
  /** The text of a tree. */
  print(tree: StatementTree): Promise<string>;
  /** The fields of a SELECT's result, which is not run. Called by `expandCalls` alone. */
  describe(sql: string): Promise<Field[]>;
  /** Names of the secrets that the statement is given, for steps with a key. */
  secrets: ReadonlySet<string>;
  /** Where a node stands in the text, for people. */
  where(node: TreeNode): string;
}

/** Beyond this the gate refuses the statement, and nothing in it is looked at here. */
const levelsMax = 3_000;

/** Whether there is anything to do. */
export function hasCalls(tree: StatementTree): boolean {
  const inside = (value: unknown, level: number): boolean => typeof value === "object" && value !== null && level <= levelsMax && (isCall(value as TreeNode) || Object.values(value).some((child) => inside(child, level + 1)));
  return (tree.statements ?? []).some(({ node }) => inside(node, 0));
}

/** The statement with the input of each call in its place: it reads the same tables. */
export function inputsOfCalls(tree: StatementTree, engine: Pick<TreeEngine, "parse" | "print" | "where">): Promise<StatementTree> {
  return replaceCalls(tree, { ...engine, describe: undefined, secrets: new Set() });
}

/**
 * The statement with a SELECT for each call.
 * @throws MillraceError `MR-WRANGLE-001` for a call that cannot be, `MR-WRANGLE-002` for rows that are too deep or too wide
 */
export function expandCalls(tree: StatementTree, engine: TreeEngine): Promise<StatementTree> {
  return replaceCalls(tree, engine);
}

type Expander = Omit<TreeEngine, "describe"> & { describe: TreeEngine["describe"] | undefined };

async function replaceCalls(tree: StatementTree, engine: Expander): Promise<StatementTree> {
  const copy = structuredClone(tree);
  for (const { node } of copy.statements ?? []) await walk(node, [], 0, engine);
  return copy;
}

/** @param scope - common table expressions that are seen here, from the outermost */
async function walk(value: unknown, scope: readonly TreeNode[], level: number, engine: Expander): Promise<void> {
  if (typeof value !== "object" || value === null || level > levelsMax) return;
  const node = value as TreeNode;
  const commons = commonTables(node);
  for (const [i, common] of commons.entries()) await walk(common, [...scope, ...commons.slice(0, i)], level + 1, engine);
  const inner = commons.length === 0 ? scope : [...scope, ...commons];
  for (const [field, child] of Object.entries(node)) {
    if (field === "cte_map") continue;
    if (isCall(child)) node[field] = await replaced(child, inner, level, engine);
    else await walk(child, inner, level + 1, engine);
  }
}

const commonTables = (node: TreeNode): TreeNode[] => (node.cte_map as { map?: TreeNode[] } | undefined)?.map ?? [];

function isCall(value: unknown): value is TreeNode & { function: TreeNode } {
  const node = value as TreeNode | null;
  return typeof node === "object" && node !== null && node.type === "TABLE_FUNCTION" && isCallName(callName(node.function as TreeNode));
}

const callName = (call: TreeNode | undefined): string => (call?.schema || call?.catalog ? "" : String(call?.function_name).toLowerCase());

async function replaced(node: TreeNode & { function: TreeNode }, scope: readonly TreeNode[], level: number, engine: Expander): Promise<TreeNode> {
  const { from } = await relationOf(node.function, scope, level, engine);
  const { node: select } = ((await engine.parse(`select * from ${from}`)).statements ?? [])[0];
  const { alias, column_name_alias, query_location, sample } = node;
  return { ...(select.from_table as TreeNode), alias, column_name_alias, query_location, sample };
}

async function relationOf(call: TreeNode, scope: readonly TreeNode[], level: number, engine: Expander): Promise<Relation> {
  const [input, ...rest] = (call.children ?? []) as TreeNode[];
  const name = callName(call);
  const where = `${name}, ${engine.where(call)}`;
  const given = readArguments(rest, where);
  const rows = await inputOf(input, where, scope, level, engine);
  return engine.describe === undefined ? rows : reshape(name, rows, given, where, engine.secrets);
}

async function inputOf(node: TreeNode | undefined, where: string, scope: readonly TreeNode[], level: number, engine: Expander): Promise<Relation> {
  if (node?.class === "FUNCTION" && isCallName(callName(node))) return relationOf(node, scope, level + 1, engine);
  const from = await inputText(node, where, scope, level, engine);
  if (engine.describe === undefined) return { from, fields: [] };
  const tree = await engine.parse(`select * from ${from} limit 0`);
  const statement = (tree.statements ?? [])[0];
  statement.node.cte_map = { map: scope };
  return { from, fields: await engine.describe(await engine.print(tree)) };
}

async function inputText(node: TreeNode | undefined, where: string, scope: readonly TreeNode[], level: number, engine: Expander): Promise<string> {
  if (node?.class === "COLUMN_REF") return (node.column_names as string[]).map(sqlName).join(".");
  if (node?.class !== "SUBQUERY" || node.subquery_type !== "SCALAR") throw unfit("it is given no rows", where, "write the name of a table first, or a SELECT in brackets");
  const { node: select } = node.subquery as { node: TreeNode };
  await walk(select, scope, level + 1, engine);
  const tree = await engine.parse("select 1");
  return `(${await engine.print({ ...tree, statements: [{ ...(tree.statements ?? [])[0], node: select }] })})`;
}
