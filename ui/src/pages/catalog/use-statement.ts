import { useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import type { PostAnswer } from "../../api/types.ts";
import { useQueryView } from "../sql/use-query-view.ts";

type Submitted = PostAnswer<"/api/v1/queries">;

/** Long enough that most statements are answered in one call. */
const waitSeconds = 10;
/** A statement is not asked again while somebody goes back and forth between tabs. */
const staleMs = 60_000;

/** A statement that the page makes, as it stands; at most `limit` of its rows are there. It runs in a process of its own, as a person's would. */
export function useStatement(sql: string, limit: number) {
  const query = useQuery({
    queryKey: ["rows", sql, limit],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/queries", { body: { sql: `select * from (${sql}) limit ${limit}`, timeout: "10m", wait: waitSeconds, by: "catalog" }, signal })).data as Submitted,
    staleTime: staleMs,
    refetchOnWindowFocus: false,
  });
  const view = useQueryView(query.data?.id);
  return { data: view.data, error: query.error ?? view.error };
}
