import { focusManager, type QueryKey, queryOptions, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { queryClient } from "../api/query-client.ts";
import { type Followed, revisionOf } from "./revision-of.ts";
import { statusQuery, useStatus } from "./use-status.ts";

/** At most a quarter of the time goes into asking anew, however long an answer takes. */
const restFactor = 3;
const restMsMin = 1_000;

/** An answer, and what the dataset was like when it was asked for. */
export interface Told<T> {
  answer: T;
  /** Undefined of what does not change. */
  revision: string | undefined;
  /** ISO 8601. */
  at: string;
  tookMs: number;
}

/** A question about a dataset whose answer holds until the dataset changes. @param of - undefined: it holds for ever */
export const followedQuery = <T>(of: Followed | undefined, key: QueryKey, ask: (signal: AbortSignal) => Promise<T>) =>
  queryOptions({
    queryKey: [...key, of] as QueryKey,
    queryFn: async ({ signal }): Promise<Told<T>> => {
      // Before it is asked: what comes meanwhile is then seen as newer.
      const revision = of && revisionOf(await queryClient.ensureQueryData(statusQuery()).catch(() => undefined), of);
      const began = Date.now();
      const answer = await ask(signal);
      return { answer, revision, at: new Date().toISOString(), tookMs: Date.now() - began };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/**
 * The answer to such a question, asked anew when the stream says that the dataset has changed; what was there stays until the
 * new one has come. `isOld`: it has changed since. A window that nobody sees asks when it is seen again.
 */
export function useFollowed<T>(of: Followed | undefined, query: UseQueryOptions<Told<T>>): { data: T | undefined; at: string | undefined; isOld: boolean; error: unknown } {
  const { data, error, isFetching, errorUpdatedAt, refetch } = useQuery(query);
  const status = useStatus().data;
  const isSeen = useSyncExternalStore(subscribe, isFocused);
  const latest = of && revisionOf(status, of);
  const isOld = data !== undefined && latest !== undefined && data.revision !== latest;
  const restedAt = data && Math.max(Date.parse(data.at), errorUpdatedAt) + Math.max(restMsMin, restFactor * data.tookMs);
  useEffect(() => {
    if (!isSeen || !isOld || isFetching || restedAt === undefined) return;
    const timer = setTimeout(() => void refetch(), Math.max(0, restedAt - Date.now()));
    return () => clearTimeout(timer);
  }, [isSeen, isOld, isFetching, restedAt, refetch]);
  return { data: data?.answer, at: data?.at, isOld, error };
}

const subscribe = (listener: () => void): (() => void) => focusManager.subscribe(listener);
const isFocused = (): boolean => focusManager.isFocused();
