import { createHash } from "node:crypto";
import { type InferredField, mergeFields, typeText } from "../../formats/inferred-type.ts";
import type { CrawlPolicy, ShapePolicy } from "../../model/crawler.ts";
import type { CrawledTable } from "../external-table.ts";
import { columnsOf } from "./table-columns.ts";

type Shape = Pick<CrawledTable, "format" | "columns" | "partitionColumns">;

/** What becomes of a table's shape when a crawl has found another one. */
export interface ShapeChange {
  /** `replace`: what was found is a table of its own, beside the one that was there. */
  act: "keep" | "change" | "replace";
  columns: InferredField[];
  /** In words; those that the policy leaves out too. */
  changes: string[];
}

/**
 * By the policy for what is new and the one for what differs; the stricter one decides about the table as a whole. Format and
 * partition columns say how the files lie there: they are always as they were found.
 */
export function shapeChange(before: Shape, found: Shape, policy: CrawlPolicy): ShapeChange {
  const old = new Map(before.columns.map((column) => [column.name, column]));
  const merged = mergedColumns(before, found);
  const fresh = merged.filter(({ name }) => !old.has(name));
  const differing = merged.filter((column) => old.has(column.name) && columnText(old.get(column.name) as InferredField) !== columnText(column));
  const outer = outerChanges(before, found);
  const asked = new Set<ShapePolicy>([...(fresh.length > 0 ? [policy.newColumns] : []), ...(differing.length + outer.length > 0 ? [policy.changedTypes] : [])]);
  const note = (text: string, by: ShapePolicy): string => (by === "ignore" ? `${text}: left out by policy` : text);
  const changes = [...outer, ...fresh.map((column) => note(`new column ${columnText(column)}`, policy.newColumns)), ...differing.map((column) => note(typeChange(old, column), policy.changedTypes))];
  if (asked.has("deprecate")) return { act: "replace", columns: found.columns, changes };
  if (asked.has("version")) {
    const gone = before.columns.filter(({ name }) => !found.columns.some((column) => column.name === name));
    return { act: "change", columns: found.columns, changes: [...changes, ...gone.map(({ name }) => `column ${name} is gone`)] };
  }
  const columns = merged.flatMap((column) => {
    const own = old.get(column.name);
    if (own === undefined) return policy.newColumns === "ignore" ? [] : [column];
    return policy.changedTypes === "ignore" ? [own] : [column];
  });
  return { act: shapeText({ ...found, columns }) === shapeText(before) ? "keep" : "change", columns, changes };
}

/** Both together, never narrower; what was counted is of the last crawl wherever that has a say. */
function mergedColumns(before: Shape, found: Shape): InferredField[] {
  const merged = columnsOf({ format: found.format, fields: mergeFields(before.columns, found.columns), files: [] }).columns;
  return merged.map((column) => [found, before].flatMap(({ columns }) => columns).find((each) => columnText(each) === columnText(column)) ?? column);
}

function outerChanges(before: Shape, found: Shape): string[] {
  const text = ({ format }: Shape): string => JSON.stringify(Object.entries(format).sort(([a], [b]) => (a < b ? -1 : 1)));
  const partitions = ({ partitionColumns }: Shape): string => partitionColumns.map(({ name, type }) => `${name}: ${type}`).join(", ") || "none";
  return [
    ...(text(before) === text(found) ? [] : [`read in another way: ${text(before)}, now ${text(found)}`]),
    ...(partitions(before) === partitions(found) ? [] : [`partition columns: ${partitions(before)}, now ${partitions(found)}`]),
  ];
}

function typeChange(old: ReadonlyMap<string, InferredField>, column: InferredField): string {
  return `column ${columnText(old.get(column.name) as InferredField)} becomes ${columnText(column).slice(column.name.length + 2)}`;
}

function columnText({ name, source, type, nullTexts }: InferredField): string {
  return `${name}: ${typeText(type)}${nullTexts ? `, null as ${nullTexts.join(" ")}` : ""}${source === undefined ? "" : `, in the files ${JSON.stringify(source)}`}`;
}

/** The same for shapes that read files in the same way: counts of evidence make no difference. */
export function shapeText({ format, columns, partitionColumns }: Shape): string {
  return digest([Object.entries(format).sort(([a], [b]) => (a < b ? -1 : 1)), columns.map(columnText), partitionColumns]);
}

/** The same for tables that nobody can tell apart. */
export function tableText(table: CrawledTable): string {
  return digest([shapeText(table), table.location, table.files, table.personal, ...(table.connection ? [table.connection] : [])]);
}

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
