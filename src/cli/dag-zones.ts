import type { Client } from "./client.ts";

/** The zone of each DAG; UTC for one that is not declared any more. */
export async function dagZones(client: Client): Promise<(dag: string) => string> {
  const { dags } = await client.manifest();
  return (dag) => (Object.hasOwn(dags, dag) ? dags[dag].timezone : "UTC");
}
