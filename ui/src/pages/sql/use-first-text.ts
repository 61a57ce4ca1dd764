import { useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import type { SqlSearch } from "./search.ts";

const draftKey = "millrace.sql";

/** What was in the editor last, in this browser. */
export const draft = {
  read: (): string => localStorage.getItem(draftKey) ?? "",
  keep: (text: string): void => localStorage.setItem(draftKey, text),
};

export interface FirstText {
  text: string;
  /** Of the saved query that it is, or was made of: who changes another one than was read changes what somebody else wrote. */
  version?: number;
}

const separator = ";\n\n";

/** The text that an address stands for: itself, a saved query, those that were run; without any the last one of this browser. */
export async function textOf({ text, saved, base, run }: SqlSearch): Promise<FirstText> {
  if (text !== undefined) return { text, ...(base !== undefined && /^\d{1,9}$/.test(base) && { version: Number(base) }) };
  if (saved !== undefined) {
    const { data } = await client.GET("/api/v1/saved-queries/{saved}", { params: { path: { saved } } });
    return { text: data?.sql ?? "", version: data?.version };
  }
  if (run === undefined) return { text: draft.read() };
  const views = await Promise.all(run.split(",").map((query) => client.GET("/api/v1/queries/{query}", { params: { path: { query } } })));
  return { text: views.map(({ data }) => data?.sql ?? "").join(separator) };
}

/** The text that the page begins with. */
export const useFirstText = (search: SqlSearch) =>
  // Once: what the address says later is what the editor has told it.
  useQuery({ queryKey: ["sql", "first text"], queryFn: () => textOf(search), staleTime: Number.POSITIVE_INFINITY, gcTime: 0, retry: false });
