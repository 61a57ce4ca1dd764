import type { ErrorJson } from "../../errors.ts";
import type { QueryValue } from "../../sql/query-request.ts";

/** What the process that runs functions of checks is told: `begin`, any number of `rows`, `end`; each is answered before the next. */
export type ToRowJudge =
  | { type: "begin"; codeFolder: string; module: string; export: string; checks: string[]; sampleMax: number }
  | { type: "rows"; columns: string[]; rows: QueryValue[][] }
  | { type: "end" };

export type FromRowJudge = { type: "done" } | { type: "verdicts"; verdicts: RowVerdict[] } | { type: "failed"; error: ErrorJson };

export interface RowVerdict {
  check: string;
  rows: number;
  failures: number;
  sample: Record<string, QueryValue>[];
}
