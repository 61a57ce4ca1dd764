import { useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import type { SqlSearch } from "./search.ts";

const draftKey = "millrace.sql";

/** What was in the editor last, in this browser. */
export const draft = {
  read: (): string => localStorage.getItem(draftKey) ?? "",
  keep: (text: string): void => localStorage.setItem(draftKey, text),
};

const separator = ";\n\n";

/** The text that an address stands for: itself, a saved query, those that were run; without any the last one of this browser. */
export async function textOf({ text, saved, run }: SqlSearch): Promise<string> {
  if (text !== undefined) return text;
  if (saved !== undefined) return (await client.GET("/api/v1/saved-queries/{saved}", { params: { path: { saved } } })).data?.sql ?? "";
  if (run === undefined) return draft.read();
  const views = await Promise.all(run.split(",").map((query) => client.GET("/api/v1/queries/{query}", { params: { path: { query } } })));
  return views.map(({ data }) => data?.sql ?? "").join(separator);
}

/** The text that the page begins with. */
export const useFirstText = (search: SqlSearch) =>
  // Once: what the address says later is what the editor has told it.
  useQuery({ queryKey: ["sql", "first text"], queryFn: () => textOf(search), staleTime: Number.POSITIVE_INFINITY, gcTime: 0, retry: false });
