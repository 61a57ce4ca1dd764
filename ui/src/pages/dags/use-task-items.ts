import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";

type Page = Answer<"/api/v1/runs/{run}/tasks/{task}/items">;
export type TaskItem = Page["items"][number];

const pageSize = 500;

export interface TaskItems {
  /** The item in that place, from 0; undefined while it is not there yet. */
  at(place: number): TaskItem | undefined;
  /** Lets items come until that place is there. To be called with every picture. */
  reach(place: number): void;
}

/** What a task of a map has become, item by item, as far as it was looked at. */
export function useTaskItems(run: string, task: string | undefined, state: string | undefined): TaskItems {
  const query = useInfiniteQuery({
    queryKey: ["get", "/api/v1/runs/{run}/tasks/{task}/items", run, task, state],
    enabled: task !== undefined,
    initialPageParam: -1,
    queryFn: async ({ pageParam, signal }) => (await client.GET("/api/v1/runs/{run}/tasks/{task}/items", { params: { path: { run, task: task as string }, query: { after: pageParam, state, limit: pageSize } }, signal })).data as Page,
    getNextPageParam: ({ next }) => next,
  });
  const pages = query.data?.pages ?? [];
  const wanted = useRef(-1);
  const { hasNextPage, isFetching, fetchNextPage } = query;
  useEffect(() => {
    if (wanted.current >= pages.length * pageSize && hasNextPage && !isFetching) void fetchNextPage();
  });
  return {
    at: (place) => pages[Math.floor(place / pageSize)]?.items[place % pageSize],
    reach: (place) => {
      wanted.current = place;
    },
  };
}
