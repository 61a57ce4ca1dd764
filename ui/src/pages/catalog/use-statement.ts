import { client } from "../../api/client.ts";
import type { PostAnswer } from "../../api/types.ts";
import type { Followed } from "../../live/revision-of.ts";
import { followedQuery, useFollowed } from "../../live/use-followed.ts";
import { endedQuery } from "../sql/ended-query.ts";

type Submitted = PostAnswer<"/api/v1/queries">;

/** Long enough that most statements are answered in one call. */
const waitSeconds = 10;

/**
 * A statement that the page makes, when it has ended; at most `limit` of its rows are there. It runs in a process of its own, as a person's would.
 * @param of - the dataset with which the rows change; undefined: they are of versions, which do not
 */
export function useStatement(sql: string, limit: number, of?: Followed) {
  const query = followedQuery(of, ["post", "/api/v1/queries", sql, limit], async (signal) => {
    const body = { sql: `select * from (${sql}) limit ${limit}`, timeout: "10m", wait: waitSeconds, by: "catalog" };
    const view = (await client.POST("/api/v1/queries", { body, signal })).data as Submitted;
    return view.endedAt === null ? endedQuery(view.id, signal) : view;
  });
  // One that failed may succeed the next time that somebody comes here.
  return useFollowed(of, { ...query, staleTime: ({ state }) => (state.data?.answer.error ? 0 : Number.POSITIVE_INFINITY) });
}
