import { queryOptions, useQuery } from "@tanstack/react-query";
import { client } from "../api/client.ts";
import type { ProjectStatus } from "../api/types.ts";
import { statusKey } from "./live-connection.ts";

/** The project's status; the stream keeps it current, the request is for the first picture. */
export const statusQuery = () =>
  queryOptions<ProjectStatus>({
    queryKey: statusKey,
    queryFn: async ({ signal }) => (await client.GET("/api/v1/status", { signal })).data as ProjectStatus,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useStatus = () => useQuery(statusQuery());
