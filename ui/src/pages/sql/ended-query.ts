import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";

export type QueryView = Answer<"/api/v1/queries/{query}">;

const waitSeconds = 20;

/** A statement that was sent, when it has ended. */
export async function endedQuery(query: string, signal?: AbortSignal): Promise<QueryView> {
  for (;;) {
    const { data } = await client.GET("/api/v1/queries/{query}", { params: { path: { query }, query: { wait: waitSeconds } }, signal });
    if ((data as QueryView).endedAt !== null) return data as QueryView;
  }
}
