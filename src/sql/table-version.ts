import { MillraceError } from "../errors.ts";
import type { TableVersion } from "./query-request.ts";

interface TreeNode {
  [field: string]: unknown;
}

/**
 * What `at (version => …)` or `at (timestamp => …)` asks for. A version is the id of a snapshot, or as text the name of a tag
 * or branch; a time without an offset is in UTC.
 *
 * @param clause - as it stands in the engine's tree
 * @throws MillraceError `MR-SQL-002` when it is no constant, or none that says a version
 */
export function readVersion(clause: TreeNode, where: string): TableVersion {
  const value = constantOf(clause.expr as TreeNode);
  if (clause.unit === "VERSION" && (typeof value === "bigint" || Number.isSafeInteger(value) || (typeof value === "string" && value !== ""))) return { version: String(value) };
  const timestampMs = clause.unit === "TIMESTAMP" && typeof value === "string" ? readTime(value) : undefined;
  if (timestampMs !== undefined) return { timestampMs };
  throw new MillraceError("MR-SQL-002", {
    what: "AT takes constants alone: the id of a snapshot, a tag or branch, or a time",
    where,
    mend: "write at (version => 123), at (version => 'a tag or branch') or at (timestamp => timestamp '2026-01-01 00:00:00')",
  });
}

/** Types that a time may be cast to: they change nothing of what its text says. */
const timeTypes = new Set(["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]);

const constantTypes = new Set(["INTEGER", "BIGINT", "VARCHAR"]);

function constantOf(node: TreeNode): unknown {
  if (node.class === "CAST" && !node.try_cast && timeTypes.has(String((node.cast_type as TreeNode).id))) return constantOf(node.child as TreeNode);
  if (node.class !== "CONSTANT") return undefined;
  const { type, value } = node.value as TreeNode;
  // A decimal stands there as a whole number too.
  return constantTypes.has(String((type as TreeNode).id)) ? value : undefined;
}

const form = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

function readTime(text: string): number | undefined {
  const [, day, time = "00:00", offset = "Z"] = form.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const zone = offset.length === 3 ? `${offset}:00` : offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset;
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The same for the same version of the same table, whatever the case of its letters. */
export function referenceKey(parts: string[], at: TableVersion | undefined): string {
  return `${JSON.stringify(parts).toLowerCase()} ${at === undefined ? "" : JSON.stringify(at)}`;
}
