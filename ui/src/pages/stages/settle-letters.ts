import { client } from "../../api/client.ts";

/** What can be done with dead letters: send them through their stage again, or let them go. */
export type Deed = "redrive" | "discard";

export interface Letters {
  limit?: number;
  filter?: { errorCode?: string };
  records?: { partition: number; offset: number }[];
  dryRun?: boolean;
}

export interface Settled {
  matched: number;
  /** Those with which it was done: 0 in a dry run. */
  settled: number;
}

/** Does so with those letters that still wait. */
export async function settleLetters(deed: Deed, stage: string, letters: Letters): Promise<Settled> {
  const request = { params: { path: { stage } }, body: letters };
  if (deed === "redrive") {
    const { data } = await client.POST("/api/v1/dlq/{stage}/redrive", request);
    return { matched: data?.matched ?? 0, settled: data?.redriven ?? 0 };
  }
  const { data } = await client.POST("/api/v1/dlq/{stage}/discard", request);
  return { matched: data?.matched ?? 0, settled: data?.discarded ?? 0 };
}
