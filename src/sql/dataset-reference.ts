import { sqlName } from "../lake/duckdb.ts";
import type { TableReference } from "./query-request.ts";

/*
 * A dataset as people name it, in commands, requests and checks: `sales.daily`, `topics.orders`, and `topics.orders.eu` or `topics."orders.eu"` for
 * a topic whose name has dots. What is behind the first dot is one name.
 */

function partsOf(dataset: string): string[] {
  const at = dataset.indexOf(".");
  if (at < 0) return [dataset];
  const [namespace, name] = [dataset.slice(0, at), dataset.slice(at + 1)];
  return [namespace, namespace === "topics" ? name.replace(/^"(.*)"$/, "$1") : name];
}

/** As a statement names it. */
export const datasetSql = (dataset: string): string => partsOf(dataset).map(sqlName).join(".");

/** As a resolver is asked for it. @param where - for errors */
export function datasetReference(dataset: string, where: string): TableReference {
  const parts = partsOf(dataset);
  return { ...(parts.length > 1 && { namespace: parts[0] }), name: parts[parts.length - 1], parts, where };
}
