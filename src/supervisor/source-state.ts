import { createHash } from "node:crypto";
import { mayVary } from "../sql/fingerprint.ts";
import type { SqlSource } from "../sql/query-request.ts";

/**
 * The same text for as long as a source has the same rows under the same columns. Of a view: for as long as its statement is the
 * same; what it reads are sources of their own.
 *
 * @returns undefined where nobody can tell without reading it
 */
export function contentOf(source: SqlSource): string | undefined {
  switch (source.kind) {
    // The same rows have other columns when one is renamed: that is no new version of the table.
    case "table":
      return textOf(source.dataset, source.snapshotId?.toString(), digestOf(source.columns, source.byFile));
    case "view":
      return mayVary(source.sql) ? undefined : textOf(source.dataset, source.sql);
    case "files":
      return source.version && textOf(source.dataset, digestOf(source.version, source.onBadRows, source.classifiers, source.formatKind));
    case "topic":
      return source.records.kind === "segments" ? textOf(source.dataset, digestOf(source.columns, source.records)) : undefined;
    default:
      return undefined;
  }
}

/** The same text for as long as a source has the same columns. Undefined as `contentOf` has it. */
export function columnsOfSource(source: SqlSource): string | undefined {
  switch (source.kind) {
    case "table":
      return textOf(source.dataset, digestOf(source.columns, source.byFile));
    case "topic":
    case "copy":
      return textOf(source.dataset, digestOf(source.columns));
    case "view":
      return textOf(source.dataset, source.sql);
    default:
      return contentOf(source);
  }
}

const textOf = (...parts: readonly (string | undefined)[]): string => JSON.stringify(parts);
const digestOf = (...parts: readonly unknown[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
