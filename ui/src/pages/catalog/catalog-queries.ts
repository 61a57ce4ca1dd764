import { infiniteQueryOptions } from "@tanstack/react-query";
import { askEarly } from "../../api/ask-early.ts";
import { client } from "../../api/client.ts";
import { queryClient } from "../../api/query-client.ts";
import type { Answer, PostAnswer } from "../../api/types.ts";
import type { Followed } from "../../live/revision-of.ts";
import { followedQuery } from "../../live/use-followed.ts";

export type Profile = PostAnswer<"/api/v1/profiles">;

/** Which entries a list shows. */
export interface Wanted {
  q?: string;
  kind?: string;
  database?: string;
}

const pageSize = 200;
/** What changes without a version, as names, tokens and judgements do, is asked for again after this. */
export const againMs = 10_000;

export const entriesQuery = (wanted: Wanted) =>
  infiniteQueryOptions({
    queryKey: ["get", "/api/v1/catalog", wanted],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => (await client.GET("/api/v1/catalog", { params: { query: { ...wanted, kind: wanted.kind as "table" | undefined, limit: pageSize, after: pageParam } }, signal })).data as Answer<"/api/v1/catalog">,
    getNextPageParam: ({ next }) => next ?? undefined,
  });

export const entryQuery = (of: Followed) => followedQuery(of, ["get", "/api/v1/catalog/{kind}/{entry}"], async (signal) => (await client.GET("/api/v1/catalog/{kind}/{entry}", { params: { path: { kind: of.kind, entry: of.name } }, signal })).data as Answer<"/api/v1/catalog/{kind}/{entry}">);

export const profileQuery = (of: Followed) => followedQuery(of, ["post", "/api/v1/profiles"], async (signal) => (await client.POST("/api/v1/profiles", { body: { dataset: datasetOf(of.kind, of.name) }, signal })).data as Profile);

/** As statements and profiles name it. */
export const datasetOf = (kind: string, name: string): string => (kind === "topic" ? `topics.${name}` : name);

/** What the list shows first. */
export function askForEntries({ find, kind }: { find?: string; kind?: string }): void {
  void queryClient.prefetchInfiniteQuery({ ...entriesQuery({ q: find, kind }), retry: false });
}

/** What the page of an entry shows first. A profile may read all rows: it is asked for by who goes there, and not by who points at a link. */
export function askForEntry(kind: string, name: string, tab: string | undefined, isPointedAt: boolean): void {
  askEarly(entryQuery({ kind, name }));
  if (tab === "profile" && !isPointedAt) askEarly(profileQuery({ kind, name }));
}
