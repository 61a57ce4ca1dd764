import { isCallName } from "../wrangle/nested/calls.ts";
import { isAggregate } from "./lineage/function-kinds.ts";
import type { TreeNode } from "./lineage/tree.ts";
import type { SerializedSql } from "./statement-gate.ts";

/** Parts of a statement that look at more than a row: what they give can depend on the order in which rows come. */
const wholeParts = new Set(["LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER", "PIVOT"]);

/** Calls of ours that do the same to each row. */
const rowCalls = new Set(["flatten", "apply_mapping", "unpivot_table"]);

/**
 * Whether a statement makes of each row what it makes, whatever comes before it: then the engine need not keep rows in order,
 * and its threads need not wait for one another. An ORDER BY of the statement's own stands in any case.
 */
export function isRowByRow(tree: SerializedSql): boolean {
  const isOfRows = (value: unknown): boolean => {
    if (typeof value !== "object" || value === null) return true;
    if (Array.isArray(value)) return value.every(isOfRows);
    const node = value as TreeNode;
    if (node.class === "WINDOW" || isAggregate(node) || wholeParts.has(String(node.type)) || node.ref_type === "POSITIONAL" || node.sample) return false;
    const name = node.class === "FUNCTION" ? String(node.function_name).toLowerCase() : "";
    if (isCallName(name) && !rowCalls.has(name)) return false;
    return Object.values(node).every(isOfRows);
  };
  return isOfRows(tree.statements);
}

/** Set before the engine is locked, for a statement that writes. */
export const anyOrder = "set preserve_insertion_order = false";
