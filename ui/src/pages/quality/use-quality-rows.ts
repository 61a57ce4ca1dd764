import { useMemo } from "react";
import { api } from "../../api/client.ts";
import type { Tone } from "../../design/tone.ts";
import { type QualityRow, qualityRows } from "./quality-rows.ts";

export const qualityTones: Record<QualityRow["state"], Tone> = { failed: "bad", warned: "warn", unusual: "warn", passed: "ok", "not judged": "wait", watched: "wait" };

/** Nothing tells of judgements: they are asked for again after this. */
export const againMs = 10_000;

/** All datasets that are judged or watched, the worst first. */
export function useQualityRows(): { data: QualityRow[] | undefined; error: unknown } {
  const judged = api.useQuery("get", "/api/v1/quality", {}, { refetchInterval: againMs });
  const watched = api.useQuery("get", "/api/v1/watch", {}, { refetchInterval: againMs });
  const data = useMemo(() => judged.data && watched.data && qualityRows(judged.data.datasets, watched.data.datasets), [judged.data, watched.data]);
  return { data, error: judged.error ?? watched.error };
}
