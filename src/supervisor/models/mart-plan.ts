import type { Manifest } from "../../model/manifest.ts";
import { changesOf, martChanges } from "../../model/marts/mart-changes.ts";
import { canonical } from "../../model/release.ts";
import type { MartPlan } from "../../server/model-control.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import type { StatementTree } from "./compare-statements.ts";
import { treeOf } from "./model-plan.ts";

type Side = Pick<Manifest, "tables" | "topics" | "external" | "marts">;

/** Views and tables that stand on one another. */
const levelsMax = 50;

/**
 * What another release does to marts: who may read them, which tables they have, which columns these lose, which is what breaks
 * their readers' reports, and which they show for the first time. Columns are those that statements name, at any remove; of one whose columns are not known
 * without running it nothing is said.
 */
export async function martPlans(runner: Pick<SqlRunner, "run">, from: Side, to: Side): Promise<MartPlan[]> {
  const changes = new Map(martChanges(from.marts, to.marts).map((change) => [change.name, change]));
  const plans: MartPlan[] = [];
  for (const name of [...new Set([...Object.keys(from.marts ?? {}), ...changes.keys()])].sort()) {
    const [before, after] = [from.marts?.[name], to.marts?.[name]];
    const [lost, gained]: [MartPlan["lost"], MartPlan["gained"]] = [[], []];
    for (const table of after?.tables.filter((each) => before?.tables.includes(each)) ?? []) {
      const columns = await columnChanges(runner, from, to, table);
      if (columns.lost.length > 0) lost.push({ table, columns: columns.lost });
      if (columns.gained.length > 0) gained.push({ table, columns: columns.gained });
    }
    const change = changes.get(name) ?? (lost.length + gained.length > 0 ? changesOf(name, before, after) : undefined);
    if (change) plans.push({ ...change, lost, gained });
  }
  return plans;
}

async function columnChanges(runner: Pick<SqlRunner, "run">, from: Side, to: Side, table: string): Promise<{ lost: string[]; gained: string[] }> {
  // Statements are parsed in a process of their own: not for those that say what they said.
  if (canonical(declared(from, table)) === canonical(declared(to, table))) return { lost: [], gained: [] };
  const [before, after] = [await columnsOf(runner, from, table), await columnsOf(runner, to, table)];
  if (before === undefined || after === undefined) return { lost: [], gained: [] };
  return { lost: besides(before, after), gained: besides(after, before) };
}

/** Of some names those that are not among others, whatever the case of their letters. */
function besides(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map((name) => name.toLowerCase()));
  return names.filter((name) => !known.has(name.toLowerCase()));
}

/** All that decides what a table's columns are called, with what it stands on. */
function declared(side: Side, name: string, seen: ReadonlySet<string> = new Set()): unknown {
  if (seen.has(name)) return name;
  const { model, columns } = side.tables[name] ?? {};
  const inner = new Set([...seen, name]);
  const external = side.external?.[name];
  const known = columns ?? topicOf(side, name)?.columns ?? (external?.kind === "files" ? external.columns : undefined);
  return { name, columns: namesOf(known) ?? null, sql: model?.sql ?? null, reads: (model?.reads ?? []).map((read) => declared(side, read, inner)) };
}

const namesOf = (columns: readonly { name: string }[] | undefined): string[] | undefined => columns?.map(({ name }) => name);

const topicOf = ({ topics }: Side, name: string): Side["topics"][string] | undefined => (name.startsWith("topics.") ? topics[name.slice("topics.".length)] : undefined);

/** Undefined where they are not known. */
async function columnsOf(runner: Pick<SqlRunner, "run">, side: Side, name: string, level = 0): Promise<string[] | undefined> {
  const topic = topicOf(side, name);
  if (topic) return namesOf(topic.columns);
  const external = side.external?.[name];
  if (external?.kind === "files") return namesOf(external.columns);
  const { model, columns } = side.tables[name] ?? {};
  if (columns !== undefined && columns.length > 0) return namesOf(columns);
  if (model === undefined || model.sql === "" || level > levelsMax) return undefined;
  const selected = selectedNames(await treeOf(runner, model.sql));
  if (selected === undefined || Array.isArray(selected)) return selected;
  return columnsOf(runner, side, selected.allOf, level + 1);
}

interface TreeNode {
  [field: string]: unknown;
}

/** What the outermost SELECT gives: names of columns, or all that one table has. Undefined where it is neither. */
function selectedNames(tree: StatementTree | undefined): string[] | { allOf: string } | undefined {
  const node = tree?.statements?.[0]?.node as TreeNode | undefined;
  if (node?.type !== "SELECT_NODE") return undefined;
  const items = node.select_list as TreeNode[];
  if (items.length === 1 && items[0].class === "STAR") return wholeTable(items[0], node.from_table as TreeNode);
  const names = items.map(nameOf);
  return names.every((name) => name !== undefined) ? (names as string[]) : undefined;
}

function wholeTable(star: TreeNode, from: TreeNode): { allOf: string } | undefined {
  const isEmpty = (value: unknown): boolean => value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  const isPlain = isEmpty(star.exclude_list) && isEmpty(star.replace_list) && isEmpty(star.rename_list) && !star.columns && isEmpty(from.column_name_alias);
  if (!isPlain || from.type !== "BASE_TABLE" || !from.schema_name) return undefined;
  return { allOf: [from.catalog_name, from.schema_name, from.table_name].filter(Boolean).join(".") };
}

function nameOf({ class: kind, alias, column_names }: TreeNode): string | undefined {
  if (alias) return String(alias);
  return kind === "COLUMN_REF" ? String((column_names as string[]).at(-1)) : undefined;
}
