import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "../../api/client.ts";
import { type NamedDataset, tableInSql, topicInSql } from "./completions.ts";

/** Datasets whose columns are asked for, of those that a text mentions. */
const lookedAtMax = 12;

/** All that a statement may name, with the columns of what the text mentions. */
export function useDatasets(text: string): NamedDataset[] {
  const entries = api.useQuery("get", "/api/v1/catalog", { params: { query: { limit: 1_000 } } }, { staleTime: 60_000 }).data?.entries;
  const named = useMemo(
    () => (entries ?? []).flatMap(({ kind, name }) => (kind === "database" ? [] : [{ kind, entry: name, name: kind === "topic" ? topicInSql(name) : tableInSql(name) }])),
    [entries],
  );
  const lower = text.toLowerCase();
  const mentioned = named.filter(({ name }) => lower.includes(name.toLowerCase())).slice(0, lookedAtMax);
  return useQueries({
    queries: mentioned.map(({ kind, entry }) => api.queryOptions("get", "/api/v1/catalog/{kind}/{entry}", { params: { path: { kind, entry } } }, { staleTime: 60_000 })),
    combine: (found) => {
      const columns = new Map(found.flatMap(({ data }) => (data ? [[`${data.kind} ${data.name}`, data.columns.map(({ name, type }) => ({ name, type: type?.value ?? "" }))]] : [])));
      return named.map(({ kind, entry, name }): NamedDataset => ({ kind, name, columns: columns.get(`${kind} ${entry}`) ?? [] }));
    },
  });
}
