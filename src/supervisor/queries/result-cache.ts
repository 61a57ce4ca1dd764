import type { SqlSource, TableReference } from "../../sql/query-request.ts";
import { contentOf } from "../source-state.ts";

/** What decides the result of a statement: the statement, all that it reads, and how many rows are wanted. */
export interface ResultKey {
  fingerprint: string | undefined;
  sources: readonly SqlSource[];
  rowsMax: number | undefined;
  /** Whose results are shared with nobody: that one was there would tell of others. */
  token: string | undefined;
}

/** @returns undefined where the same statement may have another result: it reads topics or files of others, or it or a view asks for the time */
export function resultKey({ fingerprint, sources, rowsMax, token }: ResultKey): string | undefined {
  const contents = sources.map((source) => (source.kind === "table" || source.kind === "view" ? contentOf(source) : undefined));
  if (fingerprint === undefined || contents.includes(undefined)) return undefined;
  return JSON.stringify([fingerprint, contents, rowsMax, token]);
}

/** What was learned of a text: enough to find its result again without a process. */
export interface GatedText {
  fingerprint: string | undefined;
  /** What the statement reads; then what its views read; and so on. */
  rounds: TableReference[][];
}
