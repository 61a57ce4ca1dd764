import type { SkippedRows } from "./query-request.ts";

/** What was left out of sources, in words for whoever reads the result. */
export function skippedTexts(skipped: readonly SkippedRows[] = []): string[] {
  return skipped.map(({ dataset = "the files", rows, files, first }) => {
    const parts = [...(rows > 0 ? [counted(rows, "row")] : []), ...(files > 0 ? [counted(files, "file")] : [])];
    const place = first.line === undefined ? first.file : `${first.file}, line or record ${first.line}`;
    return `${parts.join(" and ")} of ${dataset} ${rows + files === 1 ? "was" : "were"} left out; the first: ${first.reason} (${place})`;
  });
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
