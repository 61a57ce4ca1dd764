import { useNavigate, useSearch } from "@tanstack/react-router";
import { texts } from "../../search.ts";

/**
 * What the address of the page holds. `run`: queries that were sent together, with commas between; `query`: the one that is
 * seen; `saved`: the saved query in the editor; `text`: what stands in the editor and was not run, while it is short, and
 * `base`: the version of the saved query that it was made of; `side`: what is open beside, `find` and `before`: what of it,
 * `open`: what of the tables is unfolded; `tab`: the part of the result, `order`: the column that its rows are ordered by; the rest is the chart's and the plan's.
 */
export const sqlSearch = texts("run", "query", "saved", "text", "base", "side", "find", "before", "open", "tab", "order", "kind", "x", "y", "by", "measured");

export type SqlSearch = ReturnType<typeof sqlSearch>;

/** Longer texts do not go into the address. */
export const textCharsMax = 1_500;

export function useSqlSearch(): { search: SqlSearch; set(change: SqlSearch): void } {
  const navigate = useNavigate({ from: "/sql" });
  const search = useSearch({ from: "/shell/sql" });
  return { search, set: (change) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true }) };
}
