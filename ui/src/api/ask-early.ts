import type { FetchQueryOptions, QueryKey } from "@tanstack/react-query";
import { queryClient } from "./query-client.ts";

/** Asks for what a page will show while its script is still on the way. What fails is said by the page, which asks for the same. */
export function askEarly<Data, Problem, Shown, Key extends QueryKey>(query: FetchQueryOptions<Data, Problem, Shown, Key>): void {
  void queryClient.prefetchQuery({ ...query, retry: false });
}
