import type { SkippedRows } from "./query-request.ts";

/**
 * What was left out of sources, in words for whoever reads the result.
 * @param toldWhere - whether of which source, and why
 */
export function skippedTexts(skipped: readonly SkippedRows[] = [], toldWhere = true): string[] {
  return skipped.map(({ dataset = "the files", rows, files, first }) => {
    const parts = [...(rows > 0 ? [counted(rows, "row")] : []), ...(files > 0 ? [counted(files, "file")] : [])];
    if (!toldWhere) return `${parts.join(" and ")} of what the result is made of ${rows + files === 1 ? "was" : "were"} left out`;
    const place = first.line === undefined ? first.file : `${first.file}, line or record ${first.line}`;
    return `${parts.join(" and ")} of ${dataset} ${rows + files === 1 ? "was" : "were"} left out; the first: ${first.reason} (${place})`;
  });
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
