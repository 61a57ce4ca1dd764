import type { Client } from "./client.ts";

/** The zone of each DAG; UTC for one that is not declared any more. */
export async function dagZones(client: Client): Promise<(dag: string) => string> {
  const zones = new Map((await client.dags()).map(({ name, timezone }) => [name, timezone]));
  return (dag) => zones.get(dag) ?? "UTC";
}
