import type { PartitionColumn } from "../formats/hive-partitions.ts";
import type { ColumnCondition, FilesSource, SourceFile } from "./query-request.ts";

/**
 * The source without the files that lie in partitions of which no row fulfils the conditions. A source whose columns are still
 * to be found out stays whole: its files say what they are.
 */
export function withoutPartitions(source: FilesSource, conditions: readonly ColumnCondition[] = []): FilesSource {
  const { columns, partitionColumns, files } = source;
  const own = new Set(columns?.map(({ name }) => name.toLowerCase()));
  const tests = conditions.flatMap((condition) => {
    const column = partitionColumns.find(({ name }) => name.toLowerCase() === condition.column.toLowerCase());
    return column && !own.has(column.name.toLowerCase()) && isComparable(column, condition) ? [{ column: column.name, ...compared(condition) }] : [];
  });
  if (columns === undefined || tests.length === 0) return source;
  const kept = files.filter((file) => tests.every(({ column, holds }) => holds(partitionValue(file, column))));
  return { ...source, files: kept, filesPruned: files.length - kept.length };
}

/** Only where the engine changes neither side to compare them. */
function isComparable({ type }: PartitionColumn, { as, value }: ColumnCondition): boolean {
  if (type === "long") return as === "INTEGER";
  if (type === "string") return as === "VARCHAR";
  return (as === "DATE" || as === "VARCHAR") && /^\d{4}-\d{2}-\d{2}$/.test(String(value));
}

const partitionValue = ({ partition = {} }: SourceFile, column: string): string | null => partition[column] ?? null;

/** Null fulfils no condition. Texts are compared by their bytes, as the engine does. */
function compared({ op, value, as }: ColumnCondition): { holds(found: string | null): boolean } {
  const order = (found: string): number => (as === "INTEGER" ? Number(found) - Number(value) : Buffer.compare(Buffer.from(found), Buffer.from(String(value))));
  const fits = { "=": (n: number) => n === 0, "<": (n: number) => n < 0, "<=": (n: number) => n <= 0, ">": (n: number) => n > 0, ">=": (n: number) => n >= 0 }[op];
  return { holds: (found) => found !== null && fits(order(found)) };
}
