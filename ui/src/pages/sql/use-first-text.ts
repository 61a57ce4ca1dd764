import { useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import { drafts, lastText } from "./drafts.ts";
import type { SqlSearch } from "./search.ts";

export interface FirstText {
  text: string;
  /** Of the saved query that it is, or was made of: who changes another one than was read changes what somebody else wrote. */
  version?: number;
  /** It is not what the address stands for: more was written since. */
  isDraft?: boolean;
}

const separator = ";\n\n";

/** What an address names: a saved query, or those that were run; without any the last text of this browser. */
export async function namedText({ saved, run }: SqlSearch): Promise<FirstText> {
  if (saved !== undefined) {
    const { data } = await client.GET("/api/v1/saved-queries/{saved}", { params: { path: { saved } } });
    return { text: data?.sql ?? "", version: data?.version };
  }
  if (run === undefined) return { text: lastText.read() };
  const views = await Promise.all(run.split(",").map((query) => client.GET("/api/v1/queries/{query}", { params: { path: { query } } })));
  return { text: views.map(({ data }) => data?.sql ?? "").join(separator) };
}

async function textOf(search: SqlSearch): Promise<FirstText> {
  const { text, base } = search;
  if (text !== undefined) return { text, ...(base !== undefined && /^\d{1,9}$/.test(base) && { version: Number(base) }) };
  const draft = drafts.of(search);
  return draft === undefined ? namedText(search) : { ...draft, isDraft: true };
}

/** The text that the page begins with: that of the address, or what was written here since. */
export const useFirstText = (search: SqlSearch) =>
  // Once, whatever is asked anew: what the address says later is what the editor has told it.
  useQuery({ queryKey: ["sql", "first text"], queryFn: () => textOf(search), enabled: ({ state }) => state.status === "pending", staleTime: Number.POSITIVE_INFINITY, gcTime: 0, retry: false });
