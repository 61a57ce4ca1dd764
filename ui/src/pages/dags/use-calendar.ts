import { useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import type { StateCounts } from "./task-summary.ts";

export interface YearOfRuns {
  timezone: string;
  days: Map<string, StateCounts>;
}

async function yearOf(dag: string, year: number, signal: AbortSignal): Promise<YearOfRuns> {
  const days = new Map<string, StateCounts>();
  let timezone = "";
  for (let from: string | null = `${year}-01-01`; from !== null; ) {
    const answer = await client.GET("/api/v1/dags/{dag}/calendar", { params: { path: { dag }, query: { from, to: `${year + 1}-01-01` } }, signal });
    const page = answer.data as Answer<"/api/v1/dags/{dag}/calendar">;
    for (const { day, states } of page.days) days.set(day, states);
    timezone = page.timezone;
    from = page.next;
  }
  return { timezone, days };
}

/** A DAG's runs of a year, by the days of its zone. */
export const useCalendar = (dag: string, year: number) => useQuery({ queryKey: ["get", "/api/v1/dags/{dag}/calendar", dag, year], queryFn: ({ signal }) => yearOf(dag, year, signal) });
