import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";

export type DagStatus = Answer<"/api/v1/dags">["dags"][number];

const pageSize = 1_000;
/** DAGs whose newest runs are asked for together. */
const chunkSize = 25;
const recentRuns = 10;

async function allDags(signal: AbortSignal): Promise<DagStatus[]> {
  const dags: DagStatus[] = [];
  let after: string | undefined;
  do {
    const { data } = await client.GET("/api/v1/dags", { params: { query: { limit: pageSize, after } }, signal });
    dags.push(...(data?.dags ?? []));
    after = data?.next ?? undefined;
  } while (after !== undefined);
  return dags;
}

/** Every DAG, by name. */
export const allDagsQuery = () => queryOptions({ queryKey: ["get", "/api/v1/dags", "all"], queryFn: ({ signal }) => allDags(signal) });

export const useAllDags = () => useQuery(allDagsQuery());

/** The newest runs of those rows that are in sight, by DAG. */
export function useRecentRuns(names: readonly string[], from: number, to: number): Map<string, DagStatus["recent"]> {
  const chunks: string[][] = [];
  for (let at = Math.floor(from / chunkSize) * chunkSize; at <= to && at < names.length; at += chunkSize) chunks.push(names.slice(at, at + chunkSize));
  const answers = useQueries({
    queries: chunks.map((chunk) => ({
      queryKey: ["get", "/api/v1/dags", "recent", ...chunk],
      queryFn: async ({ signal }: { signal: AbortSignal }) => (await client.GET("/api/v1/dags", { params: { query: { names: chunk.join(","), recent: recentRuns, limit: chunkSize } }, signal })).data?.dags ?? [],
    })),
  });
  return new Map(answers.flatMap(({ data }) => (data ?? []).map(({ name, recent }) => [name, recent] as const)));
}
