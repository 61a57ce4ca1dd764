import { aggregateFunctions } from "../allowed-functions.ts";
import type { TreeNode } from "./tree.ts";

/** Whose lambda's parameters are the elements of the list before it. */
const lambdaFunctions = new Set([
  "apply", "array_apply", "array_filter", "array_reduce", "array_transform", "filter", "list_apply", "list_filter", "list_reduce", "list_transform", "reduce",
]);

/** From what they give nobody reads what they were given. */
const maskingFunctions = new Set(["approx_count_distinct", "count", "count_if", "countif", "hash", "md5", "md5_number", "md5_number_lower", "md5_number_upper", "sha1", "sha256"]);

const nameOf = ({ function_name }: TreeNode): string => String(function_name).toLowerCase();

export const isAggregate = (node: TreeNode): boolean => node.class === "FUNCTION" && aggregateFunctions.has(nameOf(node));
export const isMasking = (node: TreeNode): boolean => maskingFunctions.has(nameOf(node));
export const takesLambda = (node: TreeNode): boolean => lambdaFunctions.has(nameOf(node));

/** Whether an expression is one over groups of rows. */
export function hasAggregate(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasAggregate);
  const node = value as TreeNode;
  if (node.class === "WINDOW" || node.class === "SUBQUERY") return false;
  return isAggregate(node) || Object.values(node).some(hasAggregate);
}
