import { client } from "../../api/client.ts";
import { followedQuery, useFollowed } from "../../live/use-followed.ts";
import type { TableDetail } from "./catalog-entry.ts";
import { againMs } from "./catalog-queries.ts";

/** A table of the lake with its versions. Names of versions come and go without one: they are asked for again by themselves. */
export function useTable(name: string) {
  const of = { kind: "table", name };
  const query = followedQuery(of, ["get", "/api/v1/tables/{table}"], async (signal) => (await client.GET("/api/v1/tables/{table}", { params: { path: { table: name } }, signal })).data as TableDetail);
  return useFollowed(of, { ...query, refetchInterval: againMs });
}
