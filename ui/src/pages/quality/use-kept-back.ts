import type { Manifest } from "../../../../src/model/manifest.ts";
import { api } from "../../api/client.ts";
import { type DeadLetters, keptBackOf } from "./kept-back-of.ts";

const stagesMax = 1_000;

/** Tells of a dataset the dead letters behind it. */
export function useKeptBack(): { data: ((dataset: string) => DeadLetters[]) | undefined; error: unknown } {
  const manifest = api.useQuery("get", "/api/v1/manifest");
  const letters = api.useQuery("get", "/api/v1/dlq", { params: { query: { limit: stagesMax } } }, { refetchInterval: 10_000 });
  const of = (dataset: string): DeadLetters[] => keptBackOf(manifest.data as unknown as Manifest, dataset, letters.data?.stages ?? []);
  return { data: manifest.data && letters.data && of, error: manifest.error ?? letters.error };
}
