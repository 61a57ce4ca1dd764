import type { SerializedSql } from "./statement-gate.ts";

interface TreeNode {
  [field: string]: unknown;
}

/** Parts of a statement that can mean columns without naming them. */
const unnamed = new Set(["STAR", "PIVOT", "SHOW_REF", "POSITIONAL_REFERENCE"]);

/**
 * All names that a statement mentions, in lower case: whatever columns of its tables it uses, they are among these. Undefined
 * where it may use columns that it does not name, as by `*`, NATURAL joins, whole rows, or names of its own for them.
 */
export function mentionedNames(tree: SerializedSql): string[] | undefined {
  const names = new Set<string>();
  const tables = new Set<string>();
  const alone = new Set<string>();
  const isWhole = (value: unknown): boolean => {
    if (typeof value !== "object" || value === null) return true;
    if (Array.isArray(value)) return value.every(isWhole);
    const node = value as TreeNode;
    if (unnamed.has(String(node.class)) || unnamed.has(String(node.type)) || node.ref_type === "NATURAL" || hasNames(node.column_name_alias)) return false;
    if (node.type === "BASE_TABLE") for (const name of [node.table_name, node.alias]) tables.add(String(name).toLowerCase());
    if (node.class === "COLUMN_REF") {
      const parts = (node.column_names as unknown[]).map((part) => String(part).toLowerCase());
      for (const part of parts) names.add(part);
      if (parts.length === 1) alone.add(parts[0]);
    }
    for (const name of (node.using_columns as unknown[] | undefined) ?? []) names.add(String(name).toLowerCase());
    return Object.values(node).every(isWhole);
  };
  if (!isWhole(tree.statements)) return undefined;
  // A table's name where a column's could stand is its whole row.
  return [...alone].some((name) => tables.has(name)) ? undefined : [...names];
}

const hasNames = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
